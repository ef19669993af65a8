#include "runtime/shard/order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts::shard {
namespace {

// What next() foretells after each unit.
std::vector<int> foretold(Order& order, const std::vector<int>& units) {
  std::vector<int> next;
  for (const int unit : units) {
    order.advance(unit);
    next.push_back(order.next());
  }
  return next;
}

using testing::ElementsAre;

TEST(Order, ForetellsNothingInTheFirstCycleAndAllInTheSecond) {
  Order order;
  EXPECT_THAT(foretold(order, {0, 1, 2, 1, 0}), ElementsAre(-1, -1, -1, -1, -1));
  order.close();
  EXPECT_EQ(order.next(), 0);
  EXPECT_THAT(foretold(order, {0, 1, 2, 1, 0}), ElementsAre(1, 2, 1, 0, 0));
  EXPECT_TRUE(order.at_end());
}

TEST(Order, RecordsAnewFromWhereItChanges) {
  Order order;
  foretold(order, {0, 1, 2});
  order.close();
  EXPECT_THAT(foretold(order, {0, 2, 1}), ElementsAre(1, -1, -1));
  order.close();
  EXPECT_THAT(foretold(order, {0, 2, 1}), ElementsAre(2, 1, 0));
}

TEST(Order, TakesAShorterCycleAsTheNewOne) {
  Order order;
  foretold(order, {0, 1, 2});
  order.close();
  foretold(order, {0, 1});
  order.close();
  EXPECT_THAT(foretold(order, {0, 1}), ElementsAre(1, 0));
}

TEST(Order, OfEvaluationClosesItselfWhereItsFirstUnitComesAgain) {
  Order order(true);
  EXPECT_THAT(foretold(order, {0, 1, 2, 0, 1, 2, 0}), ElementsAre(-1, -1, -1, 1, 2, 0, 1));
}

TEST(Order, ForgetsOnRequest) {
  Order order;
  foretold(order, {0, 1});
  order.close();
  order.forget();
  EXPECT_EQ(order.next(), kUnknown);
}

}  // namespace
}  // namespace fts::shard
