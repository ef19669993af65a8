// Archives that torch.jit.save wrote (tests/peer/torch_checkpoints.py).
#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::HasSubstr;

TEST(TorchScript, IsTheGraphThatPyTorchTellsOfIt) {
  const auto graph = read(data_path("torch/scripted.pt"));
  ASSERT_TRUE(graph) << messages(graph);
  const auto wanted = read(data_path("torch/scripted.graph.json"));
  ASSERT_TRUE(wanted);
  EXPECT_EQ(to_json(*graph), to_json(*wanted));
  EXPECT_EQ(graph->fingerprint(), wanted->fingerprint());
}

TEST(TorchScript, OfATraceIsReadToo) {
  const auto graph = read(data_path("torch/traced.pt"));
  ASSERT_TRUE(graph) << messages(graph);
  const auto wanted = read(data_path("torch/module.graph.json"));
  ASSERT_TRUE(wanted);
  EXPECT_EQ(graph->fingerprint(), wanted->fingerprint());
}

TEST(TorchScript, ThatWasFrozenHasNothingToTrain) {
  const auto graph = read(data_path("torch/frozen.pt"));
  EXPECT_THAT(messages(graph), HasSubstr("its module has no parameters"));
  EXPECT_THAT(graph.error().diagnostics.at(0).help, HasSubstr("torch.jit.freeze"));
}

}  // namespace
}  // namespace fts::graph
