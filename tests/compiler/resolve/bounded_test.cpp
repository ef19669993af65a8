// What a few lines can come to is bounded: lets in long chains, lets that double, loops in loops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/support/compiling.hpp"

namespace fts {
namespace {

// let a0 = <first>, and `count` more of which each is made of the one before.
template <typename Next>
std::string chain(const std::string& first, std::size_t count, Next next) {
  std::string lets = "let a0 = " + first + "\n";
  for (std::size_t i = 0; i < count; ++i) lets += fmt::format("let a{} = {}\n", i + 1, next(fmt::format("a{}", i)));
  return lets;
}

std::string head(const std::string& items, const std::string& before) {
  return before + "schedule {\n monitor = val_loss\n optimizer = adamw { lr = 1e-3 }\n phase head {\n" + items +
         "\n }\n phase others { thaw = rest }\n}\n";
}

std::vector<std::string> codes(const std::string& text) {
  const auto result = test::compile_text(text, "minilm-classifier");
  std::vector<std::string> all;
  for (const auto& d : result.diagnostics.all()) all.emplace_back(info(d.code).id);
  return all;
}

std::string plus_one(const std::string& a) { return a + " + 1e-9"; }

TEST(Chains, OfLetsAreAsDeepAsPeopleNeed) {
  EXPECT_THAT(codes(head("thaw = \"classifier.**\"\n lr = a500", chain("1e-3", 500, plus_one))), testing::IsEmpty());
}

TEST(Chains, OfLetsAreSaidOnceWhereTheyAreTooDeep) {
  EXPECT_THAT(codes(head("thaw = \"classifier.**\"\n lr = a10000", chain("1e-3", 10'000, plus_one))),
              testing::ElementsAre("FTS0108"));
  const auto nested = [](const std::string& a) {
    std::string whole = a;
    for (int i = 0; i < 190; ++i) whole = "abs(" + whole + ")";
    return whole;
  };
  EXPECT_THAT(codes(head("thaw = \"classifier.**\"\n lr = a100", chain("1e-3", 100, nested))),
              testing::ElementsAre("FTS0108"));
  const auto twice = [](const std::string& a) { return a + " or " + a; };
  EXPECT_THAT(codes(head("thaw = \"classifier.**\"\n until = a2000", chain("plateau", 2'000, twice))),
              testing::ElementsAre("FTS0108"));
}

TEST(Chains, OfSelectionsAreSaidOnceWhereTheyAreTooDeep) {
  const auto more = [](const std::string& a) { return a + " | \"pooler.**\""; };
  EXPECT_THAT(codes(head("thaw = a20000", chain("\"classifier.**\"", 20'000, more))), testing::ElementsAre("FTS0108"));
}

struct Case {
  std::string name;
  std::string first;
  std::string next;   // {0}: the let before
  std::string items;  // of the phase; {0}: the last let
};

class Doubling : public testing::TestWithParam<Case> {};

TEST_P(Doubling, IsBounded) {
  const auto& c = GetParam();
  const auto lets = chain(c.first, 40, [&](const std::string& a) { return fmt::format(fmt::runtime(c.next), a); });
  EXPECT_THAT(codes(head(fmt::format(fmt::runtime(c.items), "a40"), lets)), testing::ElementsAre("FTS0306"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Doubling,
    testing::Values(Case{"OfConditions", "plateau", "plateau or {0} and {0}", "thaw = \"classifier.**\"\n until = {0}"},
                    Case{"OfPredicates", "numel > 1", "{0} and {0} or {0}", "thaw = all where {0}"},
                    Case{"OfRates", "epoch", "{0} + {0}",
                         "thaw = \"classifier.**\"\n lr_scheduler = lambda {{ lr_lambda = {0} }}"},
                    Case{"OfNumbers", "1e-9", "{0} + {0}", "thaw = \"classifier.**\"\n lr = {0}"}),
    [](const auto& c) { return c.param.name; });

// What a loop does at every turn is one fault, and no turn looks at all that were before it.
TEST(Phases, MayBeThousands) {
  const auto loop = [](const std::string& thaw) {
    return "schedule {\n monitor = val_loss\n for i in 0..99 { for j in 0..99 { phase \"p${i}_${j}\" { thaw = " + thaw +
           " } } }\n}\n";
  };
  EXPECT_THAT(codes(loop("\"x\"")), testing::ElementsAre("FTS0401"));
  EXPECT_THAT(codes(loop("rest - \"classifier.bias\"")), testing::ElementsAre("FTS0402"));
  EXPECT_THAT(codes(loop("all")), testing::ElementsAre("FTS0501"));
}

}  // namespace
}  // namespace fts
