#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Written : public testing::TestWithParam<const char*> {};

TEST_P(Written, GraphIsTheGraphThatWasRead) {
  const auto graph = read(data_path(GetParam()));
  ASSERT_TRUE(graph) << messages(graph);
  const std::string text = to_json(*graph);
  const auto again = read_text("again.graph.json", text);
  ASSERT_TRUE(again) << messages(again);
  EXPECT_EQ(to_json(*again), text);
  EXPECT_EQ(again->fingerprint(), graph->fingerprint());
  EXPECT_EQ(again->has_types(), graph->has_types());
  EXPECT_EQ(again->has_shapes(), graph->has_shapes());
  EXPECT_EQ(again->model(), graph->model());
}

INSTANTIATE_TEST_SUITE_P(Graphs, Written,
                         testing::Values("all-minilm-l6-v2-bert.graph.json", "tiny-gpt2.graph.json",
                                         "t5-base.graph.json", "resnet50-torchvision.graph.json",
                                         "bert-base-uncased-seqcls.graph.json", "llama-3.1-8b.graph.json",
                                         "llama-3.1-8b", "tiny-bert", "tiny-mixtral-sharded"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

TEST(Written, FileOfOursIsTheSameBytes) {
  for (const char* const name :
       {"all-minilm-l6-v2-bert.graph.json", "tiny-gpt2.graph.json", "resnet50-torchvision.graph.json"}) {
    const auto graph = read(data_path(name));
    ASSERT_TRUE(graph);
    EXPECT_EQ(to_json(*graph), file_text(data_path(name))) << name;
  }
}

TEST(Written, NamesAreEscaped) {
  ParamGraphBuilder b;
  b.set_model("tab\t\"quoted\"");
  b.add_parameter("a\"\\b.ö", std::vector<std::int64_t>{1}, DType::boolean, false);
  const auto graph = b.finish();
  ASSERT_TRUE(graph);
  const auto again = read_text("x.graph.json", to_json(*graph));
  ASSERT_TRUE(again) << messages(again);
  EXPECT_EQ(again->model(), "tab\t\"quoted\"");
  EXPECT_EQ(again->parameter(0).name, "a\"\\b.ö");
  EXPECT_FALSE(again->parameter(0).requires_grad);
}

}  // namespace
}  // namespace fts::graph
