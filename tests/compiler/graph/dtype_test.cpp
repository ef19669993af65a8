#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

TEST(DType, ReadsEachOfItsNamesInEverySpelling) {
  for (int i = 0; i <= static_cast<int>(DType::other); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(parse_dtype(name(dtype)), dtype);
    EXPECT_EQ(parse_dtype(safetensors_name(dtype)), dtype);
  }
  EXPECT_EQ(parse_dtype("torch.bfloat16"), DType::bf16);
  EXPECT_EQ(parse_dtype("float8_e4m3fn"), DType::f8_e4m3);
  EXPECT_EQ(parse_dtype("bool"), DType::boolean);
}

TEST(DType, TellsAStrangeOneFromAWrongOne) {
  EXPECT_EQ(parse_dtype("U16"), DType::other);
  EXPECT_EQ(parse_dtype("complex64"), DType::other);
  EXPECT_EQ(parse_dtype("float33"), std::nullopt);
  EXPECT_EQ(parse_dtype(""), std::nullopt);
}

TEST(DType, KnowsItsSize) {
  EXPECT_EQ(size_of(DType::f64), 8u);
  EXPECT_EQ(size_of(DType::bf16), 2u);
  EXPECT_EQ(size_of(DType::f8_e5m2), 1u);
  EXPECT_EQ(size_of(DType::boolean), 1u);
  EXPECT_EQ(size_of(DType::other), 0u);
}

}  // namespace
}  // namespace fts::graph
