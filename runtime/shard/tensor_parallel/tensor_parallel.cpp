#include "runtime/shard/tensor_parallel/tensor_parallel.hpp"

#include <algorithm>
#include <array>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/function.h>

#include "runtime/shard/tensor_parallel/tags.hpp"

namespace fts::shard {

// Where a product has its operands; `bias` is -1 where it takes none.
struct TensorParallel::Operands {
  c10::OperatorHandle op;
  std::size_t input, weight;
  int bias;
  bool transposes = false;  // the weight is [out, in]
};

namespace {

// Backward's operators take weights as they are. A forward that is computed again in a backward has gradients enabled.
bool in_backward() { return !at::GradMode::is_enabled() && torch::autograd::get_current_node().defined(); }

// The dimension of `tensor` that runs along `dim` of a view of all of it; -1: none.
std::int64_t dimension_behind(const at::Tensor& tensor, const at::Tensor& view, std::int64_t dim) {
  for (std::int64_t d = 0; d < tensor.dim(); ++d) {
    if (tensor.size(d) == view.size(dim) && tensor.stride(d) == view.stride(dim)) return d;
  }
  return -1;
}

at::Tensor times(const at::Tensor& tensor, const c10::Scalar& factor) {
  return factor.equal(1) ? tensor : tensor * factor;
}

}  // namespace

TensorParallel::TensorParallel(const TensorRanks& ranks, const Slices& slices,
                               const std::vector<at::Tensor>& parameters, std::vector<LayerSpec> layers,
                               TapHandler* inner)
    : ranks_(ranks), inner_(inner) {
  const auto tag = [&](std::uint32_t position) -> Tag& {
    const auto& parameter = parameters[position];
    auto& here = tags_[parameter.storage().unsafeGetStorageImpl()];
    const auto same = [&](const auto& t) { return t->parameter.is_same(parameter); };
    const auto it = std::ranges::find_if(here, same);
    if (it != here.end()) return **it;
    return *here.emplace_back(std::make_unique<Tag>(Tag{parameter, slices.split(position), {}, nullptr}));
  };
  for (auto& spec : layers) {
    auto& layer = *layers_.emplace_back(std::make_unique<Layer>(Layer{std::move(spec)}));
    for (const auto position : layer.weights) tag(position).weight_of.push_back(&layer);
    for (const auto position : layer.biases) tag(position).bias_of = &layer;
  }
}

TensorParallel::~TensorParallel() = default;

TensorParallel::Tag* TensorParallel::find(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.has_storage()) return nullptr;
  const auto here = tags_.find(tensor.storage().unsafeGetStorageImpl());
  if (here == tags_.end()) return nullptr;
  for (const auto& tag : here->second) {
    const auto begin = tag->parameter.storage_offset();
    if (tensor.storage_offset() >= begin && tensor.storage_offset() < begin + tag->parameter.numel()) return tag.get();
  }
  return nullptr;
}

bool TensorParallel::handle(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  if (inner_ != nullptr && inner_->handle(op, stack)) return true;
  if (in_backward()) return false;
  static const std::array products = {Operands{aten("aten::linear"), 0, 1, 2, true},
                                      Operands{aten("aten::matmul"), 0, 1, -1}, Operands{aten("aten::addmm"), 1, 2, 0},
                                      Operands{aten("aten::mm"), 0, 1, -1}, Operands{aten("aten::bmm"), 0, 1, -1}};
  static const auto embedding = aten("aten::embedding"), renorm = aten("aten::embedding_renorm_");
  static const std::array reshapes = {aten("aten::view"), aten("aten::reshape"), aten("aten::unflatten", "int")};

  const auto argument = [&](std::size_t i) -> const at::Tensor& {
    return torch::jit::peek(stack, i, op.schema().arguments().size()).toTensor();
  };
  const auto splits = [&](std::size_t i) {
    auto* tag = find(argument(i));
    return tag != nullptr && tag->split && !tag->weight_of.empty() ? tag : nullptr;
  };
  for (const auto& operands : products) {
    if (op != operands.op) continue;
    if (auto* tag = splits(operands.weight)) return multiply(operands, *tag, op, stack), true;
  }
  if (op == embedding) {
    if (auto* tag = splits(0)) return look_up(*tag, op, stack), true;
  }
  if (op == renorm && splits(0) != nullptr)
    throw unsupported(
        fmt::format("the embedding '{}' cannot be split with max_norm", splits(0)->weight_of.front()->name),
        "leave it out of tp_plan");
  if (leaves_split_ != nullptr && std::ranges::find(reshapes, op) != reshapes.end() && find(argument(0)) == nullptr)
    return reshape(op, stack), true;
  return use_parameters(op, stack);
}

// ---- layers

TensorParallel::Layer& TensorParallel::layer_of(const Tag& tag, Style style, const c10::OperatorHandle& op) const {
  for (auto* layer : tag.weight_of) {
    if (layer->style == style) return *layer;
  }
  throw unsupported(
      fmt::format("'{}' is split over the tensor-parallel ranks in a way that {} cannot use",
                  tag.weight_of.front()->name, op.operator_name().name),
      "tp_plan must name every layer that uses a tied weight: an embedding rowwise with an output layer colwise");
}

void TensorParallel::multiply(const Operands& operands, const Tag& tag, const c10::OperatorHandle& op,
                              torch::jit::Stack& stack) {
  const auto count = op.schema().arguments().size();
  const auto argument = [&](std::size_t i) -> const c10::IValue& { return torch::jit::peek(stack, i, count); };
  const auto weight = argument(operands.weight).toTensor();
  const auto factor = operands.transposes ? weight.t() : weight;
  const auto summed = factor.dim() < 2 ? -1 : dimension_behind(tag.parameter, factor, factor.dim() - 2);
  if (factor.numel() != tag.parameter.numel() || summed < 0) {
    throw unsupported(fmt::format("{} takes a part of the weight of '{}', which tensor-parallel ranks split",
                                  op.operator_name().name, tag.weight_of.front()->name),
                      "leave the module out of tp_plan, or give each part a parameter of its own");
  }
  auto& layer = layer_of(tag, summed == tag.split->dim ? Style::rows : Style::columns, op);

  auto output = at::matmul(input_of(layer, argument(operands.input).toTensor()), factor);
  if (operands.bias == 0) output = times(output, argument(4).toScalar());  // addmm's alpha
  if (layer.style == Style::rows) output = output_of(layer, output);
  if (operands.bias >= 0 && argument(static_cast<std::size_t>(operands.bias)).isTensor()) {
    auto bias = argument(static_cast<std::size_t>(operands.bias)).toTensor();
    if (operands.bias == 0) bias = times(bias, argument(3).toScalar());  // and its beta
    if (layer.style == Style::rows) bias = bias_of(layer, bias);
    output.add_(bias.to(output.scalar_type()));
  }
  if (layer.style == Style::columns) output = output_of(layer, output);
  torch::jit::drop(stack, count);
  stack.emplace_back(std::move(output));
}

void TensorParallel::look_up(const Tag& tag, const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const auto count = op.schema().arguments().size();
  const auto argument = [&](std::size_t i) -> const c10::IValue& { return torch::jit::peek(stack, i, count); };
  const auto weight = argument(0).toTensor();
  auto& layer = layer_of(tag, tag.split->dim == 0 ? Style::rows : Style::columns, op);
  if (argument(3).toBool() || weight.numel() != tag.parameter.numel()) {
    throw unsupported(fmt::format("the embedding '{}' cannot be split: it is used in parts, or scales gradients by "
                                  "frequency",
                                  layer.name),
                      "leave it out of tp_plan");
  }
  auto indices = input_of(layer, argument(1).toTensor());
  auto padding = argument(2).toInt();
  at::Tensor output;
  if (layer.style == Style::columns) {
    output = at::embedding(weight, indices, padding, false, argument(4).toBool());
  } else {  // those of other ranks are zero here
    const auto entries = weight.size(0), first = entries * ranks_.rank();
    indices = indices - first;
    const auto others = (indices < 0).logical_or(indices >= entries);
    padding = padding < first || padding >= first + entries ? -1 : padding - first;
    output = at::embedding(weight, indices.masked_fill(others, 0), padding, false, argument(4).toBool())
                 .masked_fill(others.unsqueeze(-1), 0);
  }
  output = output_of(layer, output);
  torch::jit::drop(stack, count);
  stack.emplace_back(std::move(output));
}

// A model that counts on all heads fails here: say why.
void TensorParallel::reshape(const c10::OperatorHandle& op, torch::jit::Stack& stack) const {
  try {
    op.callBoxed(stack);
  } catch (c10::Error& e) {
    e.add_context(
        fmt::format("'{}' leaves its output split over {} tensor-parallel ranks, so that each has a part of "
                    "the heads: give their number as -1, or gather the output (colwise_gather_output)",
                    leaves_split_->name, ranks_.size()));
    throw;
  }
}

}  // namespace fts::shard
