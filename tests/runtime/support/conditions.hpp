// Conditions of `until`, written as the language writes them.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace fts::test {

inline plan::Condition count(plan::Condition::Kind kind, std::int64_t n) {
  plan::Condition c;
  c.kind = kind;
  c.count = n;
  return c;
}
inline plan::Condition epoch(std::int64_t n) { return count(plan::Condition::Kind::epoch, n); }
inline plan::Condition epochs(std::int64_t n) { return count(plan::Condition::Kind::epochs, n); }
inline plan::Condition step(std::int64_t n) { return count(plan::Condition::Kind::step, n); }

inline plan::Condition plateau(std::string metric, int patience, bool maximize = false) {
  plan::Condition c;
  c.kind = plan::Condition::Kind::plateau;
  c.monitor.metric = std::move(metric);
  c.monitor.patience = patience;
  c.monitor.maximize = maximize;
  return c;
}

inline plan::Condition metric(std::string name, plan::Condition::Compare compare, double threshold) {
  plan::Condition c;
  c.kind = plan::Condition::Kind::metric;
  c.monitor.metric = std::move(name);
  c.compare = compare;
  c.threshold = threshold;
  return c;
}

inline plan::Condition tree(plan::Condition::Kind kind, std::vector<plan::Condition> operands) {
  plan::Condition c;
  c.kind = kind;
  c.operands = std::move(operands);
  return c;
}
inline plan::Condition any(std::vector<plan::Condition> operands) {
  return tree(plan::Condition::Kind::any, std::move(operands));
}
inline plan::Condition all(std::vector<plan::Condition> operands) {
  return tree(plan::Condition::Kind::all, std::move(operands));
}

}  // namespace fts::test
