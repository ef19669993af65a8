#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::HasSubstr;

constexpr std::string_view kGraph = R"({"format":"fts-param-graph","version":1,"model":"graph","parameters":[]})";

TEST(Folder, IsReadThroughItsIndex) {
  const auto graph = read(data_path("tiny-mixtral-sharded"));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(graph->parameter_count(), 60u);
}

TEST(Folder, IsReadThroughItsOnlySafetensors) {
  const auto graph = read(data_path("tiny-bert/"));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(graph->parameter_count(), 41u);
  EXPECT_EQ(graph->model(), "tiny-bert");
}

TEST(Folder, PrefersAGraphToACheckpoint) {
  const TempFolder folder;
  folder.write("model.safetensors", safetensors("{}", 0));
  folder.write("x.graph.json", kGraph);
  const auto graph = read(folder.path());
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(graph->model(), "graph");
}

TEST(Folder, PrefersTheFileCalledModelAmongSafetensors) {
  const TempFolder folder;
  folder.write("adapter.safetensors", safetensors("{}", 0));
  folder.write("model.safetensors", safetensors(R"({"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4));
  const auto graph = read(folder.path());
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(graph->parameter_count(), 1u);
}

TEST(Folder, WithTwoGraphsAsksWhichIsMeant) {
  const TempFolder folder;
  folder.write("b.graph.json", kGraph);
  folder.write("a.graph.json", kGraph);
  const auto graph = read(folder.path());
  EXPECT_THAT(messages(graph), HasSubstr("has 2 files that end in .graph.json"));
  EXPECT_THAT(graph.error().diagnostics.at(0).help, HasSubstr("a.graph.json'"));
}

TEST(Folder, WithoutAModelSaysWhatItMayHold) {
  const TempFolder folder;
  const auto graph = read(folder.path());
  EXPECT_EQ(messages(graph), "the folder '" + folder.path() + "' has no model file");
  EXPECT_THAT(graph.error().diagnostics.at(0).help, HasSubstr("a safetensors index (.index.json)"));
}

TEST(File, IsReadForWhatItsBytesAreWhateverItIsCalled) {
  const TempFolder folder;
  const auto graph = read(folder.write("weights.bin", safetensors("{}", 0)));
  EXPECT_TRUE(graph) << messages(graph);
  EXPECT_TRUE(read(folder.write("x.txt", kGraph)));
}

TEST(File, OfNoKnownFormatIsRefused) {
  const TempFolder folder;
  const auto path = folder.write("notes.txt", "hello");
  EXPECT_EQ(messages(read(path)), "'" + path + "' is no model file that can be read");
}

TEST(File, ThatIsNotThereOrNoFileIsRefused) {
  EXPECT_EQ(messages(read("/nonexistent/x.graph.json")),
            "cannot read '/nonexistent/x.graph.json': No such file or directory");
  EXPECT_EQ(messages(read("/dev/zero")), "'/dev/zero' is not a regular file");
  const TempFolder folder;
  const auto empty = folder.write("empty.safetensors", "");
  EXPECT_THAT(messages(read(empty)), HasSubstr("it has 0 bytes"));
}

}  // namespace
}  // namespace fts::graph
