#include "tests/support/families.hpp"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "compiler/graph/graph.hpp"

namespace fts::test {

std::string FamilyGraph::name() const {
  std::string stem = std::filesystem::path(path).filename().string();
  stem = stem.substr(0, stem.find(".graph.json"));
  std::replace_if(
      stem.begin(), stem.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  return stem;
}

const std::vector<FamilyGraph>& family_graphs() {
  static const std::vector<FamilyGraph> all = {
      {"bart", "families/bart.graph.json"},
      {"bert", "graphs/bert-base-uncased-seqcls.graph.json"},
      {"bert", "families/all-minilm-l6-v2-st.graph.json.gz"},
      {"clip", "families/clip.graph.json"},
      {"deberta", "families/deberta-v3-base-seqcls.graph.json.gz"},
      {"deepseek", "families/deepseek-v3.graph.json.gz"},
      {"distilbert", "families/distilbert.graph.json"},
      {"gemma", "families/gemma2.graph.json"},
      {"gpt2", "families/gpt2-small.graph.json.gz"},
      {"llama", "graphs/llama-3.1-8b.graph.json"},
      {"llama", "families/llama-3.2-1b.graph.json.gz"},
      {"llama", "families/torchtitan-llama.graph.json"},
      {"llava", "families/llava-1.5-7b.graph.json.gz"},
      {"mamba", "families/mamba.graph.json"},
      {"mistral", "families/mistral.graph.json"},
      {"mixtral", "families/mixtral-8x7b.graph.json.gz"},
      {"modernbert", "families/modernbert.graph.json"},
      {"phi", "families/phi.graph.json"},
      {"phi3", "families/phi3.graph.json"},
      {"pythia", "families/pythia.graph.json"},
      {"qwen", "families/qwen2.5-7b.graph.json.gz"},
      {"qwen", "families/qwen3.graph.json"},
      {"resnet", "graphs/resnet50-torchvision.graph.json"},
      {"roberta", "families/roberta.graph.json"},
      {"roberta", "families/roberta-mlm.graph.json"},
      {"t5", "graphs/t5-base.graph.json"},
      {"vit", "families/vit-base-patch16-224.graph.json.gz"},
      {"whisper", "families/whisper.graph.json"},
  };
  return all;
}

graph::ParamGraph read_data_graph(const std::string& path) {
  auto graph = graph::read(std::string(FTS_SOURCE_DIR) + "/tests/data/" + path);
  if (!graph) ADD_FAILURE() << graph.error().text();
  return std::move(*graph);
}

graph::ParamGraph with_prefix(const graph::ParamGraph& graph, const std::string& prefix) {
  graph::ParamGraphBuilder builder;
  builder.set_model(graph.model());
  const auto renamed = [&](std::string_view name) {
    return name.empty() ? prefix.substr(0, prefix.size() - 1) : prefix + std::string(name);
  };
  for (graph::ModuleId m = 0; m < graph.module_count(); ++m) {
    builder.add_module(renamed(graph.module(m).name), graph.module(m).type);
  }
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    const auto tied = parameter.tied_to == graph::kNone ? "" : renamed(graph.parameter(parameter.tied_to).name);
    builder.add_parameter(renamed(parameter.name), parameter.shape, parameter.dtype, parameter.requires_grad, tied);
  }
  auto result = builder.finish();
  if (!result) ADD_FAILURE() << result.error().text();
  return std::move(*result);
}

}  // namespace fts::test
