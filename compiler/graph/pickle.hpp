// A pickle read as data: numbers, texts, containers, and tensors as PyTorch pickles them. Nothing is imported, looked
// up or called: the few globals that the reader knows stand in one table, every other one is refused by its name.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/graph/param_graph.hpp"
#include "compiler/graph/pickle_globals.hpp"

namespace fts::graph {

// 16 bytes; what it holds lies in the Pickle. `opaque` is what no parameter graph needs: bytes, sets, devices, ….
struct PickleValue {
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    real,
    text,
    tuple,
    list,
    dict,
    global,
    storage,
    tensor,
    object,
    opaque
  };
  Kind kind = Kind::none;
  std::uint32_t count = 0;  // bytes of a text, items of a tuple
  std::int64_t number = 0;  // the value itself, or where it begins or stands
};

struct PickledStorage {
  std::string_view key;  // of its record in the archive: "data/<key>"
  DType dtype = DType::other;
  bool in_bytes = false;  // untyped: `numel` counts bytes
  std::int64_t numel = 0;
};

struct PickledTensor {
  std::uint32_t storage = kNone;  // kNone: on the meta device
  DType dtype = DType::other;
  bool requires_grad = false;
  bool is_parameter = false;  // pickled as a torch.nn.Parameter
  std::uint32_t rank = 0;
  std::size_t sizes = 0;  // of its shape, then of its strides, in Pickle::sizes
  std::int64_t offset = 0;
};

struct PickledObject {       // of a TorchScript class
  std::uint32_t global = 0;  // its class
  PickleValue state;
};

// What one pickle holds. Texts are views into its bytes.
struct Pickle {
  std::string_view bytes;
  PickleValue root;
  std::vector<PickleValue> tuples;                   // items of all tuples, one after another
  std::vector<std::vector<PickleValue>> containers;  // lists; dicts as key, value, key, value, …
  std::vector<PickledGlobal> globals;
  std::vector<PickledStorage> storages;
  std::vector<PickledTensor> tensors;
  std::vector<PickledObject> objects;
  std::vector<std::int64_t> sizes;

  [[nodiscard]] std::string_view text(PickleValue value) const;               // empty unless a text
  [[nodiscard]] std::span<const PickleValue> items(PickleValue value) const;  // of a tuple, list or dict; else none
  [[nodiscard]] std::span<const std::int64_t> shape(const PickledTensor& tensor) const;
  [[nodiscard]] std::span<const std::int64_t> strides(const PickledTensor& tensor) const;
  // The value of a key of a dict (the last, as in Python), or null.
  [[nodiscard]] const PickleValue* find(PickleValue dict, std::string_view key) const;
};

// The largest pickle that is read, and the most values in it.
inline constexpr std::size_t kMaxPickle = std::size_t{1} << 29;
inline constexpr std::size_t kMaxPickleValues = std::size_t{1} << 25;

// Reads protocols 2 to 5. The error is a sentence with the byte at which reading stopped.
[[nodiscard]] tl::expected<Pickle, std::string> read_pickle(std::string_view bytes);

}  // namespace fts::graph
