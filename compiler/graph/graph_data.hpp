// How a ParamGraph lies in memory: 20 bytes a parameter and 16 a module beside the names.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/graph/name_index.hpp"
#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

struct ParamGraph::Data {
  enum Flag : std::uint8_t { kRequiresGrad = 1, kPersistent = 2, kImplied = 4, kOwnName = 8 };

  struct TensorRecord {  // a parameter or a buffer
    std::uint32_t name = 0;
    std::uint16_t name_size = 0;
    DType dtype = DType::other;
    std::uint8_t flags = 0;
    std::uint32_t shape = kNone;  // index in `shapes`; kNone: unknown
    ParamId tied_to = kNone;
    ModuleId module = kNone;
  };
  struct ModuleRecord {
    std::uint32_t name = 0;
    std::uint16_t name_size = 0;
    std::uint16_t flags = 0;
    std::uint32_t type = 0;  // index in `types`; 0 is ""
    ModuleId parent = kNone;
  };
  struct ShapeRecord {  // each shape once
    std::uint32_t begin = 0;
    std::uint32_t rank = 0;
    std::int64_t numel = 0;
  };
  static_assert(sizeof(TensorRecord) == 20 && sizeof(ModuleRecord) == 16);

  std::string model;
  NameArena names;
  NameArena module_names;  // while building: names of listed modules (kOwnName); finish() shares or moves them
  std::vector<ModuleRecord> modules;
  std::vector<TensorRecord> parameters;
  std::vector<TensorRecord> buffers;
  std::vector<ShapeRecord> shapes;
  std::vector<std::int64_t> sizes;  // of all shapes, one after another
  std::vector<NameRef> types;
  std::vector<std::string_view> buffer_names;
  IdIndex index;              // of entry(…) for every name: no name is two things
  std::vector<ParamId> tied;  // made by finish(), as is
  std::vector<bool> in_tie;   // a bit a parameter: it or another name of its tensor is tied
  bool has_types = false;
  bool has_shapes = true;

  [[nodiscard]] std::string_view name_of(const TensorRecord& r) const { return names.get({r.name, r.name_size}); }
  [[nodiscard]] std::string_view name_of(const ModuleRecord& r) const {
    return (r.flags & kOwnName ? module_names : names).get({r.name, r.name_size});
  }
  [[nodiscard]] std::span<const std::int64_t> shape_of(std::uint32_t shape) const {
    if (shape == kNone) return {};
    return std::span(sizes).subspan(shapes[shape].begin, shapes[shape].rank);
  }
  [[nodiscard]] std::int64_t numel_of(std::uint32_t shape) const { return shape == kNone ? 0 : shapes[shape].numel; }

  enum Kind : std::uint32_t { kParameter, kModule, kBuffer };
  static constexpr std::uint32_t kIdBits = 30;
  static constexpr std::uint32_t kMaxCount = std::uint32_t{1} << kIdBits;
  [[nodiscard]] static std::uint32_t entry(Kind kind, std::size_t id) {
    FTS_CHECK(id < kMaxCount);
    return kind << kIdBits | static_cast<std::uint32_t>(id);
  }
  [[nodiscard]] static Kind kind_of(std::uint32_t entry) { return static_cast<Kind>(entry >> kIdBits); }

  [[nodiscard]] std::string_view name_of(std::uint32_t entry) const {
    const std::uint32_t id = entry & (kMaxCount - 1);
    if (kind_of(entry) == kModule) return name_of(modules[id]);
    return name_of(kind_of(entry) == kParameter ? parameters[id] : buffers[id]);
  }
  // The entry of a name, whatever it names; kNone where there is none.
  [[nodiscard]] std::uint32_t find(std::string_view name, std::uint64_t hash) const {
    return index.find(hash, [&](std::uint32_t known) { return name_of(known) == name; });
  }
  // The id of the parameter (module) with this name; kNone where there is none.
  [[nodiscard]] std::uint32_t find(Kind kind, std::string_view name) const {
    const std::uint32_t known = find(name, hash_bytes(name));
    return known == kNone || kind_of(known) != kind ? kNone : known & (kMaxCount - 1);
  }
};

}  // namespace fts::graph
