#include "runtime/adapters/tensor_plan.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts {

namespace {

using shard::LayerSpec;
using shard::Layout;
using shard::Style;

std::optional<Style> style_of(const std::string& style) {
  static const std::unordered_map<std::string, Style> all = {{"colwise", Style::columns},
                                                             {"colwise_gather_output", Style::columns},
                                                             {"packed_colwise", Style::columns},
                                                             {"rowwise", Style::rows},
                                                             {"rowwise_split_input", Style::rows},
                                                             {"packed_rowwise", Style::rows},
                                                             {"embedding_rowwise", Style::rows},
                                                             {"sequence_parallel", Style::whole},
                                                             {"replicated_with_grad_allreduce", Style::whole}};
  const auto it = all.find(style);
  return it == all.end() ? std::nullopt : std::optional(it->second);
}

// Of one input or output; what says nothing comes whole.
std::optional<Layout> layout_of(const nlohmann::json& layouts, const char* name) {
  const auto it = layouts.find(name);
  if (it == layouts.end()) return Layout{};
  const auto& layout = it->is_array() && it->size() == 1 ? it->front() : *it;
  if (layout.is_null() || layout == "replicate") return Layout{};
  if (layout.is_object()) return Layout{layout.value("shard", std::int64_t{0})};
  return std::nullopt;
}

class Reader {
 public:
  Reader(const plan::Plan& plan, int ranks) : plan_(plan), ranks_(ranks) {
    found_.splits.resize(plan.parameters.size());
  }

  void read(const plan::TensorParallel& entry) {
    const auto style = style_of(entry.style);
    if (!style) {
      return unsupported(entry, "has a style that the runtime does not carry out",
                         entry.style.starts_with("prepare_module")
                             ? "LibTorch's modules have no hooks: say it on the layers in the module, with "
                               "input_layouts and output_layouts"
                             : "split its linear layers with colwise and rowwise, or leave it out of tp_plan");
    }
    const auto input = layout_of(entry.layouts, "input_layouts"), output = layout_of(entry.layouts, "output_layouts");
    if (!input || !output) return unsupported(entry, "lists several layouts", "a layer has one input and one output");
    LayerSpec layer{entry.module.empty() ? "the root" : entry.module, *style, *input, *output, {}, {}};
    for (const auto& split : entry.splits) take(entry, split, layer);
    for (const auto p : own_parameters(entry)) {
      if (*style == Style::whole) layer.weights.push_back(p);
      if (*style == Style::rows) layer.biases.push_back(p);
    }
    check_layouts(entry, layer);
    found_.layers.push_back(std::move(layer));
  }

  tl::expected<TensorPlan, Error> result() && {
    if (!faults_.diagnostics.empty()) return tl::unexpected(std::move(faults_));
    return std::move(found_);
  }

 private:
  void fault(Code code, const std::string& message, const std::string& help) {
    auto error = make_error(code, message, help);
    faults_.diagnostics.push_back(std::move(error.diagnostics.front()));
  }
  void unsupported(const plan::TensorParallel& entry, const std::string& what, const std::string& help) {
    fault(Code::unsupported_at_run_time, fmt::format("'{}' ({}) {}", entry.module, entry.style, what), help);
  }

  void take(const plan::TensorParallel& entry, const plan::Split& planned, LayerSpec& layer) {
    const auto& parameter = plan_.parameters[planned.parameter];
    const auto position = parameter.tied_to.value_or(planned.parameter);
    const shard::Split split{planned.dim, planned.parts};
    const auto size = parameter.shape[static_cast<std::size_t>(planned.dim)];
    if (size % (ranks_ * planned.parts) != 0) {
      fault(Code::world_mismatch,
            fmt::format("{} tensor-parallel ranks do not divide dimension {} of '{}', which has {} elements", ranks_,
                        planned.dim, parameter.name, size),
            "change `mesh`, or leave it out of tp_plan");
    }
    auto& before = found_.splits[position];
    if (before && *before != split)
      unsupported(entry,
                  fmt::format("splits '{}' otherwise than another layer does that is tied to it", parameter.name),
                  "an embedding rowwise goes with an output layer colwise, and the reverse");
    before = split;
    (parameter.shape.size() > 1 ? layer.weights : layer.biases).push_back(position);
  }

  // Of the module itself, those that no layer splits.
  std::vector<std::uint32_t> own_parameters(const plan::TensorParallel& entry) const {
    std::vector<std::uint32_t> own;
    const auto prefix = entry.module.empty() ? "" : entry.module + ".";
    for (std::uint32_t p = 0; p < plan_.parameters.size(); ++p) {
      const auto& name = plan_.parameters[p].name;
      if (!name.starts_with(prefix) || name.find('.', prefix.size()) != std::string::npos) continue;
      const auto position = plan_.parameters[p].tied_to.value_or(p);
      if (std::ranges::none_of(entry.splits, [&](const auto& split) { return split.parameter == p; }) &&
          !found_.splits[position])
        own.push_back(position);
    }
    return own;
  }

  void check_layouts(const plan::TensorParallel& entry, const LayerSpec& layer) {
    const bool packed = entry.style.starts_with("packed_");
    if (layer.style == Style::columns && packed && layer.output != Layout{-1})
      unsupported(entry, "cannot gather two weights' outputs", "leave its output split: output_layouts = shard(-1)");
    if (layer.style == Style::rows && !layer.biases.empty() && layer.output == Layout{-1})
      unsupported(entry, "cannot add a whole bias to a split output", "output_layouts = replicate or shard(1)");
    if (layer.style == Style::whole && layer.input != layer.output)
      unsupported(entry, "cannot change the layout of its input", "say it on the layers beside it");
  }

  const plan::Plan& plan_;
  int ranks_;
  TensorPlan found_;
  Error faults_;
};

}  // namespace

tl::expected<TensorPlan, Error> tensor_plan_of(const plan::Plan& plan, const plan::Strategy& strategy, int ranks) {
  Reader reader(plan, ranks);
  for (const auto& entry : strategy.tensor_parallel) reader.read(entry);
  return std::move(reader).result();
}

}  // namespace fts
