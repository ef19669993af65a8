#include <algorithm>
#include <array>
#include <utility>

#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

namespace {

struct Row {
  DType dtype;
  std::string_view name;
  std::string_view safetensors;
  std::size_t bytes;
};

// In the order of the enumerators.
constexpr std::array kRows = {
    Row{DType::f64, "f64", "F64", 8},
    Row{DType::f32, "f32", "F32", 4},
    Row{DType::f16, "f16", "F16", 2},
    Row{DType::bf16, "bf16", "BF16", 2},
    Row{DType::f8_e4m3, "f8_e4m3", "F8_E4M3", 1},
    Row{DType::f8_e5m2, "f8_e5m2", "F8_E5M2", 1},
    Row{DType::i64, "i64", "I64", 8},
    Row{DType::i32, "i32", "I32", 4},
    Row{DType::i16, "i16", "I16", 2},
    Row{DType::i8, "i8", "I8", 1},
    Row{DType::u8, "u8", "U8", 1},
    Row{DType::boolean, "bool", "BOOL", 1},
    Row{DType::other, "other", "OTHER", 0},
};

// torch's names, and those of safetensors and torch that the enum leaves out.
constexpr std::array kAliases = {
    std::pair{std::string_view("float64"), DType::f64},
    std::pair{std::string_view("double"), DType::f64},
    std::pair{std::string_view("float32"), DType::f32},
    std::pair{std::string_view("float"), DType::f32},
    std::pair{std::string_view("float16"), DType::f16},
    std::pair{std::string_view("half"), DType::f16},
    std::pair{std::string_view("bfloat16"), DType::bf16},
    std::pair{std::string_view("float8_e4m3fn"), DType::f8_e4m3},
    std::pair{std::string_view("float8_e5m2"), DType::f8_e5m2},
    std::pair{std::string_view("int64"), DType::i64},
    std::pair{std::string_view("long"), DType::i64},
    std::pair{std::string_view("int32"), DType::i32},
    std::pair{std::string_view("int"), DType::i32},
    std::pair{std::string_view("int16"), DType::i16},
    std::pair{std::string_view("short"), DType::i16},
    std::pair{std::string_view("int8"), DType::i8},
    std::pair{std::string_view("uint8"), DType::u8},
};

constexpr std::array<std::string_view, 20> kOthers = {"U16",
                                                      "U32",
                                                      "U64",
                                                      "C64",
                                                      "F4",
                                                      "F6_E2M3",
                                                      "F6_E3M2",
                                                      "F8_E8M0",
                                                      "F8_E4M3FNUZ",
                                                      "F8_E5M2FNUZ",
                                                      "uint16",
                                                      "uint32",
                                                      "uint64",
                                                      "complex64",
                                                      "complex128",
                                                      "complex32",
                                                      "float8_e8m0fnu",
                                                      "float8_e4m3fnuz",
                                                      "float8_e5m2fnuz",
                                                      "float4_e2m1fn_x2"};

}  // namespace

std::string_view name(DType dtype) { return kRows[static_cast<std::size_t>(dtype)].name; }
std::string_view safetensors_name(DType dtype) { return kRows[static_cast<std::size_t>(dtype)].safetensors; }
std::size_t size_of(DType dtype) { return kRows[static_cast<std::size_t>(dtype)].bytes; }

std::optional<DType> parse_dtype(std::string_view text) {
  if (text.starts_with("torch.")) text.remove_prefix(6);
  for (const Row& row : kRows) {
    if (text == row.name || text == row.safetensors) return row.dtype;
  }
  for (const auto& [alias, dtype] : kAliases) {
    if (text == alias) return dtype;
  }
  if (std::find(kOthers.begin(), kOthers.end(), text) != kOthers.end()) return DType::other;
  return std::nullopt;
}

}  // namespace fts::graph
