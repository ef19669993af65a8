#include "runtime/phase/best.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace fts::phase {
namespace {

TEST(Best, IsTheFirstOfEquals) {
  Best best("val_loss", false);
  EXPECT_TRUE(best.observe(0.5, 0));
  EXPECT_FALSE(best.observe(0.5, 1));
  EXPECT_TRUE(best.observe(0.4, 2));
  EXPECT_EQ(best.epoch(), 2);
}

TEST(Best, FollowsTheMode) {
  Best best("accuracy", true);
  EXPECT_TRUE(best.observe(0.5, 0));
  EXPECT_FALSE(best.observe(0.4, 1));
  EXPECT_TRUE(best.observe(0.6, 2));
}

TEST(Best, IsNeverNan) {
  Best best("val_loss", false);
  EXPECT_FALSE(best.observe(std::nan(""), 0));
  EXPECT_EQ(best.epoch(), -1);
  EXPECT_TRUE(best.observe(9.0, 1));
}

TEST(Best, IsForgottenAtAMove) {
  Best best("val_loss", false);
  best.observe(0.1, 3);
  best.forget();
  EXPECT_EQ(best.epoch(), -1);
  EXPECT_TRUE(best.observe(0.9, 4));
}

TEST(Best, StateSurvivesJsonText) {
  Best best("val_loss", false);
  best.observe(1.0 / 3, 3);
  Best copy("val_loss", false);
  copy.restore(nlohmann::json::parse(best.state().dump()));
  EXPECT_EQ(copy.value(), 1.0 / 3);
  EXPECT_EQ(copy.epoch(), 3);
}

}  // namespace
}  // namespace fts::phase
