#include "runtime/bind/graph_of.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "compiler/graph/graph.hpp"
#include "runtime/bind/module_parameters.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts {
namespace {

TEST(GraphOf, HasTheModulesNamesAndTypes) {
  test::Mlp model;
  const auto graph = graph_of(*model);
  ASSERT_TRUE(graph) << graph.error().text();
  EXPECT_EQ(graph->model(), "Mlp");
  ASSERT_EQ(graph->module_count(), 5U);
  EXPECT_EQ(graph->module(0).name, "");
  EXPECT_EQ(graph->module(0).type, "Mlp");
  EXPECT_EQ(graph->module(1).name, "fc1");
  EXPECT_EQ(graph->module(1).type, "Linear");
  EXPECT_EQ(graph->module(4).type, "Dropout");
}

TEST(GraphOf, HasParametersBuffersAndTies) {
  test::Tied model;
  model->mid->bias.set_requires_grad(false);
  const auto graph = graph_of(*model);
  ASSERT_TRUE(graph) << graph.error().text();
  const auto out = graph->parameter(graph->find_parameter("out_weight").value());
  const auto emb = graph->parameter(graph->find_parameter("emb.weight").value());
  // The root's own parameter comes first, as in named_parameters().
  EXPECT_EQ(graph->parameter(emb.tied_to).name, "out_weight");
  EXPECT_EQ(out.tied_to, graph::kNone);
  EXPECT_EQ(std::vector<std::int64_t>(out.shape.begin(), out.shape.end()), (std::vector<std::int64_t>{8, 6}));
  EXPECT_FALSE(graph->parameter(graph->find_parameter("mid.bias").value()).requires_grad);
  EXPECT_EQ(graph->buffer_names().size(), 3U);
}

TEST(GraphOf, WritesWhatTheCompilerReads) {
  test::Tied model;
  const auto path = test::fresh_folder("graph") + "/tied.graph.json";
  const auto written = write_graph(*model, path);
  ASSERT_TRUE(written) << written.error().text();
  const auto read = graph::read(path);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->fingerprint(), graph_of(*model)->fingerprint());
}

TEST(GraphOf, SaysWhereItCouldNotWrite) {
  test::Mlp model;
  EXPECT_EQ(write_graph(*model, "/no/such/folder/g.json").error().text(),
            "error[FTS0801]: '/no/such/folder/g.json' cannot be written\n"
            "  help: check that its folder exists and may be written to\n");
}

TEST(TypeName, IsTheClassWithoutNamespaceAndImpl) {
  EXPECT_EQ(bind::type_name("torch::nn::LinearImpl"), "Linear");
  EXPECT_EQ(bind::type_name("(anonymous namespace)::NetImpl"), "Net");
  EXPECT_EQ(bind::type_name("a::Stack<b::BlockImpl>"), "Stack<b::BlockImpl>");
  EXPECT_EQ(bind::type_name("Impl"), "Impl");
}

}  // namespace
}  // namespace fts
