// Arithmetic of the language, as tables.
#include "compiler/resolve/scalar.hpp"

#include <gtest/gtest.h>

namespace fts::resolve {
namespace {

using ast::BinaryOp;
using ast::UnaryOp;

Scalar i(std::int64_t v) { return Scalar{v}; }
Scalar d(double v) { return Scalar{v}; }
Scalar b(bool v) { return Scalar{v}; }
Scalar s(std::string v) { return Scalar{std::move(v)}; }

struct Case {
  std::string name;
  BinaryOp op;
  Scalar left, right;
  ScalarResult expected;
};

class Binary : public testing::TestWithParam<Case> {};

TEST_P(Binary, GivesTheExpectedValueOrSentence) {
  const auto& c = GetParam();
  const auto result = apply(c.op, c.left, c.right);
  ASSERT_EQ(result.has_value(), c.expected.has_value()) << (result ? result->in_words() : result.error());
  if (result)
    EXPECT_EQ(*result, *c.expected) << result->in_words();
  else
    EXPECT_EQ(result.error(), c.expected.error());
}

tl::unexpected<std::string> fault(std::string text) { return tl::unexpected<std::string>(std::move(text)); }
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

INSTANTIATE_TEST_SUITE_P(
    Table, Binary,
    testing::Values(Case{"IntegersStayIntegers", BinaryOp::add, i(2), i(3), i(5)},
                    Case{"AFloatMakesAFloat", BinaryOp::multiply, i(2), d(0.5), d(1.0)},
                    Case{"DivisionIsFloat", BinaryOp::divide, i(7), i(2), d(3.5)},
                    Case{"DivisionByZeroHasNoResult", BinaryOp::divide, i(7), i(0), fault("division by zero")},
                    Case{"OverflowHasNoResult", BinaryOp::add, i(kMax), i(1), fault("the result is too large")},
                    Case{"ProductsOverflowToo", BinaryOp::multiply, i(kMax), i(2), fault("the result is too large")},
                    Case{"PowersOfIntegersAreIntegers", BinaryOp::power, i(2), i(10), i(1024)},
                    Case{"NegativePowersAreFloats", BinaryOp::power, i(2), i(-1), d(0.5)},
                    Case{"APowerMayHaveNoResult", BinaryOp::power, d(-1), d(0.5), fault("the result is not a number")},
                    Case{"HugePowersHaveNoResult", BinaryOp::power, d(10), d(400), fault("the result is too large")},
                    Case{"IntegersAndFloatsCompare", BinaryOp::equal, i(1), d(1.0), b(true)},
                    Case{"OrderIsOfNumbers", BinaryOp::less, i(1), d(1.5), b(true)},
                    Case{"StringsAreEqualOrNot", BinaryOp::not_equal, s("a"), s("b"), b(true)},
                    Case{"KindsDoNotMix", BinaryOp::equal, s("1"), i(1),
                         fault("the string '1' and the number 1 cannot be compared")},
                    Case{"StringsHaveNoOrder", BinaryOp::less, s("a"), s("b"),
                         fault("'<' needs two numbers, not the string 'a' and the string 'b'")},
                    Case{"AndIsOfTruthValues", BinaryOp::logical_and, b(true), b(false), b(false)},
                    Case{"NumbersAreNoTruthValues", BinaryOp::logical_or, i(1), b(false),
                         fault("'or' needs true or false, not the number 1")},
                    Case{"SizesAdd", BinaryOp::add, Scalar{std::int64_t{1}, Measure::bytes},
                         Scalar{std::int64_t{2}, Measure::bytes}, Scalar{std::int64_t{3}, Measure::bytes}},
                    Case{"SizesAndNumbersDoNotAdd", BinaryOp::add, Scalar{std::int64_t{1}, Measure::bytes}, i(2),
                         fault("'+' cannot mix these units")},
                    Case{"ASizeTimesANumberIsASize", BinaryOp::multiply, Scalar{std::int64_t{4}, Measure::bytes}, i(2),
                         Scalar{std::int64_t{8}, Measure::bytes}},
                    Case{"SetOperatorsAreForSelections", BinaryOp::set_union, i(1), i(2),
                         fault("'|' is for selections")}),
    [](const auto& test) { return test.param.name; });

TEST(Unary, NegatesAndInverts) {
  EXPECT_EQ(*apply(UnaryOp::negate, i(3)), i(-3));
  EXPECT_EQ(*apply(UnaryOp::logical_not, b(true)), b(false));
  EXPECT_FALSE(apply(UnaryOp::negate, i(std::numeric_limits<std::int64_t>::min())));
  EXPECT_FALSE(apply(UnaryOp::logical_not, i(1)));
}

TEST(Literals, HaveUnits) {
  EXPECT_EQ(*number({.value = 80, .integer = 80, .unit = "GiB"}), (Scalar{std::int64_t{80} << 30, Measure::bytes}));
  EXPECT_EQ(*number({.value = 1.5, .integer = {}, .unit = "min"}), (Scalar{90.0, Measure::seconds}));
  EXPECT_EQ(*number({.value = 10, .integer = 10, .unit = ""}), i(10));
  EXPECT_FALSE(number({.value = 1, .integer = 1, .unit = "parsec"}));
}

TEST(Functions, AreThoseOfTheLanguage) {
  EXPECT_EQ(*call_function("min", {i(3), d(2.5)}), d(2.5));
  EXPECT_EQ(*call_function("max", {i(3), d(2.5)}), i(3));
  EXPECT_EQ(*call_function("floor", {d(-1.5)}), i(-2));
  EXPECT_EQ(*call_function("abs", {i(-4)}), i(4));
  EXPECT_EQ(*call_function("sqrt", {i(9)}), d(3));
  EXPECT_EQ(call_function("sqrt", {i(-9)}).error(), "the result is not a number");
  EXPECT_EQ(call_function("pow", {i(2)}).error(), "'pow' takes 2 arguments, not 1");
  EXPECT_EQ(call_function("cos", {s("x")}).error(), "'cos' needs numbers, not the string 'x'");
}

}  // namespace
}  // namespace fts::resolve
