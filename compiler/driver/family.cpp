#include "compiler/driver/family.hpp"

#include <vector>

#include "compiler/base/error.hpp"
#include "compiler/resolve/pattern.hpp"

namespace fts::driver {

namespace {

struct Family {
  std::string_view module;
  std::vector<std::string_view> classes;  // what its classes' names begin with: "Llama" of LlamaForCausalLM
  std::vector<std::string_view> marks;    // globs that all match a parameter or module of it, and of none above it
};

// Where only names are known the first whose marks are all there is taken, so what is special stands above what is not.
const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {"llava", {"Llava", "LlavaNext", "VipLlava"}, {"**.multi_modal_projector.**", "**.language_model.**"}},
      {"whisper", {"Whisper"}, {"**.encoder.conv1.weight", "**.decoder.layers.0.**"}},
      {"clip", {"CLIP"}, {"**.{text_model,vision_model}.encoder.layers.0.**"}},
      {"bart", {"Bart", "MBart"}, {"**.{encoder,decoder}.layernorm_embedding.weight"}},
      {"t5", {"T5", "MT5", "UMT5"}, {"**.block.0.layer.0.SelfAttention.q.weight"}},
      {"deepseek", {"DeepseekV2", "DeepseekV3"}, {"**.self_attn.kv_a_proj_with_mqa.weight"}},
      {"mixtral",
       {"Mixtral"},
       {"**.layers.0.{mlp,block_sparse_moe}.gate.weight", "**.layers.0.{mlp,block_sparse_moe}.experts.**"}},
      {"phi3", {"Phi3"}, {"**.layers.0.self_attn.qkv_proj.weight", "**.layers.0.mlp.gate_up_proj.weight"}},
      {"phi", {"Phi"}, {"**.layers.0.self_attn.dense.weight", "**.layers.0.mlp.fc1.weight"}},
      {"gemma", {"Gemma", "Gemma2", "Gemma3"}, {"**.layers.0.pre_feedforward_layernorm.weight"}},
      {"qwen",
       {"Qwen2", "Qwen3"},
       {"**.layers.0.self_attn.{q_norm.weight,q_proj.bias}", "**.layers.0.mlp.gate_proj.*"}},
      {"pythia", {"GPTNeoX"}, {"**.layers.0.attention.query_key_value.weight"}},
      {"gpt2", {"GPT2"}, {"**.h.0.attn.c_attn.weight"}},
      {"modernbert", {"ModernBert"}, {"**.layers.0.attn.Wqkv.weight"}},
      {"distilbert", {"DistilBert"}, {"**.transformer.layer.0.attention.q_lin.weight"}},
      {"deberta", {"DebertaV2"}, {"**.encoder.layer.0.attention.self.query_proj.weight"}},
      {"roberta",
       {"Roberta", "XLMRoberta", "Camembert"},
       {"**.roberta.**", "**.encoder.layer.0.attention.self.query.weight"}},
      {"vit", {"ViT", "DeiT"}, {"**.embeddings.patch_embeddings.**", "**.layernorm_before.weight"}},
      {"bert", {"Bert"}, {"**.encoder.layer.0.attention.self.query.weight"}},
      {"mamba", {"Mamba"}, {"**.layers.0.mixer.A_log"}},
      {"resnet", {"ResNet"}, {"**.layer1.0.conv1.weight", "**.layer4.0.bn1.weight"}},
      {"mistral", {"Mistral"}, {}},  // Llama's names: only its classes tell
      {"llama",
       {"Llama"},
       {"**.layers.0.{self_attn.q_proj,attention.wq}.weight", "**.{mlp.gate_proj,feed_forward.w1}.*"}},
  };
  return all;
}

// "Phi3ForCausalLM" begins with "Phi3", and not with "Phi": the next letter starts a word.
bool is_of(std::string_view type, std::string_view prefix) {
  if (!type.starts_with(prefix)) return false;
  return type.size() == prefix.size() || (type[prefix.size()] >= 'A' && type[prefix.size()] <= 'Z');
}

std::optional<std::string_view> by_class(std::string_view type) {
  for (const auto& family : families()) {
    for (const auto prefix : family.classes) {
      if (is_of(type, prefix)) return family.module;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> by_names(const graph::ParamGraph& graph) {
  std::vector<std::string_view> names;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) names.push_back(graph.parameter(p).name);
  std::vector<resolve::Pattern> patterns;
  for (const auto& family : families()) {
    for (const auto mark : family.marks) {
      auto pattern = resolve::pattern_of_string({{std::string(mark), false}});
      FTS_CHECK(pattern);
      patterns.push_back(std::move(*pattern));
    }
  }
  const auto matches = resolve::match_all(patterns, names);
  std::size_t at = 0;
  for (const auto& family : families()) {
    const std::size_t end = at + family.marks.size();
    bool all = !family.marks.empty();
    for (; at < end; ++at) all = all && !matches[at].empty();
    if (all) return family.module;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> family_of(const graph::ParamGraph& graph, std::string_view architecture) {
  if (const auto family = by_class(architecture)) return family;
  for (graph::ModuleId m = 0; m < graph.module_count(); ++m) {  // from the root inwards
    if (const auto family = by_class(graph.module(m).type)) return family;
  }
  return by_names(graph);
}

}  // namespace fts::driver
