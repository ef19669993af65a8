#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::ElementsAre;
using Shape = std::vector<std::int64_t>;

TEST(ParamGraphBuilder, AddsTheModulesThatNamesImplyParentsFirst) {
  ParamGraphBuilder b;
  b.add_parameter("a.b.c.weight", Shape{2, 3}, DType::f32);
  b.add_parameter("a.bias", Shape{3}, DType::f32);
  b.add_parameter("scale", Shape{}, DType::bf16);
  const auto graph = b.finish();
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_THAT(module_names(*graph), ElementsAre("", "a", "a.b", "a.b.c"));
  EXPECT_EQ(graph->module(3).parent, 2u);
  EXPECT_EQ(graph->module(0).parent, kNone);
  EXPECT_EQ(graph->parameter(0).module, 3u);
  EXPECT_EQ(graph->parameter(0).numel, 6);
  EXPECT_EQ(graph->parameter(2).module, 0u);
  EXPECT_EQ(graph->parameter(2).numel, 1) << "a scalar has one element";
  EXPECT_FALSE(graph->has_types());
}

TEST(ParamGraphBuilder, KeepsListedModulesInTheirOrderWithTheirTypes) {
  ParamGraphBuilder b;
  b.add_module("", "Net");
  b.add_module("z", "Linear");
  b.add_module("a", "ModuleList");
  b.add_module("a.0", "Linear");
  b.add_parameter("a.0.weight", Shape{1}, DType::f32);
  b.add_parameter("z.weight", Shape{1}, DType::f32);
  const auto graph = b.finish();
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_THAT(module_names(*graph), ElementsAre("", "z", "a", "a.0"));
  EXPECT_EQ(graph->module(0).type, "Net");
  EXPECT_EQ(graph->module(3).type, "Linear");
  EXPECT_EQ(graph->find_module("a.0"), std::optional<ModuleId>(3));
  EXPECT_EQ(graph->find_parameter("z.weight"), std::optional<ParamId>(1));
  EXPECT_EQ(graph->find_parameter("z"), std::nullopt) << "a module is no parameter";
  EXPECT_EQ(graph->find_module("z.weight"), std::nullopt);
  EXPECT_TRUE(graph->has_types());
}

TEST(ParamGraphBuilder, ResolvesATieOfATieToTheFirst) {
  ParamGraphBuilder b;
  b.add_parameter("a", Shape{2}, DType::f32);
  b.add_parameter("b", Shape{2}, DType::f32, true, "a");
  b.add_parameter("c", Shape{2}, DType::f32, true, "b");
  const auto graph = b.finish();
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(graph->parameter(0).tied_to, kNone);
  EXPECT_EQ(graph->parameter(1).tied_to, 0u);
  EXPECT_EQ(graph->parameter(2).tied_to, 0u);
}

TEST(ParamGraphBuilder, SaysOfAParameterWithoutShapeThatItIsUnknown) {
  ParamGraphBuilder b;
  b.add_parameter_name("a.weight");
  const auto graph = b.finish();
  ASSERT_TRUE(graph);
  EXPECT_FALSE(graph->parameter(0).shape_known);
  EXPECT_EQ(graph->parameter(0).numel, 0);
  EXPECT_EQ(graph->parameter(0).dtype, DType::other);
  EXPECT_FALSE(graph->has_shapes());
}

TEST(ParamGraphBuilder, KeepsItsViewsWhenItIsMoved) {
  ParamGraphBuilder b;
  b.add_parameter("layer.weight", Shape{4}, DType::f32);
  auto graph = b.finish();
  ASSERT_TRUE(graph);
  const std::string_view name = graph->parameter(0).name;
  const ParamGraph moved = std::move(*graph);
  EXPECT_EQ(moved.parameter(0).name.data(), name.data());
  EXPECT_EQ(name, "layer.weight");
}

TEST(ParamGraphBuilder, FindsEachOfManyNames) {
  ParamGraphBuilder b;
  for (int i = 0; i < 5000; ++i)
    b.add_parameter("m" + std::to_string(i % 70) + ".p" + std::to_string(i), Shape{i}, DType::f32);
  const auto graph = b.finish();
  ASSERT_TRUE(graph);
  ASSERT_EQ(graph->module_count(), 71u);
  for (ParamId i = 0; i < 5000; ++i) {
    const auto p = graph->parameter(i);
    EXPECT_EQ(graph->find_parameter(p.name), std::optional(i));
    EXPECT_EQ(p.numel, i);
    EXPECT_EQ(graph->module(p.module).name, "m" + std::to_string(i % 70));
  }
  EXPECT_EQ(graph->find_parameter("m0.p1"), std::nullopt);
}

TEST(ParamGraphBuilder, ReportsEveryFaultAtOnce) {
  ParamGraphBuilder b;
  b.add_module("m", "A");
  b.add_module("m", "B");
  b.add_parameter("m", Shape{1}, DType::f32);
  b.add_parameter("p", Shape{1}, DType::f32);
  b.add_parameter("p", Shape{1}, DType::f32);
  b.add_parameter("p.q", Shape{1}, DType::f32);
  b.add_buffer("p", Shape{1}, DType::f32);
  b.add_parameter("t", Shape{1}, DType::f32, true, "nobody");
  b.add_parameter("u", Shape{2}, DType::f32, true, "p");
  b.add_parameter("n", Shape{3, -1}, DType::f32);
  b.add_parameter("o", Shape{std::int64_t{1} << 40, std::int64_t{1} << 40}, DType::f32);
  b.add_parameter("r", Shape(65, 1), DType::f32);
  b.add_parameter("", Shape{1}, DType::f32);
  b.add_parameter("a..b", Shape{1}, DType::f32);
  EXPECT_EQ(
      messages(b.finish()),
      "'m' is there twice: it is a module already\n"
      "'m' is there twice: it is a module already\n"
      "'p' is there twice: it is a parameter already\n"
      "'p' is there twice: it is a parameter already\n"
      "'p' is there twice: it is a parameter already\n"
      "'t' is tied to 'nobody', which is no earlier parameter\n"
      "'u' is tied to 'p', but one is F32 [2] and the other F32 [1]\n"
      "'n' has the shape [3, -1]: a size is negative, or there are more than 2^63 - 1 elements\n"
      "'o' has the shape [1099511627776, 1099511627776]: a size is negative, or there are more than 2^63 - 1 elements\n"
      "'r' has 65 dimensions; at most 64 can be\n"
      "the parameter name '' cannot be one: it is empty\n"
      "the parameter name 'a..b' cannot be one: it has an empty piece between dots");
}

TEST(ParamGraphBuilder, CountsTheFaultsBehindTheTwentieth) {
  ParamGraphBuilder b;
  for (int i = 0; i < 25; ++i) b.add_parameter("", Shape{}, DType::f32);
  const auto graph = b.finish();
  ASSERT_FALSE(graph);
  ASSERT_EQ(graph.error().diagnostics.size(), 20u);
  EXPECT_EQ(graph.error().diagnostics.back().notes.at(0).message, "5 more faults like these");
}

TEST(ParamGraph, HasAFingerprintThatEveryFactOfAPlanChanges) {
  const auto print = [](std::string_view name, Shape shape, DType dtype, bool grad, std::string_view type, bool tied) {
    ParamGraphBuilder b;
    b.set_model("its name does not count");
    b.add_module("m", type);
    b.add_parameter("first", shape, dtype);
    b.add_parameter(name, shape, dtype, grad, tied ? "first" : "");
    b.add_buffer("buffers do not count");
    return b.finish().value().fingerprint();
  };
  const std::string base = print("m.w", {2}, DType::f32, true, "A", false);
  EXPECT_EQ(base.size(), 32u);
  EXPECT_EQ(base, print("m.w", {2}, DType::f32, true, "A", false));
  EXPECT_NE(base, print("m.v", {2}, DType::f32, true, "A", false));
  EXPECT_NE(base, print("m.w", {3}, DType::f32, true, "A", false));
  EXPECT_NE(base, print("m.w", {2, 1}, DType::f32, true, "A", false));
  EXPECT_NE(base, print("m.w", {2}, DType::f16, true, "A", false));
  EXPECT_NE(base, print("m.w", {2}, DType::f32, false, "A", false));
  EXPECT_NE(base, print("m.w", {2}, DType::f32, true, "B", false));
  EXPECT_NE(base, print("m.w", {2}, DType::f32, true, "A", true));
}

}  // namespace
}  // namespace fts::graph
