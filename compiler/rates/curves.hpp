// What the schedulers of a plan make of its groups' rates, ahead of a run.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace fts::rates {

// The rates of one group from its first epoch on, as long as its phase's scheduler is in force.
struct Curve {
  std::size_t phase = 0;
  std::string group;
  std::string scheduler;
  std::string unit;           // "epoch" or "step"
  std::vector<double> rates;  // in the first epoch (step), in the second, …
};

// `length` rates for each group, of as many epochs or steps; 0: as far as the schedule's max_epochs or max_steps says,
// else 10 epochs or 1000 steps. Left out: groups without a rate or a scheduler, those whose scheduler watches a metric,
// and, under `compat = fts`, those of phases behind the first, whose rates depend on when the phase begins.
[[nodiscard]] tl::expected<std::vector<Curve>, Error> curves(const plan::Plan& plan, std::size_t length);

// [{"phase","group","unit","rates"}], and a table for people of at most 100 columns; empty: no curves.
[[nodiscard]] nlohmann::ordered_json curves_json(const std::vector<Curve>& curves);
[[nodiscard]] std::string curves_table(const std::vector<Curve>& curves, bool colour);

}  // namespace fts::rates
