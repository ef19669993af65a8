// A model's parameters as the compiler sees them: names, shapes, dtypes and who shares storage with whom. No values.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"

namespace fts::graph {

using ParamId = std::uint32_t;   // position in ParamGraph::parameters()
using ModuleId = std::uint32_t;  // position in ParamGraph::modules()
inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

enum class DType : std::uint8_t { f64, f32, f16, bf16, f8_e4m3, f8_e5m2, i64, i32, i16, i8, u8, boolean, other };
[[nodiscard]] std::string_view name(DType dtype);              // the language's short one: "bf16"
[[nodiscard]] std::string_view safetensors_name(DType dtype);  // "BF16"; "OTHER" for other
// Reads the short names, torch's ("torch.bfloat16", "bfloat16") and safetensors' ("BF16"). A dtype that exists but that
// the enum leaves out ("U16", "C64", "F8_E8M0") is `other`; a word that no format knows is nothing.
[[nodiscard]] std::optional<DType> parse_dtype(std::string_view text);
[[nodiscard]] std::size_t size_of(DType dtype);  // bytes an element; 0 for other

struct Module {
  std::string_view name;  // "" is the root
  std::string_view type;  // class name; empty where the file format knows none (safetensors)
  ModuleId parent = kNone;
};

struct Parameter {
  std::string_view name;
  std::span<const std::int64_t> shape;
  DType dtype = DType::f32;
  bool shape_known =
      true;  // false: only the name is known (an index without its shards); no shape, dtype other, numel 0
  bool requires_grad = true;
  ParamId tied_to = kNone;  // the first parameter with the same storage; kNone for that first one itself
  ModuleId module = kNone;  // the module that holds it
  std::int64_t numel = 0;
};

struct Buffer {
  std::string_view name;
  std::span<const std::int64_t> shape;
  DType dtype = DType::f32;
  bool shape_known = true;
  bool persistent = true;  // part of the state dict
  std::int64_t numel = 0;
};

// What a name may be, for every reader: hostile files do not grow the module tree without bound.
inline constexpr std::size_t kMaxNameBytes = 4096;
inline constexpr std::size_t kMaxNamePieces = 256;  // between dots
inline constexpr std::size_t kMaxRank = 64;

// Immutable. Names live in one arena owned by the graph; views stay valid as long as the graph (it may be moved).
// Order: modules as named_modules(), parameters as named_parameters(remove_duplicate=False), where the file says it;
// a checkpoint knows no such order, then it is the order of its tensors' data (or of its index).
class ParamGraph {
 public:
  ParamGraph(ParamGraph&&) noexcept;
  ParamGraph& operator=(ParamGraph&&) noexcept;
  ~ParamGraph();

  [[nodiscard]] std::string_view model() const;
  [[nodiscard]] std::size_t parameter_count() const;
  [[nodiscard]] std::size_t module_count() const;  // at least 1: the root is always there, as module 0
  [[nodiscard]] Parameter parameter(ParamId id) const;
  [[nodiscard]] Module module(ModuleId id) const;
  // Their names alone: what passes over a whole model asks for.
  [[nodiscard]] std::string_view parameter_name(ParamId id) const;
  [[nodiscard]] std::string_view module_name(ModuleId id) const;
  // The parameters that are tied to an earlier one, ascending.
  [[nodiscard]] std::span<const ParamId> tied() const;
  // Equal for two parameters (modules) that differ in nothing but their names and places in the tree.
  using Likeness = std::array<std::uint32_t, 3>;
  [[nodiscard]] Likeness parameter_likeness(ParamId id) const;
  [[nodiscard]] Likeness module_likeness(ModuleId id) const;
  [[nodiscard]] Buffer buffer(std::size_t index) const;
  [[nodiscard]] std::span<const std::string_view> buffer_names() const;
  [[nodiscard]] bool has_types() const;   // module types are known
  [[nodiscard]] bool has_shapes() const;  // the shape of every parameter is known

  [[nodiscard]] std::optional<ParamId> find_parameter(std::string_view name) const;
  [[nodiscard]] std::optional<ModuleId> find_module(std::string_view name) const;

  // Hash (32 hex digits, XXH3-128) of all that a plan depends on: names, shapes, dtypes, requires_grad, ties, types.
  [[nodiscard]] std::string fingerprint() const;
  // Bytes that the graph holds in memory, about.
  [[nodiscard]] std::size_t memory() const;

  struct Data;  // how it lies in memory; for the stage's own files

 private:
  friend class ParamGraphBuilder;
  explicit ParamGraph(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

// Collects what a reader finds, in order. Modules that only names imply (a reader without a module list) are added,
// parents before children. A fault is kept, what is faulty is left out, and finish() reports all of them.
class ParamGraphBuilder {
 public:
  ParamGraphBuilder();
  ~ParamGraphBuilder();
  void set_model(std::string_view name);
  // About how many names will come: room is made for them. To touch memory costs more than to fill it.
  void expect(std::size_t names);
  void add_module(std::string_view name, std::string_view type);
  // `tied_to` names an earlier parameter; empty for none. It may be tied itself: the first of them all is kept.
  void add_parameter(std::string_view name, std::span<const std::int64_t> shape, DType dtype, bool requires_grad = true,
                     std::string_view tied_to = {});
  // A parameter of which only the name is known.
  void add_parameter_name(std::string_view name);
  void add_buffer(std::string_view name, std::span<const std::int64_t> shape, DType dtype, bool persistent = true);
  // A buffer of which only the name is known.
  void add_buffer(std::string_view name);
  // Errors (FTS0801): a name that is malformed or there twice, a tie to an unknown name or to another shape or dtype,
  // a negative or overflowing size.
  [[nodiscard]] tl::expected<ParamGraph, Error> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fts::graph
