#include "compiler/graph/pickle.hpp"

#include "compiler/graph/pickle_machine.hpp"

namespace fts::graph {

using Kind = PickleValue::Kind;

std::string_view Pickle::text(PickleValue value) const {
  return value.kind == Kind::text ? bytes.substr(static_cast<std::size_t>(value.number), value.count)
                                  : std::string_view{};
}

std::span<const PickleValue> Pickle::items(PickleValue value) const {
  const auto at = static_cast<std::size_t>(value.number);
  if (value.kind == Kind::tuple) return std::span(tuples).subspan(at, value.count);
  if (value.kind == Kind::list || value.kind == Kind::dict) return containers[at];
  return {};
}

std::span<const std::int64_t> Pickle::shape(const PickledTensor& tensor) const {
  return std::span(sizes).subspan(tensor.sizes, tensor.rank);
}

std::span<const std::int64_t> Pickle::strides(const PickledTensor& tensor) const {
  return std::span(sizes).subspan(tensor.sizes + tensor.rank, tensor.rank);
}

const PickleValue* Pickle::find(PickleValue dict, std::string_view key) const {
  if (dict.kind != Kind::dict) return nullptr;
  const auto all = items(dict);
  for (std::size_t i = all.size(); i >= 2; i -= 2) {
    if (all[i - 2].kind == Kind::text && text(all[i - 2]) == key) return &all[i - 1];
  }
  return nullptr;
}

tl::expected<Pickle, std::string> read_pickle(std::string_view bytes) {
  if (bytes.size() > kMaxPickle) return tl::unexpected("it has more than " + std::to_string(kMaxPickle) + " bytes");
  PickleMachine machine(bytes);
  if (!machine.run()) return tl::unexpected(machine.fault());
  return machine.take();
}

}  // namespace fts::graph
