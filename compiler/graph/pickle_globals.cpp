#include "compiler/graph/pickle_globals.hpp"

#include <algorithm>
#include <array>

namespace fts::graph {

namespace {

using Role = PickledGlobal::Role;

struct Row {
  std::string_view module, name;
  Role role;
};

// Beside what builds a state dict: what checkpoints of Lightning and Transformers hold in the other keys, as far as it
// is plain data.
constexpr std::array kRows = {
    Row{"torch._utils", "_rebuild_tensor", Role::tensor_v1},
    Row{"torch._utils", "_rebuild_tensor_v2", Role::tensor_v2},
    Row{"torch._utils", "_rebuild_tensor_v3", Role::tensor_v3},
    Row{"torch._utils", "_rebuild_meta_tensor_no_storage", Role::meta_tensor},
    Row{"torch._utils", "_rebuild_parameter", Role::parameter},
    Row{"torch._utils", "_rebuild_parameter_with_state", Role::parameter},
    Row{"torch._tensor", "_rebuild_from_type_v2", Role::from_type},
    Row{"collections", "OrderedDict", Role::dict},
    Row{"torch", "Size", Role::first_argument},
    Row{"torch.jit._pickle", "build_intlist", Role::first_argument},
    Row{"torch.jit._pickle", "build_doublelist", Role::first_argument},
    Row{"torch.jit._pickle", "build_boollist", Role::first_argument},
    Row{"torch.jit._pickle", "build_tensorlist", Role::first_argument},
    Row{"torch.jit._pickle", "restore_type_tag", Role::first_argument},
    Row{"torch.storage", "UntypedStorage", Role::untyped_storage},
    Row{"torch", "UntypedStorage", Role::untyped_storage},
    Row{"torch", "Tensor", Role::opaque},
    Row{"torch.nn.parameter", "Parameter", Role::opaque},
    Row{"torch.nn.parameter", "Buffer", Role::opaque},
    Row{"torch", "device", Role::opaque},
    Row{"torch.serialization", "_get_layout", Role::opaque},
    Row{"collections", "Counter", Role::opaque},
    Row{"collections", "defaultdict", Role::opaque},
    Row{"builtins", "set", Role::opaque},
    Row{"builtins", "frozenset", Role::opaque},
    Row{"builtins", "bytearray", Role::opaque},
    Row{"builtins", "complex", Role::opaque},
    Row{"builtins", "range", Role::opaque},
    Row{"builtins", "slice", Role::opaque},
    Row{"builtins", "list", Role::opaque},
    Row{"builtins", "dict", Role::opaque},
    Row{"__builtin__", "set", Role::opaque},
    Row{"__builtin__", "frozenset", Role::opaque},
    Row{"__builtin__", "bytearray", Role::opaque},
    Row{"__builtin__", "complex", Role::opaque},
    Row{"__builtin__", "xrange", Role::opaque},
    Row{"__builtin__", "slice", Role::opaque},
    Row{"__builtin__", "list", Role::opaque},
    Row{"__builtin__", "dict", Role::opaque},
    Row{"_codecs", "encode", Role::opaque},
    Row{"argparse", "Namespace", Role::opaque},
    Row{"pathlib", "Path", Role::opaque},
    Row{"pathlib", "PosixPath", Role::opaque},
    Row{"datetime", "datetime", Role::opaque},
    Row{"datetime", "timedelta", Role::opaque},
    Row{"numpy", "dtype", Role::opaque},
    Row{"numpy", "ndarray", Role::opaque},
    Row{"numpy.core.multiarray", "scalar", Role::opaque},
    Row{"numpy.core.multiarray", "_reconstruct", Role::opaque},
    Row{"numpy._core.multiarray", "scalar", Role::opaque},
    Row{"numpy._core.multiarray", "_reconstruct", Role::opaque},
    Row{"lightning.fabric.utilities.data", "AttributeDict", Role::opaque},
    Row{"lightning_fabric.utilities.data", "AttributeDict", Role::opaque},
    Row{"pytorch_lightning.utilities.parsing", "AttributeDict", Role::opaque},
};

// torch.FloatStorage: the type of a storage whose elements are of one dtype.
constexpr std::array<std::pair<std::string_view, DType>, 17> kStorages = {{
    {"FloatStorage", DType::f32},
    {"DoubleStorage", DType::f64},
    {"HalfStorage", DType::f16},
    {"BFloat16Storage", DType::bf16},
    {"LongStorage", DType::i64},
    {"IntStorage", DType::i32},
    {"ShortStorage", DType::i16},
    {"CharStorage", DType::i8},
    {"ByteStorage", DType::u8},
    {"BoolStorage", DType::boolean},
    {"ComplexFloatStorage", DType::other},
    {"ComplexDoubleStorage", DType::other},
    {"QInt8Storage", DType::i8},
    {"QUInt8Storage", DType::u8},
    {"QInt32Storage", DType::i32},
    {"QUInt4x2Storage", DType::other},
    {"QUInt2x4Storage", DType::other},
}};

}  // namespace

std::optional<PickledGlobal> known_global(std::string_view module, std::string_view name) {
  for (const Row& row : kRows) {
    if (row.module == module && row.name == name) return PickledGlobal{.role = row.role};
  }
  if (module == "torch") {
    for (const auto& [storage, dtype] : kStorages) {
      if (storage == name) return PickledGlobal{.role = Role::storage_type, .dtype = dtype};
    }
    if (const auto dtype = parse_dtype(name)) return PickledGlobal{.role = Role::dtype, .dtype = *dtype};
  }
  if (module.starts_with("__torch__")) return PickledGlobal{.role = Role::script_class, .module = module, .name = name};
  return std::nullopt;
}

}  // namespace fts::graph
