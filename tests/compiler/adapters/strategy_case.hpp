// A strategy on a model: which diagnostics it gets, and how many units it makes.
#pragma once
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compiling.hpp"

namespace fts::test {

struct StrategyCase {
  std::string name;
  std::string model;
  std::string text;
  std::vector<std::string> codes;  // each that is expected, once; in ascending order
  std::string words;               // that the rendered diagnostics hold
  int units = -1;                  // of the first strategy, where it has no errors; -1: not compared
};

inline void PrintTo(const StrategyCase& c, std::ostream* out) { *out << c.name; }

inline void check(const StrategyCase& c) {
  const auto result = compile_text(c.text, c.model);
  std::set<std::string> codes;
  for (const auto& d : result.diagnostics.all()) codes.insert(std::string(info(d.code).id));
  EXPECT_THAT(codes, testing::ElementsAreArray(c.codes)) << rendered(result);
  EXPECT_THAT(rendered(result), testing::HasSubstr(c.words));
  if (c.units < 0) return;
  ASSERT_TRUE(result.plan) << rendered(result);
  EXPECT_EQ(static_cast<int>(result.plan->strategies.front().units.size()), c.units);
}

inline std::string case_name(const testing::TestParamInfo<StrategyCase>& c) { return c.param.name; }

}  // namespace fts::test
