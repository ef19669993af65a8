#include "runtime/adapters/distributed.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/nn/module.h>

#include "runtime/bind/weights.hpp"

namespace fts {

using Positions = std::vector<std::uint32_t>;

namespace {

// Gives a parameter other values, perhaps of other sizes; a graph of the program's that still holds it keeps its own
// way to the gradient.
void replace(at::Tensor& parameter, const at::Tensor& values) {
  parameter.mutable_grad().reset();
  parameter.set_data(values);
  torch::autograd::impl::set_grad_accumulator(
      parameter, c10::weak_intrusive_ptr<torch::autograd::Node>(c10::intrusive_ptr<torch::autograd::Node>()));
}

}  // namespace

tl::expected<void, Error> Distributed::connect(SessionHandle& session) {
  if (auto connected = Adapter::connect(session); !connected) return connected;
  world_ = session.world();
  if (!world_) {
    auto joined = World::from_env();
    if (!joined) return tl::unexpected(std::move(joined.error()));
    world_ = std::move(*joined);
  }
  const auto mesh = this->mesh();
  if (!mesh) return tl::unexpected(mesh.error());
  mesh_ = *mesh;
  if (mesh_.tensor == 1) return {};
  auto tensor_plan = tensor_plan_of(session.plan(), session.strategy(), mesh_.tensor);
  if (!tensor_plan) return tl::unexpected(std::move(tensor_plan.error()));
  tensor_plan_ = std::move(*tensor_plan);
  return {};
}

// ---- sharding

void Distributed::on_after_init_fts() {
  shard_module();
  Adapter::on_after_init_fts();
  world_->setup_done();
}

// Parameters that train in the same phases: these can be reduced together, without a gradient that nobody needs.
std::vector<Positions> Distributed::segments_of(const Positions& positions) const {
  std::map<std::uint32_t, std::string> trains;
  for (const auto& phase : session().plan().schedule.phases) {
    for (const auto p : phase.thaw) trains[p] += fmt::format("+{}", phase.depth);
    for (const auto p : phase.freeze) trains[p] += fmt::format("-{}", phase.depth);
  }
  std::map<std::pair<at::ScalarType, std::string>, Positions> segments;
  for (const auto p : positions) segments[{parameters_[p].scalar_type(), trains[p]}].push_back(p);
  std::vector<Positions> all;
  for (auto& [key, segment] : segments) all.push_back(std::move(segment));
  return all;
}

std::vector<Distributed::UnitOfPlan> Distributed::units_of_plan(
    const std::function<void(const plan::Unit&, UnitOfPlan&)>& settle) const {
  std::vector<UnitOfPlan> units;
  for (const auto& unit : strategy().units) {
    if (unit.parameters.empty()) continue;
    settle(unit, units.emplace_back(UnitOfPlan{unit.module.empty() ? "the root" : unit.module, unit.parameters}));
  }
  return units;
}

void Distributed::shard_module() {
  const auto& plan = session().plan();
  Positions every;
  for (std::uint32_t p = 0; p < plan.parameters.size(); ++p) every.push_back(p);
  const auto names = fts_optim_inspect(session().names(every));
  for (const auto p : every) {
    parameters_.push_back(session().parameter(names[p]));
    positions_.emplace(names[p], p);
  }
  start_alike();
  if (mesh_.tensor > 1) slice_parameters();

  std::vector<shard::UnitSpec> units;
  std::unordered_set<std::uint32_t> in_units;
  for (auto& unit : this->units()) {
    in_units.insert(unit.parameters.begin(), unit.parameters.end());
    units.push_back({unit.name, segments_of(unit.parameters), unit.reshard_after_forward, unit.precision});
  }
  const auto* weights = session().weights();
  std::vector<at::Tensor> replicated;
  for (const auto p : every) {
    if (in_units.contains(p) || plan.parameters[p].tied_to) continue;
    replicated.push_back(parameters_[p]);
    if (weights != nullptr && !sliced(p)) weights->fill(parameters_[p], world_->device());
  }
  if (weights != nullptr) {
    for (const auto& buffer : module().buffers()) weights->fill(buffer, world_->device());
  }

  flags_ = world_->cpu_group("flags", world_->ranks());
  shards_ = world_->group("shards", ranks_along(kShards));
  if (!replicated.empty())
    reducer_ = std::make_unique<shard::Reducer>(world_->group("buckets", ranks_along(kShards | kReplicas)),
                                                std::move(replicated), bucket_bytes());
  if (!units.empty()) {
    shard::Groups groups{world_->group("gather", ranks_along(kShards)),
                         world_->group("reduce", ranks_along(kShards)),
                         world_->cpu_group("announcements", world_->ranks()),
                         {}};
    if (mesh_.replicas > 1) groups.replicas = world_->group("replicas", ranks_along(kReplicas));
    engine_ = std::make_unique<shard::Engine>(*world_, std::move(groups), parameters_, std::move(units));
    if (weights != nullptr) read_pieces();
    if (const auto dtype = buffer_dtype()) {
      for (const auto& buffer : module().buffers()) {
        if (buffer.is_floating_point()) engine_->read_in(buffer, *dtype);
      }
    }
  }
  if (tensor_ranks_)
    tensor_parallel_ = std::make_unique<shard::TensorParallel>(*tensor_ranks_, *slices_, parameters_,
                                                               tensor_plan_.layers, engine_.get());
  if (tensor_ranks_ && engine_) tensor_ranks_->look_elsewhere([this](int rank) { return engine_->ahead(rank); });
  if (tensor_parallel_) {
    tap_ = std::make_unique<shard::Tap>(*tensor_parallel_);
  } else if (engine_) {
    tap_ = std::make_unique<shard::Tap>(*engine_);
  }
}

void Distributed::slice_parameters() {
  tensor_ranks_ = std::make_unique<shard::TensorRanks>(*world_, world_->group("tensor", ranks_along(kTensor)),
                                                       world_->cpu_group("calls", ranks_along(kTensor)));
  tensor_ranks_->share_random_state();
  slices_ = std::make_unique<shard::Slices>(*tensor_ranks_, tensor_plan_.splits);
  const auto* weights = session().weights();
  for (std::uint32_t p = 0; p < parameters_.size(); ++p) {
    if (!sliced(p)) continue;
    if (weights != nullptr) weights->fill(parameters_[p], world_->device());  // one whole parameter at a time
    replace(parameters_[p], slices_->part_of(p, parameters_[p]));
  }
}

// Of what is sharded: this rank's ranges of the files, and nothing else of them. Slices have their values already.
void Distributed::read_pieces() {
  for (std::uint32_t p = 0; p < parameters_.size(); ++p) {
    if (sharded(p) && !sliced(p) && session().weights()->has(parameters_[p]))
      session().weights()->read(parameters_[p], engine_->range(p).begin, engine_->piece(p));
  }
}

// From rank 0's values, but for what all read from the same files.
void Distributed::start_alike() {
  if (world_->size() == 1) return;
  const at::NoGradGuard no_grad;
  std::unordered_set<const c10::TensorImpl*> sent;
  const auto send = [&](const at::Tensor& tensor) {
    if (session().weights() != nullptr && session().weights()->has(tensor)) return;
    if (tensor.numel() == 0 || !sent.insert(tensor.unsafeGetTensorImpl()).second) return;
    const auto values = tensor.detach().contiguous();
    world_->all().broadcast(values, 0).wait();
    if (!values.is_alias_of(tensor)) tensor.detach().copy_(values);
  };
  for (const auto& parameter : parameters_) send(parameter);
  for (const auto& buffer : module().buffers()) send(buffer);
}

Distributed::~Distributed() {
  if (!tap_) return;
  try {
    for (std::uint32_t p = 0; p < parameters_.size(); ++p) {
      if (sharded(p) || sliced(p))
        replace(parameters_[p], at::empty({0}, parameters_[p].options().requires_grad(false)));
    }
  } catch (const std::exception&) {
    // Then they are as they are.
  }
}

// The module becomes a plain one again.
void Distributed::teardown() {
  reducer_.reset();
  if (!tap_) return;
  const at::NoGradGuard no_grad;
  if (engine_) engine_->reshard_all();
  for (std::uint32_t p = 0; p < parameters_.size(); ++p) {
    if (sharded(p) || sliced(p)) replace(parameters_[p], put_together(p, local(p)));
  }
  tap_.reset();
  tensor_parallel_.reset();
  if (tensor_ranks_) tensor_ranks_->look_elsewhere({});
  engine_.reset();
  slices_.reset();
}

// ---- phases and steps

void Distributed::before_restore_model(StateDict& /*model*/) {
  if (engine_) engine_->reshard_all();
}

Thawed Distributed::exec_ft_phase(const Names& thaw, bool init_thaw) {
  phase_changed_ = true;
  return base_ft_phase(thaw, init_thaw);
}

void Distributed::freeze(const Names& names) {
  phase_changed_ = true;
  session().freeze(names);
}

void Distributed::settle_phase() {
  if (!std::exchange(phase_changed_, false)) return;
  compares_gradients_ = tensor_ranks_ != nullptr;
  if (engine_) engine_->phase_changed();
  if (reducer_) reducer_->phase_changed();
}

bool Distributed::backward(const at::Tensor& loss, bool reduces, bool stop) {
  settle_phase();
  if (engine_) engine_->begin_backward(reduces);
  if (reducer_) reducer_->begin_backward(reduces);
  if (loss.defined()) loss.backward();
  if (tensor_parallel_) tensor_parallel_->end_pass();
  shard::Agreed agreed;
  agreed.add(stop);
  if (engine_) engine_->end_backward(agreed);
  if (reducer_) reducer_->end_backward(agreed);
  if (!reduces) return false;
  agreed.start(*flags_);
  agreed.wait(*world_, "backward", ++backwards_);
  const bool some_rank_stops = agreed.next();
  if (engine_) engine_->take_agreed(agreed);
  if (reducer_) reducer_->take_agreed(agreed);
  if (std::exchange(compares_gradients_, false)) compare_gradients();
  return some_rank_stops;
}

// Over all ranks: pieces and slices once each, and so what all of them have.
at::Tensor Distributed::gradient_norm(const optim::Optimizer& optimizer) {
  if (!tap_) return session().gradient_norm(optimizer);
  const at::NoGradGuard no_grad;
  auto squares = at::zeros({2, 2}, at::TensorOptions().dtype(at::kDouble).device(world_->device()));  // sharded, sliced
  for (const auto& group : optimizer.groups()) {
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const auto& gradient = group.parameters[i].grad();
      const auto p = group.positions[i];
      if (gradient.defined())
        squares[sharded(p)][sliced(p)] += at::linalg_vector_norm(gradient).to(at::kDouble).square();
    }
  }
  shards_->all_reduce(squares[1]).wait();
  squares = squares.sum(0);
  if (tensor_ranks_) squares[1] = tensor_ranks_->move(shard::Move::sum, squares[1], 0, "the gradients' norm");
  return squares.sum().sqrt();
}

// ---- what a rank keeps

at::Tensor Distributed::optimizer_parameter(const std::string& name) {
  const auto it = positions_.find(name);
  return it == positions_.end() ? session().parameter(name) : local(it->second);
}

at::Tensor Distributed::local(std::uint32_t position) {
  settle_phase();
  const auto first = session().plan().parameters[position].tied_to.value_or(position);
  return sharded(first) ? engine_->piece(first) : parameters_[first];
}

// On every rank: a collective of those that share it.
at::Tensor Distributed::put_together(std::uint32_t position, const at::Tensor& local) const {
  auto all = local;
  if (sharded(position)) all = engine_->whole(position, local).view(parameters_[position].sizes());
  return sliced(position) ? slices_->whole(position, all) : all;
}

at::Tensor Distributed::whole(std::uint32_t position, const at::Tensor& local) {
  return sharded(position) || sliced(position) ? put_together(position, local) : local;
}

at::Tensor Distributed::part_of(std::uint32_t position, const at::Tensor& whole) {
  const auto slice = slices_ ? slices_->part_of(position, whole) : whole;
  if (!sharded(position)) return slice;
  const auto& range = engine_->range(position);
  return slice.flatten().narrow(0, range.begin, range.size());
}

// A rank that holds nothing of a parameter has no state of it; what the others have says of what kind it is.
OptimizerState Distributed::optimizer_state(const optim::Optimizer& optimizer, const Wanted& wanted) {
  if (!tap_) return Adapter::optimizer_state(optimizer, wanted);
  std::map<std::pair<std::uint32_t, std::string_view>, at::Tensor> mine;
  for (const auto& s : session().optimizer_state(optimizer)) mine.emplace(std::pair(s.position, s.slot), s.tensor);
  struct Item {
    std::uint32_t position;
    std::string_view slot;
    at::Tensor tensor;
  };
  std::vector<Item> items;
  shard::Agreed agreed;
  for (const auto& group : optimizer.groups()) {
    for (const auto position : group.positions) {
      for (const auto slot : optimizer.slot_names()) {
        const auto it = mine.find({position, slot});
        const auto& item = items.emplace_back(position, slot, it == mine.end() ? at::Tensor() : it->second);
        agreed.add(item.tensor.defined() && item.tensor.dim() > 0);   // split like the parameter
        agreed.add(item.tensor.defined() && item.tensor.dim() == 0);  // one number
      }
    }
  }
  agreed.start(*flags_);
  agreed.wait(*world_, "save", ++saves_);
  OptimizerState state;
  std::vector<at::Tensor> numbers;
  std::vector<std::size_t> places;
  for (auto& item : items) {
    const bool split = agreed.next();
    const bool number = agreed.next();
    if (number) {
      places.push_back(state.size());
      numbers.push_back(item.tensor.defined() ? item.tensor.to(at::kCPU, at::kDouble) : at::zeros({}, at::kDouble));
      state.push_back({item.position, item.slot, item.tensor});
    } else if (split) {
      const auto local = item.tensor.defined() ? item.tensor : at::zeros_like(this->local(item.position));
      auto all = whole(item.position, local);  // by all ranks, whoever wants it
      if (wanted(item.position)) state.push_back({item.position, item.slot, std::move(all)});
    }
  }
  if (!numbers.empty()) {
    const auto greatest = at::stack(numbers);
    flags_->all_reduce_max(greatest).wait();
    for (std::size_t i = 0; i < places.size(); ++i)
      state[places[i]].tensor = greatest[static_cast<std::int64_t>(i)].to(at::kFloat);
  }
  std::erase_if(state, [&](const auto& s) { return !wanted(s.position); });
  return state;
}

// Takes a whole state, or this rank's own pieces.
bool Distributed::load_optimizer_state_dict(optim::Optimizer& optimizer, const OptimizerState& state) {
  auto mine = state;
  for (auto& s : mine) {
    if (s.tensor.dim() > 0 && s.tensor.sizes() != local(s.position).sizes()) {
      const auto& planned = session().plan().parameters[s.position];
      if (s.tensor.numel() != (planned.shape_known ? plan::numel(planned) : parameters_[s.position].numel()))
        return false;
      s.tensor = part_of(s.position, s.tensor);
    }
  }
  return session().load_optimizer_state_dict(optimizer, mine);
}

}  // namespace fts
