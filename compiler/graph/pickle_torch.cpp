// What the globals that a pickle may name make: storages, tensors, parameters, dicts. As torch/_utils.py and
// torch/serialization.py of PyTorch 2.15 write them.
#include <fmt/format.h>

#include "compiler/graph/names.hpp"
#include "compiler/graph/pickle_machine.hpp"

namespace fts::graph {

using Role = PickledGlobal::Role;

namespace {

// Whether every element lies in a storage of `room` elements.
bool lies_within(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides, std::int64_t offset,
                 std::int64_t room) {
  std::int64_t last = offset;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return true;
    std::int64_t span = 0;
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &span) || __builtin_add_overflow(last, span, &last))
      return false;
  }
  return last < room;
}

}  // namespace

// The persistent id ('storage', torch.FloatStorage, '12', 'cpu', 1024).
bool PickleMachine::storage(Value id) {
  const auto parts = pickle_.items(id);
  if (id.kind != Kind::tuple || parts.size() < 5 || pickle_.text(parts[0]) != "storage" ||
      parts[1].kind != Kind::global || parts[2].kind != Kind::text || parts[4].kind != Kind::integer ||
      parts[4].number < 0)
    return fail("a reference to a storage is not ('storage', type, key, device, size)");
  const PickledGlobal& type = pickle_.globals[static_cast<std::size_t>(parts[1].number)];
  if (type.role != Role::storage_type && type.role != Role::untyped_storage)
    return fail("a reference to a storage names no type of a storage");
  const PickledStorage made{.key = pickle_.text(parts[2]),
                            .dtype = type.dtype,
                            .in_bytes = type.role == Role::untyped_storage,
                            .numel = parts[4].number};
  const auto [known, is_new] = storage_ids_.try_emplace(made.key, static_cast<std::uint32_t>(pickle_.storages.size()));
  if (is_new) pickle_.storages.push_back(made);
  return push({Kind::storage, 0, known->second});
}

bool PickleMachine::call(Value function, Value arguments, Value& made) {
  if (function.kind == Kind::opaque) return made = {Kind::opaque}, true;
  if (function.kind != Kind::global || arguments.kind != Kind::tuple)
    return fail(fmt::format("it calls {} with {}", describe(function), describe(arguments)));
  const auto given = pickle_.items(arguments);
  const Role role = pickle_.globals[static_cast<std::size_t>(function.number)].role;
  switch (role) {
    case Role::tensor_v1:
    case Role::tensor_v2:
    case Role::tensor_v3: return make_tensor(role, given, made);
    case Role::meta_tensor: return make_meta_tensor(given, made);
    case Role::parameter: return make_parameter(given, made);
    case Role::dict: return make_dict(given, made);
    case Role::from_type:
      if (given.size() < 3 || given[0].kind != Kind::global ||
          pickle_.globals[static_cast<std::size_t>(given[0].number)].role == Role::from_type)
        return fail("a tensor of a class of its own is not pickled as (function, type, arguments, …)");
      return call(given[0], given[2], made);
    case Role::first_argument:
      if (given.empty()) return fail("a list has no values");
      made = given[0];
      return true;
    case Role::opaque: made = {Kind::opaque}; return true;
    default: return fail("it calls what is no function");
  }
}

// cls.__new__(cls, …)
bool PickleMachine::create(Value type, Value& made) {
  if (type.kind != Kind::global) return fail(fmt::format("it creates an object of {}", describe(type)));
  const auto global = static_cast<std::uint32_t>(type.number);
  switch (pickle_.globals[global].role) {
    case Role::script_class:
      pickle_.objects.push_back({.global = global});
      made = {Kind::object, 0, static_cast<std::int64_t>(pickle_.objects.size() - 1)};
      return true;
    case Role::dict: return make_dict({}, made);
    case Role::opaque: made = {Kind::opaque}; return true;
    default: return fail("it creates an object of what is no class");
  }
}

bool PickleMachine::make_tensor(Role role, Arguments given, Value& made) {
  const std::size_t wanted = role == Role::tensor_v1 ? 4 : role == Role::tensor_v2 ? 6 : 7;
  const auto is = [&](std::size_t i, Kind kind) { return given[i].kind == kind; };
  if (given.size() < wanted || !is(0, Kind::storage) || !is(1, Kind::integer) || given[1].number < 0 ||
      (wanted > 4 && !is(4, Kind::boolean)) || (wanted > 6 && !is(6, Kind::global)))
    return fail("a tensor is not pickled as (storage, offset, size, stride, requires_grad, …)");
  const PickledStorage& storage = pickle_.storages[static_cast<std::size_t>(given[0].number)];
  PickledTensor tensor{
      .storage = static_cast<std::uint32_t>(given[0].number),
      .dtype = wanted > 6 ? pickle_.globals[static_cast<std::size_t>(given[6].number)].dtype : storage.dtype,
      .requires_grad = wanted > 4 && given[4].number != 0,
      .offset = given[1].number};
  return add_tensor(tensor, given[2], given[3], made);
}

bool PickleMachine::make_meta_tensor(Arguments given, Value& made) {
  if (given.size() < 4 || given[0].kind != Kind::global || given[3].kind != Kind::boolean)
    return fail("a tensor on the meta device is not pickled as (dtype, size, stride, requires_grad)");
  const PickledTensor tensor{.dtype = pickle_.globals[static_cast<std::size_t>(given[0].number)].dtype,
                             .requires_grad = given[3].number != 0};
  return add_tensor(tensor, given[1], given[2], made);
}

bool PickleMachine::add_tensor(PickledTensor tensor, Value size, Value stride, Value& made) {
  tensor.sizes = pickle_.sizes.size();
  if (!append_sizes(size, "size")) return false;
  tensor.rank = static_cast<std::uint32_t>(pickle_.sizes.size() - tensor.sizes);
  if (!append_sizes(stride, "stride")) return false;
  if (pickle_.sizes.size() != tensor.sizes + 2 * std::size_t{tensor.rank})
    return fail("a tensor has not as many strides as dimensions");
  if (tensor.storage != kNone && !fits(tensor)) return fail("a tensor does not lie in its storage");
  pickle_.tensors.push_back(tensor);
  made = {Kind::tensor, 0, static_cast<std::int64_t>(pickle_.tensors.size() - 1)};
  return true;
}

bool PickleMachine::append_sizes(Value sizes, std::string_view what) {
  const auto all = pickle_.items(sizes);
  if (!spend(all.size())) return false;
  if (all.size() > kMaxRank) return fail(fmt::format("a tensor has more than {} dimensions", kMaxRank));
  for (const Value& size : all) {
    if (size.kind != Kind::integer || size.number < 0)
      return fail(fmt::format("{} stands in the {} of a tensor, and not a whole number from 0", describe(size), what));
    pickle_.sizes.push_back(size.number);
  }
  return sizes.kind == Kind::tuple || sizes.kind == Kind::list ||
         fail(fmt::format("{} is no {} of a tensor", describe(sizes), what));
}

bool PickleMachine::fits(const PickledTensor& tensor) {
  const PickledStorage& storage = pickle_.storages[tensor.storage];
  const auto bytes = static_cast<std::int64_t>(size_of(tensor.dtype));
  if (storage.in_bytes && bytes == 0) return true;  // a dtype whose size is not known here
  return lies_within(pickle_.shape(tensor), pickle_.strides(tensor), tensor.offset,
                     storage.in_bytes ? storage.numel / bytes : storage.numel);
}

bool PickleMachine::make_parameter(Arguments given, Value& made) {
  if (given.size() < 2 || given[0].kind != Kind::tensor || given[1].kind != Kind::boolean)
    return fail("a parameter is not pickled as (tensor, requires_grad, …)");
  PickledTensor tensor = pickle_.tensors[static_cast<std::size_t>(given[0].number)];
  tensor.is_parameter = true;
  tensor.requires_grad = given[1].number != 0;
  pickle_.tensors.push_back(tensor);
  made = {Kind::tensor, 0, static_cast<std::int64_t>(pickle_.tensors.size() - 1)};
  return true;
}

bool PickleMachine::make_dict(Arguments given, Value& made) {
  std::vector<Value> items;
  if (!given.empty()) {
    if (!spend(2 * pickle_.items(given[0]).size())) return false;
    for (const Value& pair : pickle_.items(given[0])) {
      const auto parts = pickle_.items(pair);
      if (parts.size() != 2) return fail("an OrderedDict is not made of pairs");
      items.insert(items.end(), parts.begin(), parts.end());
    }
  }
  pickle_.containers.push_back(std::move(items));
  made = {Kind::dict, 0, static_cast<std::int64_t>(pickle_.containers.size() - 1)};
  return true;
}

}  // namespace fts::graph
