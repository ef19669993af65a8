#include "tests/bench/workload.hpp"

#include <fmt/format.h>

namespace fts::bench {

namespace {

constexpr std::size_t kLayers = 64;
constexpr std::size_t kPlainTensors = 7;  // of a layer, without its experts

class GraphText {
 public:
  explicit GraphText(std::size_t experts) : experts_(experts) {}

  std::string text() {
    module("", "Model");
    module("layers", "ModuleList");
    for (std::size_t i = 0; i < kLayers; ++i) layer(fmt::format("layers.{}", i));
    linear("head", "256,64");
    return R"({"format":"fts-param-graph","version":1,"model":"workload","modules":[)" + modules_ +
           "\n],\"parameters\":[" + parameters_ + "\n],\"buffers\":[]}\n";
  }

 private:
  void module(std::string_view name, std::string_view type) {
    fmt::format_to(std::back_inserter(modules_), "{}\n{{\"name\":\"{}\",\"type\":\"{}\"}}", modules_.empty() ? "" : ",",
                   name, type);
  }
  void parameter(std::string_view name, std::string_view shape) {
    fmt::format_to(std::back_inserter(parameters_),
                   "{}\n{{\"name\":\"{}.weight\",\"shape\":[{}],\"dtype\":\"BF16\",\"requires_grad\":true}}",
                   parameters_.empty() ? "" : ",", name, shape);
  }
  void linear(const std::string& name, std::string_view shape, std::string_view type = "Linear") {
    module(name, type);
    parameter(name, shape);
  }
  void layer(const std::string& name) {
    module(name, "Layer");
    module(name + ".self_attn", "Attention");
    for (const char* p : {"q_proj", "k_proj", "v_proj", "o_proj"}) linear(name + ".self_attn." + p, "64,64");
    module(name + ".mlp", "Experts");
    linear(name + ".mlp.gate", "8,64");
    module(name + ".mlp.experts", "ModuleList");
    for (std::size_t e = 0; e < experts_; ++e) {
      const std::string expert = fmt::format("{}.mlp.experts.{}", name, e);
      module(expert, "Expert");
      for (const char* p : {"gate_proj", "up_proj", "down_proj"}) linear(fmt::format("{}.{}", expert, p), "32,64");
    }
    linear(name + ".input_norm", "64", "Norm");
    linear(name + ".post_norm", "64", "Norm");
  }

  std::size_t experts_;
  std::string modules_, parameters_;
};

constexpr std::string_view kHead = R"(let norms = /.*_norm\.weight/
let experts[l, e] = module("layers.${l}.mlp.experts.${e}")
let attention[i]  = "layers.${i}.self_attn.**" | "layers.${i}.*_norm.weight" | "layers.${i}.mlp.gate.weight"

schedule {
  monitor    = val_loss { patience = 2 }
  optimizer  = adamw { lr = 1e-4, weight_decay = 0.1 }
  no_decay   = norms | "layers.*.mlp.gate.weight"
  max_epochs = 1000
  phase head { thaw = "head.weight" where rank == 2, until = plateau or epoch(1) }
)";

constexpr std::string_view kLayerPhases = R"(  phase attention_{0} {{
    thaw = attention[{0}]
    lr   = 1e-5
    groups {{
      "layers.{0}.self_attn.q_proj.weight"        => {{ lr = 1e-5 }}
      "layers.{0}.self_attn.k_proj.weight"        => {{ lr = 2e-5 }}
      "layers.{0}.self_attn.[v]_proj.weight"      => {{ lr = 3e-5 }}
      /layers\.{0}\.self_attn\.o_proj\.weight/    => {{ lr = 4e-5 }}
      /layers\.{0}\.input_norm\.weight/           => {{ weight_decay = 0.0 }}
      "layers.{0}.post_norm.weight"               => {{ lr = 1e-6 }}
      "layers.{0}.mlp.gate.*"                     => {{ lr = 2e-6 }}
    }}
    until = plateau or epochs(2)
  }}
  phase experts_{0} {{
    thaw = module("layers.{0}.mlp.experts") | experts[{0}, 0]
    lr   = 1e-6
    groups {{
      /layers\.{0}\.mlp\.experts\.\d+\.gate_proj\.weight/ => {{ lr = 1e-6 }}
      "layers.{0}.mlp.experts.*.up_proj.weight"          => {{ lr = 2e-6 }}
      "layers.{0}.mlp.experts.*.down_proj.*"             => {{ lr = 3e-6 }}
    }}
    until = plateau or epochs(2)
  }}
)";

constexpr std::string_view kLayerUnits = R"(    /layers\.{0}\.mlp\.experts\.\d+/ => {{ reshard_after_forward = true }}
    "layers.{0}.self_attn"         => {{}}
    "layers.{0}.mlp"               => {{}}
    "layers.{0}"                   => {{}}
)";

}  // namespace

std::string graph_text(std::size_t parameters) {
  const std::size_t a_layer = parameters / kLayers;
  return GraphText(a_layer > kPlainTensors ? (a_layer - kPlainTensors) / 3 : 1).text();
}

std::string rules_text() {
  std::string text(kHead);
  for (std::size_t i = kLayers; i-- > 0;) text += fmt::format(kLayerPhases, i);
  text += "}\n";
  text += "strategy sharded {\n  adapter = model_parallel\n  mesh = { data = 64, tensor = 1 }\n  fsdp_plan {\n";
  for (std::size_t i = 0; i < kLayers; ++i) text += fmt::format(kLayerUnits, i);
  return text + "    \"head\" => {}\n    \"\" => {}\n  }\n}\n";
}

}  // namespace fts::bench
