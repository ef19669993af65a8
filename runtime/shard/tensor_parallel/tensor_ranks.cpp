#include "runtime/shard/tensor_parallel/tensor_ranks.hpp"

#include <functional>
#include <mutex>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/WrapDimUtils.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include "compiler/base/code.hpp"

namespace fts::shard {

namespace {

constexpr auto kPatience = std::chrono::seconds(2);

struct Exchange : torch::autograd::Function<Exchange> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& tensor,
                            const TensorRanks* ranks, Move forward, Move back, std::int64_t dim,
                            const std::string* layer) {
    context->saved_data["ranks"] = reinterpret_cast<std::int64_t>(ranks);
    context->saved_data["layer"] = reinterpret_cast<std::int64_t>(layer);
    context->saved_data["back"] = static_cast<std::int64_t>(back);
    context->saved_data["dim"] = dim;
    return ranks->move(forward, tensor, dim, *layer);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto& saved = context->saved_data;
    const auto* ranks = reinterpret_cast<const TensorRanks*>(saved["ranks"].toInt());
    const auto* layer = reinterpret_cast<const std::string*>(saved["layer"].toInt());
    return {ranks->move(static_cast<Move>(saved["back"].toInt()), gradients.front(), saved["dim"].toInt(), *layer),
            {},
            {},
            {},
            {},
            {}};
  }
};

}  // namespace

TensorRanks::TensorRanks(World& world, comm::Group group, comm::Group calls)
    : world_(world), group_(std::move(group)), calls_(std::move(calls)) {}

// Before a collective, which would otherwise mix up two layers or wait for ever.
void TensorRanks::meet(const std::string& what, const at::Tensor& tensor, Move move) const {
  const auto text = fmt::format("'{}' of [{}]", what, fmt::join(tensor.sizes(), ", "));
  const auto mine =
      at::full({1}, static_cast<std::int64_t>(std::hash<std::string>()(text)) ^ static_cast<int>(move), at::kLong);
  const auto all = at::empty({size()}, mine.options());
  auto pending = calls_.all_gather(all, mine);
  while (!pending.wait_for(kPatience)) look_for_late_ranks(text);
  if (all.eq(mine).all().item<bool>()) return;
  world_.tell("computes", text);
  std::string where =
      fmt::format("the tensor-parallel ranks have come to different layers: rank {} computes {}", world_.rank(), text);
  for (const int rank : group_.ranks()) {
    if (rank == world_.rank()) continue;
    const auto theirs = world_.told("computes", rank, std::chrono::seconds(5));
    where += fmt::format(", rank {} {}", rank, theirs.empty() ? "another" : theirs);
  }
  world_.diverged(where);
}

at::Tensor TensorRanks::exchange(const at::Tensor& tensor, Move forward, Move back, std::int64_t dim,
                                 const std::string& layer) const {
  if (forward == Move::keep && !(at::GradMode::is_enabled() && tensor.requires_grad())) return tensor;
  if (!tensor.is_floating_point()) return move(forward, tensor, dim, layer);
  return Exchange::apply(tensor, this, forward, back, dim, &layer);
}

at::Tensor TensorRanks::move(Move move, const at::Tensor& tensor, std::int64_t dim, const std::string& layer) const {
  if (move == Move::keep) return tensor;
  const at::NoGradGuard no_grad;
  const auto along = at::maybe_wrap_dim(dim, tensor.dim());
  if ((move == Move::split || move == Move::scatter) && tensor.size(along) % size() != 0) {
    throw Refused(make_error(Code::world_mismatch,
                             fmt::format("dimension {} of the activations of '{}' has {} elements, which {} "
                                         "tensor-parallel ranks do not divide",
                                         along, layer, tensor.size(along), size()),
                             "pad the batch, or take another number of tensor-parallel ranks"));
  }
  try {
    if (move != Move::split) meet(layer, tensor, move);
    switch (move) {
      case Move::keep: break;
      case Move::split: return tensor.chunk(size(), along)[static_cast<std::size_t>(rank())].contiguous();
      case Move::sum: {
        const auto sum = tensor.clone(at::MemoryFormat::Contiguous);
        group_.all_reduce(sum).wait();
        return sum;
      }
      case Move::scatter: {
        const auto parts = at::stack(tensor.chunk(size(), along));
        auto sum = at::empty_like(parts[0], at::MemoryFormat::Contiguous);
        group_.reduce_scatter(sum.view(-1), parts.view(-1)).wait();
        return sum;
      }
      case Move::gather: {
        const auto mine = tensor.contiguous();
        auto sizes = mine.sizes().vec();
        sizes.insert(sizes.begin(), size());
        const auto all = at::empty(sizes, mine.options().requires_grad(false));
        group_.all_gather(all.view(-1), mine.view(-1)).wait();
        return along == 0 ? all.flatten(0, 1) : at::cat(all.unbind(0), along);
      }
    }
  } catch (const comm::CollectiveFailed& e) {
    throw comm::RankLost(world_.explain(e.what(), fmt::format("computing '{}' with its tensor-parallel ranks", layer)));
  }
  return tensor;
}

// By sums, so that one small collective does; rounding apart.
std::vector<bool> TensorRanks::alike(const std::vector<at::Tensor>& tensors, const std::string& what) const {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> sums, tolerances;
  const auto zero = at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(world_.device()));
  for (const auto& tensor : tensors) {
    const auto values = tensor.defined() ? tensor.detach().to(at::kDouble) : zero;
    sums.push_back(at::stack({values.sum(), values.square().sum()}));
    tolerances.push_back(1e-6 * at::stack({values.abs().sum(), values.square().sum()}));
  }
  const auto mine = at::stack(sums), tolerance = at::stack(tolerances);
  const auto bounds = at::stack({mine, -mine});
  try {
    meet(what, bounds, Move::sum);
    group_.all_reduce_max(bounds).wait();
  } catch (const comm::CollectiveFailed& e) {
    throw comm::RankLost(world_.explain(e.what(), fmt::format("comparing {} with its tensor-parallel ranks", what)));
  }
  // What is all but nothing beside the others is rounding.
  const auto apart = (bounds.sum(0) > tolerance + 1e-9 * tolerance.amax(0)).any(1).cpu();
  std::vector<bool> alike;
  for (std::int64_t i = 0; i < apart.numel(); ++i) alike.push_back(!apart[i].item<bool>());
  return alike;
}

// One that is ahead has left this layer out, and would be waited for for ever.
void TensorRanks::look_for_late_ranks(const std::string& here) const {
  world_.throw_if_diverged();
  if (!waits_for_) return;
  for (const int rank : group_.ranks()) {
    const auto what = rank == world_.rank() ? std::string() : waits_for_(rank);
    if (what.empty()) continue;
    world_.diverged(fmt::format("the ranks have come to different layers: rank {} computes {}, rank {} needs {}",
                                world_.rank(), here, rank, what));
  }
}

void TensorRanks::share_random_state() const {
  const auto share = [&](at::Generator generator) {
    const std::lock_guard lock(generator.mutex());
    const auto state = generator.get_state().to(world_.device());
    group_.broadcast(state, 0).wait();
    generator.set_state(state.cpu());
  };
  share(at::detail::getDefaultCPUGenerator());
  if (!world_.device().is_cpu()) share(at::globalContext().defaultGenerator(world_.device()));
}

}  // namespace fts::shard
