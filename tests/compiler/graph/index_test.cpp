#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Index, ReadsShapesFromTheShardsBesideIt) {
  const auto graph = read(data_path("tiny-mixtral-sharded/model.safetensors.index.json"));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(graph->parameter_count(), 60u);
  EXPECT_TRUE(graph->has_shapes());
  EXPECT_EQ(graph->model(), "tiny-mixtral-sharded");
  const auto gate = graph->parameter(graph->find_parameter("model.layers.1.block_sparse_moe.gate.weight").value());
  EXPECT_EQ(gate.dtype, DType::bf16);
  EXPECT_EQ(gate.shape.size(), 2u);
}

TEST(Index, KnowsTheNamesAloneWhereNoShardIs) {
  const auto graph = read(data_path("llama-3.1-8b/model.safetensors.index.json"));
  ASSERT_TRUE(graph) << messages(graph);
  const auto full = read(data_path("llama-3.1-8b.graph.json"));
  ASSERT_TRUE(full) << messages(full);
  EXPECT_EQ(graph->parameter_count(), 291u);
  EXPECT_FALSE(graph->has_shapes());
  for (ParamId id = 0; id < full->parameter_count(); ++id) EXPECT_TRUE(graph->find_parameter(full->parameter(id).name));
  EXPECT_TRUE(graph->find_module("model.layers.31.mlp")) << "modules are implied by names";
}

TEST(Index, LeavesOnlyTheMissingShardsNamesWithoutShape) {
  const TempFolder folder;
  folder.write(
      "a.safetensors",
      safetensors(
          R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"ignored":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
          8));
  const auto path = folder.write(
      "model.safetensors.index.json",
      R"({"metadata":{"total_size":4},"weight_map":{"y":"b.safetensors","x":"a.safetensors","bn.running_var":"b.safetensors"}})");
  const auto graph = read(path);
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_THAT(parameter_names(*graph), ElementsAre("y", "x")) << "in the order of the index";
  EXPECT_FALSE(graph->parameter(0).shape_known);
  EXPECT_TRUE(graph->parameter(1).shape_known);
  EXPECT_THAT(graph->buffer_names(), ElementsAre("bn.running_var"));
}

TEST(Index, RefusesATensorThatItsShardLacks) {
  const TempFolder folder;
  folder.write("a.safetensors", safetensors("{}", 0));
  EXPECT_THAT(messages(read(folder.write("model.safetensors.index.json", R"({"weight_map":{"x":"a.safetensors"}})"))),
              HasSubstr("'x' is said to be in the shard 'a.safetensors', which has no such tensor"));
}

TEST(Index, RefusesAShardThatCannotBeRead) {
  const TempFolder folder;
  folder.write("a.safetensors", "not a shard");
  EXPECT_THAT(messages(read(folder.write("model.safetensors.index.json", R"({"weight_map":{"x":"a.safetensors"}})"))),
              testing::AllOf(HasSubstr("the shard '"), HasSubstr("a.safetensors': the header is said to have")));
}

struct Wrong {
  std::string_view what;
  std::string_view text;
  std::string_view says;
};

class WrongIndex : public testing::TestWithParam<Wrong> {};

TEST_P(WrongIndex, IsRefused) {
  EXPECT_THAT(messages(read_text("nowhere/model.safetensors.index.json", GetParam().text)), HasSubstr(GetParam().says));
}

constexpr Wrong kWrong[] = {
    {"WithoutWeightMap", R"({"metadata":{}})", "the key 'weight_map' is missing"},
    {"WithTwoWeightMaps", R"({"weight_map":{},"weight_map":{}})", "weight_map: the key is there twice"},
    {"WithAListOfWeights", R"({"weight_map":[]})", "weight_map: expected an object"},
    {"WithANumberForAShard", R"({"weight_map":{"x":1}})",
     "weight_map.'x': expected the name of a file beside the index"},
    {"ThatLeadsUp", R"({"weight_map":{"x":"../a.safetensors"}})",
     "weight_map.'x': expected the name of a file beside the index"},
    {"ThatLeadsToTheRoot", R"({"weight_map":{"x":"/etc/passwd"}})",
     "weight_map.'x': expected the name of a file beside the index"},
    {"ThatNamesItsFolder", R"({"weight_map":{"x":".."}})",
     "weight_map.'x': expected the name of a file beside the index"},
    {"WithANulByte", R"({"weight_map":{"x":"a\u0000b"}})",
     "weight_map.'x': expected the name of a file beside the index"},
    {"WithANameTwice", R"({"weight_map":{"x":"a","x":"a"}})", "'x' is there twice"},
    {"WithAnEmptyName", R"({"weight_map":{"":"a"}})", "it is empty"},
    {"WithTextBehind", R"({"weight_map":{}} {})", "text behind the JSON object"},
};

INSTANTIATE_TEST_SUITE_P(Index, WrongIndex, testing::ValuesIn(kWrong),
                         [](const auto& test) { return std::string(test.param.what); });

}  // namespace
}  // namespace fts::graph
