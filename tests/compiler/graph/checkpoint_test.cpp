// Files that torch.save and Lightning wrote (tests/peer/torch_checkpoints.py), and what is wrong with others.
#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string torch_path(const std::string& name) { return data_path("torch/" + name); }

std::string facts(const ParamGraph& graph) {
  std::string text;
  for (ParamId id = 0; id < graph.parameter_count(); ++id) {
    const auto p = graph.parameter(id);
    text += std::string(p.name) + " " + std::string(name(p.dtype));
    for (const auto size : p.shape) text += " " + std::to_string(size);
    text += p.requires_grad ? "" : " frozen";
    text += p.tied_to == kNone ? "" : " = " + std::string(graph.parameter(p.tied_to).name);
    text += "\n";
  }
  for (const auto buffer : graph.buffer_names()) text += "buffer " + std::string(buffer) + "\n";
  return text;
}

class StateDict : public testing::TestWithParam<std::string> {};

TEST_P(StateDict, HasTheModulesTensorsInItsOrder) {
  const auto graph = read(torch_path(GetParam()));
  ASSERT_TRUE(graph) << messages(graph);
  const auto module = read(torch_path("module.graph.json"));
  ASSERT_TRUE(module);
  std::vector<std::string> wanted = parameter_names(*module);
  auto found = parameter_names(*graph);
  const bool kept = GetParam() == "kept_vars.pt";
  if (!kept) wanted.insert(wanted.begin() + 1, "table");  // nothing in a plain state dict says that it is a buffer
  EXPECT_EQ(found, wanted);
  EXPECT_EQ(graph->find_parameter("blocks.0.norm.running_mean"), std::nullopt);
  EXPECT_EQ(graph->buffer_names().size(), kept ? 7u : 6u);
  const auto head = graph->parameter(*graph->find_parameter("head.weight"));
  EXPECT_EQ(graph->parameter(head.tied_to).name, "embed.weight");
  EXPECT_EQ(head.requires_grad, !kept) << "only kept variables say it";
  EXPECT_THAT(head.shape, ElementsAre(5, 3));
}
INSTANTIATE_TEST_SUITE_P(Files, StateDict,
                         testing::Values("protocol2.bin", "protocol4.bin", "protocol5.bin", "nested.pth",
                                         "kept_vars.pt"),
                         [](const auto& param) { return param.param.substr(0, param.param.find('.')); });

TEST(Checkpoint, KnowsEveryDtypeAndTiesOnlyEqualViews) {
  const auto graph = read(torch_path("dtypes.pt"));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(facts(*graph),
            "named f32 2 frozen\n"
            "buffer whole\nbuffer left\nbuffer right\nbuffer across\nbuffer half\nbuffer brain\nbuffer eighth\n"
            "buffer odd\nbuffer plane\nbuffer codes\nbuffer mask\nbuffer empty\n")
      << "one Parameter among them: the variables were kept";
  EXPECT_EQ(graph->buffer(6).dtype, DType::f8_e4m3);
  EXPECT_EQ(graph->buffer(7).dtype, DType::other);
  EXPECT_THAT(graph->buffer(11).shape, ElementsAre(0, 4));
}

TEST(Checkpoint, OfLightningIsReadThroughItsStateDict) {
  const auto graph = read(torch_path("lightning.ckpt"));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(facts(*graph), "model.weight f32 2 3\nmodel.bias f32 2\n");
}

TEST(Checkpoint, OnTheMetaDeviceHasNoDataToLookFor) {
  const auto graph = read(torch_path("meta.pt"));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(facts(*graph), "weight f32 2 2\nbias f32 2\n");
}

TEST(Checkpoint, OfAWholeModuleIsRefusedByTheClassThatItNames) {
  const auto graph = read(torch_path("whole_module.pt"));
  EXPECT_THAT(messages(graph), HasSubstr("it names '__main__.Net', which no list of tensors needs"));
  EXPECT_THAT(graph.error().diagnostics.at(0).help, HasSubstr("model.state_dict()"));
}

TEST(Checkpoint, OfOldPyTorchesIsRefusedWithTheWayOut) {
  for (const auto& [path, bytes, says] :
       {std::tuple{"old.bin", std::string("\x80\x02\x8a\x0al\xfc\x9c", 7), "a bare pickle"},
        std::tuple{"old.pt", std::string(257, '\0') + "ustar", "a tar archive"}}) {
    const auto graph = read_text(path, bytes);
    EXPECT_THAT(messages(graph), HasSubstr(says));
    EXPECT_THAT(graph.error().diagnostics.at(0).help, HasSubstr("torch.save(torch.load("));
  }
  EXPECT_THAT(messages(read(torch_path("before_1.6.bin"))), HasSubstr("before PyTorch 1.6"));
}

TEST(Checkpoint, IsFoundInAFolder) {
  const TempFolder folder;
  const auto bytes = Bytes::map(torch_path("protocol2.bin"));
  ASSERT_TRUE(bytes);
  folder.write("training_args.bin", "no model");
  folder.write("pytorch_model.bin", bytes->view());
  const auto graph = read(folder.path());
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_NE(graph->find_parameter("head.weight"), std::nullopt);
}

TEST(Checkpoint, MayBeAShardWithTheIndexsOrder) {
  const TempFolder folder;
  const auto bytes = Bytes::map(torch_path("protocol2.bin"));
  ASSERT_TRUE(bytes);
  folder.write("one.bin", bytes->view());
  folder.write("pytorch_model.bin.index.json", R"({"weight_map":{"head.weight":"one.bin","embed.weight":"one.bin"}})");
  const auto graph = read(folder.path());
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(facts(*graph), "head.weight f32 5 3\nembed.weight f32 5 3 = head.weight\n");
}

}  // namespace
}  // namespace fts::graph
