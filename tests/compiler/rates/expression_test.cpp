#include "compiler/rates/expression.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace fts::rates {
namespace {

double value(const char* tree, std::int64_t position) {
  const auto expression = Expression::read(nlohmann::json::parse(tree));
  return expression ? expression->at(position) : -999;
}

TEST(Expression, HasEveryOperatorOfTheLanguage) {
  EXPECT_EQ(value("3", 7), 3);
  EXPECT_EQ(value("true", 7), 1);
  EXPECT_EQ(value("\"epoch\"", 7), 7);
  EXPECT_EQ(value("\"step\"", 7), 7);
  EXPECT_EQ(value(R"(["+", "epoch", 1])", 7), 8);
  EXPECT_EQ(value(R"(["-", "epoch", 1])", 7), 6);
  EXPECT_EQ(value(R"(["*", "epoch", 2])", 7), 14);
  EXPECT_EQ(value(R"(["/", "epoch", 2])", 7), 3.5);
  EXPECT_EQ(value(R"(["**", "epoch", 2])", 7), 49);
  EXPECT_EQ(value(R"(["pow", 2, "epoch"])", 7), 128);
  EXPECT_EQ(value(R"(["negate", "epoch"])", 7), -7);
  EXPECT_EQ(value(R"(["not", [">", "epoch", 5]])", 7), 0);
  EXPECT_EQ(value(R"(["and", ["<", "epoch", 9], [">=", "epoch", 7]])", 7), 1);
  EXPECT_EQ(value(R"(["or", ["==", "epoch", 9], ["!=", "epoch", 7]])", 7), 0);
  EXPECT_EQ(value(R"(["<=", "epoch", 7])", 7), 1);
  EXPECT_EQ(value(R"(["if", ["<", "epoch", 5], 1, 2])", 7), 2);
  EXPECT_EQ(value(R"(["min", "epoch", 3, 5])", 7), 3);
  EXPECT_EQ(value(R"(["max", "epoch", 3, 5])", 7), 7);
  EXPECT_EQ(value(R"(["abs", ["-", 1, "epoch"]])", 7), 6);
  EXPECT_EQ(value(R"(["floor", ["/", "epoch", 2]])", 7), 3);
  EXPECT_EQ(value(R"(["sqrt", "epoch"])", 9), 3);
  EXPECT_EQ(value(R"(["cos", "epoch"])", 2), std::cos(2.0));
  EXPECT_EQ(value(R"(["sin", "epoch"])", 2), std::sin(2.0));
}

TEST(Expression, IsNotReadFromWhatIsNone) {
  for (const char* wrong : {"\"batch\"", "[]", "[\"+\"]", "[\"+\", 1]", "[\"%\", 1, 2]", "{}", "[\"+\", 1, {}]"}) {
    EXPECT_FALSE(Expression::read(nlohmann::json::parse(wrong))) << wrong;
  }
}

}  // namespace
}  // namespace fts::rates
