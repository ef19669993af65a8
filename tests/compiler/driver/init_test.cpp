// `ftsc init`: for every model of the repository a file that checks without a diagnostic, as it is and with the
// strategy that it leaves in comments.
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/driver/family.hpp"
#include "compiler/driver/init.hpp"
#include "compiler/graph/graph.hpp"
#include "tests/support/compiling.hpp"
#include "tests/support/families.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/layouts.hpp"

namespace fts {
namespace {

namespace fs = std::filesystem;

driver::Compilation compile(const std::string& text, const graph::ParamGraph& graph) {
  driver::Compilation out;
  driver::compile_into(out.sources->add("init.fts", text), graph, {}, out);
  return out;
}

// The text with the strategy that it has in comments.
std::string with_all_strategies(std::string text) {
  const auto begin = text.find("# strategy sharded {");
  if (begin == std::string::npos) return text;
  for (auto at = begin; at != std::string::npos; at = text.find("\n# ", at)) {
    if (text[at] == '\n') ++at;
    text.erase(at, 2);
  }
  return text;
}

// The model as a file of weights shows it: neither types nor ties nor what is frozen.
graph::ParamGraph only_names(const graph::ParamGraph& graph) {
  graph::ParamGraphBuilder builder;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    if (parameter.tied_to == graph::kNone) builder.add_parameter(parameter.name, parameter.shape, parameter.dtype);
  }
  return std::move(*builder.finish());
}

void expect_clean(const graph::ParamGraph& graph) {
  const std::string text = driver::initial_file(graph, {.graph_path = "model.graph.json", .architecture = ""});
  const auto plain = compile(text, graph);
  EXPECT_THAT(test::rendered(plain), testing::IsEmpty()) << text;
  ASSERT_TRUE(plain.plan) << text;
  EXPECT_FALSE(plain.plan->schedule.phases.empty());
  const std::string sharded = with_all_strategies(text);
  EXPECT_THAT(test::rendered(compile(sharded, graph)), testing::IsEmpty()) << sharded;
  test::expect_one_plan_in_every_layout(sharded, [&](const auto& layout) { return compile(layout, graph); });
}

std::vector<std::string> models() {
  std::vector<std::string> all;
  const fs::path root = fs::path(FTS_SOURCE_DIR) / "tests/data";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    const bool model =
        name.find(".graph.json") != std::string::npos || name.ends_with(".safetensors") || name.ends_with("index.json");
    if (model) all.push_back(fs::relative(entry.path(), root).string());
  }
  return all;
}

class Init : public testing::TestWithParam<std::string> {};

TEST_P(Init, WritesAFileThatChecksClean) { expect_clean(test::read_data_graph(GetParam())); }

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Models, Init, testing::ValuesIn(models()), test_name);

class InitFamily : public testing::TestWithParam<test::FamilyGraph> {};

TEST_P(InitFamily, IsRecognisedByTypesAndByNames) {
  const auto graph = test::read_data_graph(GetParam().path);
  EXPECT_EQ(driver::family_of(graph, ""), GetParam().module);
  const std::set<std::string> llamas = {"mistral"};  // the same names as Llama's
  const std::string by_names = llamas.contains(GetParam().module) ? "llama" : GetParam().module;
  const auto bare = only_names(graph);
  EXPECT_EQ(driver::family_of(bare, ""), by_names);
  expect_clean(bare);
  expect_clean(only_names(test::with_prefix(graph, "0.auto_model.")));
}
INSTANTIATE_TEST_SUITE_P(All, InitFamily, testing::ValuesIn(test::family_graphs()),
                         [](const auto& test) { return test.param.name(); });

TEST(InitFamilies, AreNamedByTheArchitectureOfAConfig) {
  const auto graph = only_names(test::read_data_graph("families/mistral.graph.json"));
  EXPECT_EQ(driver::family_of(graph, "MistralForCausalLM"), "mistral");
  EXPECT_EQ(driver::family_of(graph, "SomethingElse"), "llama");
}

graph::ParamGraph made_of(const std::vector<std::string>& names) {
  graph::ParamGraphBuilder builder;
  builder.set_model("home-made");
  for (const auto& name : names) {
    const std::int64_t shape[] = {4, name.ends_with("bias") ? 1 : 4};
    builder.add_parameter(name, std::span(shape, name.ends_with("bias") ? 1 : 2), graph::DType::f32);
  }
  return std::move(*builder.finish());
}

TEST(InitUnknown, ModelsGetNamesByTheirStructure) {
  const std::vector<std::vector<std::string>> models = {
      {"weight"},
      {"a.weight", "a.bias"},
      {"0.weight", "0.bias", "2.weight", "2.bias"},
      {"stem.weight", "net.blocks.0.w", "net.blocks.1.w", "net.blocks.2.w", "net.out.weight"},
      {"blocks.0.w", "blocks.1.w"},
      {"odd[name.0.w", "odd[name.1.w", "h*ad.w"},
  };
  for (const auto& names : models) expect_clean(made_of(names));
}

TEST(InitText, IsThis) {
  const auto text = [](const graph::ParamGraph& graph) {
    return driver::initial_file(graph, {.graph_path = "model.graph.json", .architecture = ""});
  };
  test::expect_golden("driver/init_bert.fts",
                      text(test::read_data_graph("graphs/bert-base-uncased-seqcls.graph.json")));
  test::expect_golden("driver/init_llama.fts", text(test::read_data_graph("families/llama-3.2-1b.graph.json.gz")));
  test::expect_golden("driver/init_deepseek.fts", text(test::read_data_graph("families/deepseek-v3.graph.json.gz")));
  test::expect_golden("driver/init_whisper.fts", text(test::read_data_graph("families/whisper.graph.json")));
  test::expect_golden(
      "driver/init_unknown.fts",
      text(made_of({"stem.weight", "blocks.0.w", "blocks.1.w", "blocks.2.w", "blocks.2.bias", "out.weight"})));
}

}  // namespace
}  // namespace fts
