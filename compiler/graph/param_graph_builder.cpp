#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/graph/graph_data.hpp"
#include "compiler/graph/names.hpp"

namespace fts::graph {

using Data = ParamGraph::Data;

struct ParamGraphBuilder::State {
  std::unique_ptr<Data> data = std::make_unique<Data>();
  IdIndex shape_index;
  IdIndex type_index;
  ModuleId last_parent = 0;  // names come in the order of the tree, so the next parent is near
  bool any_implied = false;  // but for the root
  // Names that are not in the index yet: of a large model it lies far away, so they go there many at a time.
  struct Pending {
    std::uint64_t hash = 0;
    std::uint32_t entry = 0;
  };
  std::vector<Pending> pending;
  Error faults;
  std::size_t fault_count = 0;

  void fault(std::string message);
  bool check_name(std::string_view what, std::string_view name);
  void enter(std::uint64_t hash, std::uint32_t entry);
  // Puts what is pending into the index. A name that is there already is a fault.
  void settle();
  std::uint32_t find(std::string_view name, std::uint64_t hash);
  void is_twice(std::string_view name, std::uint32_t known);
  ModuleId append_module(Data::ModuleRecord record, std::string_view name, std::uint64_t hash);
  // A module near the last one found with this name, or kNone: saves most look-ups in the index.
  ModuleId nearby(std::string_view name) const;
  // The module that holds `child`; it and its ancestors are added where they are missing. `at` is the child's name in
  // the arena, which implied modules share; `flags` says which arena that is.
  ModuleId parent_of(std::string_view child, std::uint32_t at, std::uint16_t flags);
  std::uint32_t type(std::string_view name);
  std::optional<std::uint32_t> shape(std::string_view name, std::span<const std::int64_t> sizes);
  void append(Data::Kind kind, Data::TensorRecord record, std::string_view name);
  ParamId resolve_tie(std::string_view name, std::string_view tied_to, std::uint32_t shape, DType dtype);
  void share_module_names();
  void collect_ties();
};

namespace {

constexpr std::size_t kMaxFaults = 20;
constexpr std::size_t kMostPending = 1024;
constexpr std::size_t kFetchedAhead = 16;

std::string shape_text(std::span<const std::int64_t> sizes) { return fmt::format("[{}]", fmt::join(sizes, ", ")); }

// The number of elements, or nothing when a size is negative or the product overflows.
std::optional<std::int64_t> product(std::span<const std::int64_t> sizes) {
  std::int64_t numel = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0 || __builtin_mul_overflow(numel, size, &numel)) return std::nullopt;
  }
  return numel;
}

}  // namespace

void ParamGraphBuilder::State::fault(std::string message) {
  if (++fault_count > kMaxFaults) return;
  auto error = make_error(Code::model_unreadable, std::move(message));
  faults.diagnostics.push_back(std::move(error.diagnostics.front()));
}

bool ParamGraphBuilder::State::check_name(std::string_view what, std::string_view name) {
  const std::string wrong = name_fault(name);
  if (!wrong.empty()) fault(fmt::format("the {} name {} cannot be one: {}", what, quote_name(name), wrong));
  return wrong.empty();
}

void ParamGraphBuilder::State::enter(std::uint64_t hash, std::uint32_t entry) {
  pending.push_back({hash, entry});
  if (pending.size() == kMostPending) settle();
}

void ParamGraphBuilder::State::settle() {
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (i + kFetchedAhead < pending.size()) data->index.expect(pending[i + kFetchedAhead].hash);
    const auto [hash, entry] = pending[i];
    const std::string_view name = data->name_of(entry);
    const auto is = [&](std::uint32_t known) { return data->name_of(known) == name; };
    if (const auto known = data->index.find_or_insert(hash, entry, is); known != kNone) is_twice(name, known);
  }
  pending.clear();
}

std::uint32_t ParamGraphBuilder::State::find(std::string_view name, std::uint64_t hash) {
  settle();
  return data->find(name, hash);
}

void ParamGraphBuilder::State::is_twice(std::string_view name, std::uint32_t known) {
  static constexpr std::string_view kKinds[] = {"a parameter", "a module", "a buffer"};
  fault(fmt::format("{} is there twice: it is {} already", quote_name(name), kKinds[Data::kind_of(known)]));
}

ModuleId ParamGraphBuilder::State::append_module(Data::ModuleRecord record, std::string_view name, std::uint64_t hash) {
  const auto id = static_cast<ModuleId>(data->modules.size());
  record.name_size = static_cast<std::uint16_t>(name.size());
  data->modules.push_back(record);
  enter(hash, Data::entry(Data::kModule, id));
  return id;
}

ModuleId ParamGraphBuilder::State::nearby(std::string_view name) const {
  constexpr ModuleId kAhead = 4;
  const auto is = [&](ModuleId id) { return data->name_of(data->modules[id]) == name; };
  for (ModuleId id = last_parent; id < data->modules.size() && id < last_parent + kAhead; ++id) {
    if (is(id)) return id;
  }
  for (ModuleId id = data->modules[last_parent].parent; id != kNone; id = data->modules[id].parent) {
    if (data->modules[id].name_size <= name.size()) return is(id) ? id : kNone;
  }
  return kNone;
}

ModuleId ParamGraphBuilder::State::parent_of(std::string_view child, std::uint32_t at, std::uint16_t flags) {
  std::vector<std::string_view> missing;  // the nearest ancestors, longest first
  ModuleId known = kNone;
  std::string_view name = child;
  do {
    const auto dot = name.rfind('.');
    name = dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
    known = nearby(name);
    if (known == kNone) {
      settle();
      known = data->find(Data::kModule, name);
    }
    if (known == kNone) missing.push_back(name);
  } while (known == kNone);  // the root is always there
  for (auto it = missing.rbegin(); it != missing.rend(); ++it) {
    Data::ModuleRecord record{.name = at, .flags = static_cast<std::uint16_t>(flags | Data::kImplied), .parent = known};
    known = append_module(record, *it, hash_bytes(*it));  // where it is a parameter too, that is a fault
    any_implied = true;
  }
  return last_parent = known;
}

std::uint32_t ParamGraphBuilder::State::type(std::string_view name) {
  const std::uint64_t hash = hash_bytes(name);
  const auto known = type_index.find(hash, [&](std::uint32_t id) { return data->names.get(data->types[id]) == name; });
  if (known != kNone) return known;
  const auto id = static_cast<std::uint32_t>(data->types.size());
  data->types.push_back(data->names.add(name));
  type_index.insert(hash, id);
  return id;
}

std::optional<std::uint32_t> ParamGraphBuilder::State::shape(std::string_view name,
                                                             std::span<const std::int64_t> sizes) {
  if (sizes.size() > kMaxRank) {
    fault(fmt::format("{} has {} dimensions; at most {} can be", quote_name(name), sizes.size(), kMaxRank));
    return std::nullopt;
  }
  const std::uint64_t hash = hash_bytes({reinterpret_cast<const char*>(sizes.data()), sizes.size_bytes()});
  const auto known =
      shape_index.find(hash, [&](std::uint32_t id) { return std::ranges::equal(data->shape_of(id), sizes); });
  if (known != kNone) return known;
  const auto numel = product(sizes);
  if (!numel) {
    fault(fmt::format("{} has the shape {}: a size is negative, or there are more than 2^63 - 1 elements",
                      quote_name(name), shape_text(sizes)));
    return std::nullopt;
  }
  const auto id = static_cast<std::uint32_t>(data->shapes.size());
  data->shapes.push_back(
      {static_cast<std::uint32_t>(data->sizes.size()), static_cast<std::uint32_t>(sizes.size()), *numel});
  data->sizes.insert(data->sizes.end(), sizes.begin(), sizes.end());
  shape_index.insert(hash, id);
  return id;
}

void ParamGraphBuilder::State::append(Data::Kind kind, Data::TensorRecord record, std::string_view name) {
  if (!check_name(kind == Data::kParameter ? "parameter" : "buffer", name)) return;
  const NameRef ref = data->names.add(name);
  record.name = ref.offset;
  record.name_size = ref.size;
  record.module = parent_of(data->names.get(ref), ref.offset, 0);
  auto& records = kind == Data::kParameter ? data->parameters : data->buffers;
  records.push_back(record);
  enter(hash_bytes(name), Data::entry(kind, records.size() - 1));
  if (kind == Data::kParameter && record.shape == kNone) data->has_shapes = false;
}

ParamId ParamGraphBuilder::State::resolve_tie(std::string_view name, std::string_view tied_to, std::uint32_t shape,
                                              DType dtype) {
  if (tied_to.empty()) return kNone;
  settle();
  const ParamId named = data->find(Data::kParameter, tied_to);
  if (named == kNone) {
    fault(fmt::format("{} is tied to {}, which is no earlier parameter", quote_name(name), quote_name(tied_to)));
    return kNone;
  }
  const ParamId first = data->parameters[named].tied_to == kNone ? named : data->parameters[named].tied_to;
  const auto& target = data->parameters[first];
  if (target.shape != shape || target.dtype != dtype) {
    fault(fmt::format("{} is tied to {}, but one is {} {} and the other {} {}", quote_name(name), quote_name(tied_to),
                      safetensors_name(dtype), shape_text(data->shape_of(shape)), safetensors_name(target.dtype),
                      shape_text(data->shape_of(target.shape))));
  }
  return first;
}

void ParamGraphBuilder::State::share_module_names() {
  for (const auto& parameter : data->parameters) {  // a module's name begins the names of its parameters
    for (ModuleId id = parameter.module; id != kNone; id = data->modules[id].parent) {
      auto& module = data->modules[id];
      if ((module.flags & Data::kOwnName) == 0) break;
      module.name = parameter.name;
      module.flags = static_cast<std::uint16_t>(module.flags & ~Data::kOwnName);
    }
  }
  for (auto& module : data->modules) {
    if ((module.flags & Data::kOwnName) == 0) continue;
    module.name = data->names.add(data->name_of(module)).offset;
    module.flags = static_cast<std::uint16_t>(module.flags & ~Data::kOwnName);
  }
  data->module_names = NameArena();
}

void ParamGraphBuilder::State::collect_ties() {
  data->in_tie.resize(data->parameters.size());
  for (ParamId id = 0; id < data->parameters.size(); ++id) {
    const ParamId first = data->parameters[id].tied_to;
    if (first == kNone) continue;
    data->tied.push_back(id);
    data->in_tie[id] = data->in_tie[first] = true;
  }
}

ParamGraphBuilder::ParamGraphBuilder() : state_(std::make_unique<State>()) {
  state_->type("");  // type 0: unknown
  state_->append_module({.flags = Data::kImplied}, "", hash_bytes(""));
}
ParamGraphBuilder::~ParamGraphBuilder() = default;

void ParamGraphBuilder::set_model(std::string_view name) { state_->data->model = name; }

void ParamGraphBuilder::expect(std::size_t names) {
  state_->data->index.reserve(names);
  state_->data->modules.reserve(names);
  state_->data->parameters.reserve(names);
}

void ParamGraphBuilder::add_module(std::string_view name, std::string_view type) {
  State& s = *state_;
  if (!name.empty() && !s.check_name("module", name)) return;
  if (type.size() > kMaxNameBytes) return s.fault(fmt::format("the type of module {} is too long", quote_name(name)));
  const std::uint64_t hash = hash_bytes(name);
  // A listed module may be one that was implied; where there are none, its name is new or a fault that settle() finds.
  const std::uint32_t known = s.any_implied || name.empty() ? s.find(name, hash) : kNone;
  ModuleId id = known & (Data::kMaxCount - 1);
  if (known == kNone) {
    const NameRef ref = s.data->module_names.add(name);
    const ModuleId parent = s.parent_of(s.data->module_names.get(ref), ref.offset, Data::kOwnName);
    id = s.append_module({.name = ref.offset, .flags = Data::kOwnName, .parent = parent}, name, hash);
    s.last_parent = id;
  } else if (Data::kind_of(known) != Data::kModule || (s.data->modules[id].flags & Data::kImplied) == 0) {
    s.is_twice(name, known);
    return;
  }
  auto& module = s.data->modules[id];
  module.flags = static_cast<std::uint16_t>(module.flags & ~Data::kImplied);
  module.type = s.type(type);
  if (!type.empty()) s.data->has_types = true;
}

void ParamGraphBuilder::add_parameter(std::string_view name, std::span<const std::int64_t> shape, DType dtype,
                                      bool requires_grad, std::string_view tied_to) {
  const auto known = state_->shape(name, shape);
  if (!known) return;
  const std::uint8_t flags = requires_grad ? Data::kRequiresGrad : 0;
  const ParamId tie = state_->resolve_tie(name, tied_to, *known, dtype);
  state_->append(Data::kParameter, {.dtype = dtype, .flags = flags, .shape = *known, .tied_to = tie}, name);
}

void ParamGraphBuilder::add_parameter_name(std::string_view name) {
  state_->append(Data::kParameter, {.flags = Data::kRequiresGrad}, name);
}

void ParamGraphBuilder::add_buffer(std::string_view name, std::span<const std::int64_t> shape, DType dtype,
                                   bool persistent) {
  const auto known = state_->shape(name, shape);
  if (!known) return;
  const std::uint8_t flags = persistent ? Data::kPersistent : 0;
  state_->append(Data::kBuffer, {.dtype = dtype, .flags = flags, .shape = *known}, name);
}

void ParamGraphBuilder::add_buffer(std::string_view name) {
  state_->append(Data::kBuffer, {.flags = Data::kPersistent}, name);
}

tl::expected<ParamGraph, Error> ParamGraphBuilder::finish() {
  State& s = *state_;
  s.settle();
  if (s.fault_count > kMaxFaults) {
    s.faults.diagnostics.back().notes.push_back(
        {fmt::format("{} more faults like these", s.fault_count - kMaxFaults), {}});
  }
  if (s.fault_count != 0) return tl::unexpected(std::move(s.faults));
  s.share_module_names();
  s.collect_ties();
  for (const auto& buffer : s.data->buffers) s.data->buffer_names.push_back(s.data->name_of(buffer));
  return ParamGraph(std::move(s.data));
}

}  // namespace fts::graph
