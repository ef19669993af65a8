#include "runtime/shard/engine.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "runtime/shard/gradient_hook.hpp"
#include "runtime/shard/stack_tensors.hpp"

namespace fts::shard {

// Units whose gradients may be whole at once: one is sent while the next one's come together.
constexpr std::size_t kReducing = 2;

struct Engine::Part {
  Unit* unit = nullptr;
  std::size_t index = 0;  // in parts_
  Segment segment;
  std::size_t waiting = 0;  // gradients of this backward that are still to come
  bool ready = false;
};

struct Engine::Unit {
  int index = 0;
  std::string name;
  bool reshard_after_forward = true;
  std::vector<Part*> parts;

  [[nodiscard]] bool in(Segment::State state) const { return parts.front()->segment.state() == state; }
  [[nodiscard]] bool waits_for_gradients() const {
    return std::ranges::any_of(parts, [](const Part* part) { return part->waiting > 0; });
  }
};

Engine::Engine(World& world, Groups groups, const std::vector<at::Tensor>& parameters, std::vector<UnitSpec> specs)
    : world_(world),
      groups_(std::move(groups)),
      buffers_(std::make_shared<Buffers>(world.device())),
      agreement_(world, groups_.announcements),
      at_(parameters.size(), {nullptr, 0}) {
  for (auto& spec : specs) {
    auto& unit = *units_.emplace_back(std::make_unique<Unit>());
    unit.index = static_cast<int>(units_.size()) - 1;
    unit.name = std::move(spec.name);
    unit.reshard_after_forward = spec.reshard_after_forward;
    for (const auto& positions : spec.segments) {
      std::vector<at::Tensor> tensors;
      for (const auto p : positions) tensors.push_back(parameters[p]);
      auto& part = *parts_.emplace_back(
          new Part{&unit, parts_.size(), Segment(std::move(tensors), groups_, buffers_, spec.precision)});
      unit.parts.push_back(&part);
      by_storage_.emplace(part.segment.storage(), &unit);
      const auto& whole = part.segment.whole();
      if (spec.precision.cast_inputs && whole.dtype() != part.segment.part().dtype())
        casts_.compute_in(whole, whole.scalar_type());
      for (std::size_t i = 0; i < positions.size(); ++i) {
        FTS_CHECK(at_[positions[i]].first == nullptr);
        at_[positions[i]] = {&part, i};
        on_gradient(part.segment.parameter(i), [this, &part, i] { gradient_ready(part, i); });
      }
    }
  }
  phase_changed();
}

Engine::~Engine() {
  try {
    reshard_all();  // a gather on its way writes into memory that would be gone
  } catch (const std::exception&) {
    // Its failure is told where the result is needed.
  }
  for (const auto& part : parts_) {
    for (std::size_t i = 0; i < part->segment.size(); ++i) on_gradient(part->segment.parameter(i), {});
  }
}

const at::Tensor& Engine::piece(std::uint32_t position) const {
  const auto& [part, i] = at_[position];
  FTS_CHECK(part != nullptr);
  return part->segment.piece(i);
}

const Range& Engine::range(std::uint32_t position) const {
  const auto& [part, i] = at_[position];
  FTS_CHECK(part != nullptr);
  return part->segment.range(i);
}

at::Tensor Engine::whole(std::uint32_t position, const at::Tensor& piece) const {
  const auto& [part, i] = at_[position];
  FTS_CHECK(part != nullptr);
  return part->segment.gather(i, piece);
}

std::size_t Engine::whole_units() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(units_, [](const auto& unit) { return unit->in(Segment::State::whole); }));
}

// ---- gathers

bool Engine::handle(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  bool absent = false;  // nearly always nothing is
  each_tensor(stack, op.schema().arguments().size(), [&](const at::Tensor& tensor, std::size_t) {
    absent = absent || (tensor.has_storage() && tensor.storage().nbytes() == 0);
  });
  if (op.schema().is_mutable()) refuse_writes(op, stack);
  if (absent) gather_for(op, stack);
  // What is computed again in backward is cast as in forward.
  if (!casts_.empty() && (!in_backward_ || at::GradMode::is_enabled())) casts_.apply(op, stack);
  return false;
}

void Engine::gather_for(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  std::vector<Unit*> used;
  each_tensor(stack, op.schema().arguments().size(), [&](const at::Tensor& tensor, std::size_t) {
    if (!tensor.has_storage()) return;
    const auto unit = by_storage_.find(tensor.storage().unsafeGetStorageImpl());
    if (unit != by_storage_.end()) {
      if (std::ranges::find(used, unit->second) == used.end()) used.push_back(unit->second);
    } else if (tensor.storage().nbytes() == 0 && tensor.numel() > 0) {
      throw std::runtime_error(fmt::format(
          "{} uses a tensor without memory: it was made under MetaInit, and is no parameter or buffer of the "
          "module",
          op.operator_name().name));
    }
  });
  if (used.empty()) return;
  const auto& name = used.front()->name;
  try {
    use(std::move(used), op);
  } catch (const comm::CollectiveFailed& e) {
    throw comm::RankLost(world_.explain(e.what(), fmt::format("gathering '{}'", name)));
  }
}

// A unit's memory is a copy of what the ranks hold: a change of it would be lost.
void Engine::refuse_writes(const c10::OperatorHandle& op, const torch::jit::Stack& stack) const {
  const auto& arguments = op.schema().arguments();
  each_tensor(stack, arguments.size(), [&](const at::Tensor& tensor, std::size_t i) {
    const auto* alias = arguments[i].alias_info();
    if (alias == nullptr || !alias->isWrite() || !tensor.has_storage()) return;
    const auto unit = by_storage_.find(tensor.storage().unsafeGetStorageImpl());
    if (unit == by_storage_.end()) return;
    throw std::runtime_error(fmt::format(
        "{} changes a parameter of the sharded unit '{}' in place, which would be lost: change it before the session "
        "is opened, or leave it out of the units",
        op.operator_name().name, unit->second->name));
  });
}

Order& Engine::order() { return in_backward_ || at::GradMode::is_enabled() ? training_ : evaluation_; }

bool Engine::active(const Unit& unit) const { return std::ranges::find(active_, &unit) != active_.end(); }

// The units of one operator are whole together, as a layer whose weight is another one's too needs them.
void Engine::use(std::vector<Unit*> units, const c10::OperatorHandle& op) {
  const auto whole = [](const Unit* unit) { return unit->in(Segment::State::whole); };
  if (std::ranges::all_of(units, whole)) return;  // an empty parameter of them
  for (auto* unit : units) {
    if (!whole(unit)) gather(*unit, op);
  }
  for (auto* before : std::exchange(active_, std::move(units))) {
    if (!active(*before)) leave(*before);
  }
  foretell();
}

void Engine::gather(Unit& unit, const c10::OperatorHandle& op) {
  if (unit.in(Segment::State::sharded))
    start_gather(unit, fmt::format("'{}' for {}", unit.name, op.operator_name().name));
  for (auto* part : unit.parts) {
    // Who gathers with some ranks only (hybrid sharding) does not wait for all.
    while (world_.device().is_cpu() && !part->segment.gathered_within(World::kPatience)) {
      if (groups_.gather.size() < world_.size())
        world_.throw_if_diverged();
      else
        agreement_.waits(fmt::format("'{}' for {}", unit.name, op.operator_name().name));
    }
    part->segment.finish_gather();
  }
}

// All ranks gather the same unit, or none does.
void Engine::start_gather(Unit& unit, const std::string& reason) {
  agreement_.settle(unit.index, reason, [&](int promised) {
    for (auto* part : units_[static_cast<std::size_t>(promised)]->parts) part->segment.gather_for_others();
  });
  for (auto* part : unit.parts) part->segment.start_gather();
  ++gathers_;
  order().advance(unit.index);
  agreement_.announce(order().next());
}

// The next gather runs while this unit is used; but not past the step that changes what it would gather.
void Engine::foretell() {
  const int next = order().next();
  if (next == kUnknown || training_.at_end()) return;
  auto& unit = *units_[static_cast<std::size_t>(next)];
  if (unit.in(Segment::State::sharded)) start_gather(unit, fmt::format("'{}', as in the step before", unit.name));
}

// Another unit is used from now on.
void Engine::leave(Unit& unit) {
  if (!unit.in(Segment::State::whole)) return;
  if (in_backward_ ? unit.waits_for_gradients() : !unit.reshard_after_forward) return;
  for (auto* part : unit.parts) part->segment.reshard();
}

void Engine::reshard_all() {
  for (const auto& part : parts_) {
    if (part->segment.state() == Segment::State::gathering) part->segment.finish_gather();
    if (part->segment.state() == Segment::State::whole) part->segment.reshard();
  }
  active_.clear();
}

// ---- gradients

void Engine::phase_changed() {
  training_.forget();
  evaluation_.forget();
  reduce_order_.clear();
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    (*part)->segment.phase_changed();
    if ((*part)->segment.trains()) reduce_order_.push_back(part->get());
  }
  order_guessed_ = order_settled_ = false;
}

// Before a phase's first backward: it comes to units in the reverse order of forward's first gathers. What was whole
// already, and was not gathered, comes last.
void Engine::guess_reduce_order() {
  if (std::exchange(order_guessed_, true)) return;
  constexpr auto kLast = std::numeric_limits<std::ptrdiff_t>::max();
  std::vector<std::ptrdiff_t> place(units_.size(), kLast);
  std::ptrdiff_t before = 0;
  for (const int unit : training_.units()) {
    auto& its = place[static_cast<std::size_t>(unit)];
    if (its == kLast) its = --before;
  }
  std::ranges::stable_sort(reduce_order_, {},
                           [&](const Part* part) { return place[static_cast<std::size_t>(part->unit->index)]; });
  reduce_as_rank_0(reduce_order_);
}

void Engine::begin_backward(bool reduce) {
  guess_reduce_order();
  in_backward_ = true;
  reduces_ = reduce;
  next_reduction_ = 0;
  ready_order_.clear();
  for (auto* part : reduce_order_) {
    part->waiting = part->segment.size();
    part->ready = false;
  }
}

void Engine::gradient_ready(Part& part, std::size_t i) {
  if (!in_backward_ || part.waiting == 0)
    throw std::runtime_error(fmt::format(
        "a gradient of the sharded unit '{}' comes {}", part.unit->name,
        in_backward_
            ? "twice in a backward, or where the plan has none: leave requires_grad to the session"
            : "outside of a step: give session.step() the sum of the losses, and call no backward() yourself"));
  if (!part.segment.has_gradient() && reducing_.size() == kReducing) finish_oldest_reduction();
  part.segment.take_gradient(i);
  if (--part.waiting > 0) return;
  part.ready = true;
  ready_order_.push_back(&part);
  if (reduces_) start_reductions(false);
  if (!active(*part.unit)) leave(*part.unit);
}

// In an order that all ranks share. `all`: those too whose gradients have not all come; they are zero.
void Engine::start_reductions(bool all) {
  for (; next_reduction_ < reduce_order_.size(); ++next_reduction_) {
    Part* part = reduce_order_[next_reduction_];
    if (!part->ready && !all) return;
    if (reducing_.size() == kReducing) finish_oldest_reduction();
    part->segment.start_reduction();
    reducing_.push_back(part);
  }
}

void Engine::finish_oldest_reduction() {
  reducing_.front()->segment.finish_reduction();
  reducing_.pop_front();
}

void Engine::end_backward(Agreed& agreed) {
  for (auto* part : reduce_order_) part->waiting = 0;
  if (!reduces_) return finish_backward();
  for (const auto* part : reduce_order_) {
    for (std::size_t i = 0; i < part->segment.size(); ++i) agreed.add(part->ready || part->segment.taken(i));
  }
  start_reductions(true);
}

// A parameter that no rank used has no gradient, as in one process; a zero would let the optimizer move it.
void Engine::take_agreed(Agreed& agreed) {
  if (!reduces_) return;
  while (!reducing_.empty()) finish_oldest_reduction();
  for (const auto* part : reduce_order_) {
    for (std::size_t i = 0; i < part->segment.size(); ++i) {
      if (!agreed.next()) part->segment.piece(i).mutable_grad().reset();
    }
  }
  settle_reduce_order();
  finish_backward();
}

void Engine::finish_backward() {
  in_backward_ = false;
  reshard_all();
  training_.close();
}

// From the second step of a phase on, gradients are reduced in the order in which rank 0 saw them come.
void Engine::settle_reduce_order() {
  if (std::exchange(order_settled_, true)) return;
  for (auto* part : reduce_order_) {
    if (!part->ready) ready_order_.push_back(part);
  }
  reduce_as_rank_0(ready_order_);
}

// All ranks reduce in one order: rank 0's, of the same parts.
void Engine::reduce_as_rank_0(const std::vector<Part*>& order) {
  auto indices = at::empty({static_cast<std::int64_t>(order.size())}, at::kLong);
  std::ranges::transform(order, indices.data_ptr<std::int64_t>(),
                         [](const Part* part) { return static_cast<std::int64_t>(part->index); });
  groups_.announcements.broadcast(indices, 0).wait();
  for (std::size_t i = 0; i < reduce_order_.size(); ++i)
    reduce_order_[i] = parts_[static_cast<std::size_t>(indices.data_ptr<std::int64_t>()[i])].get();
}

}  // namespace fts::shard
