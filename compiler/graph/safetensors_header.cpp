#include "compiler/graph/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "compiler/graph/json_reading.hpp"
#include "compiler/graph/names.hpp"

namespace fts::graph {

namespace {

namespace ondemand = simdjson::ondemand;

// Every dtype of the format with its size in bits (safetensors 0.6: tensor.rs, Dtype::bitsize).
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 22> kBits = {{
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
    {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
    {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64},
}};

std::optional<std::uint64_t> bits_of(std::string_view dtype) {
  const auto found = std::find_if(kBits.begin(), kBits.end(), [&](const auto& row) { return row.first == dtype; });
  if (found == kBits.end()) return std::nullopt;
  return found->second;
}

class HeaderReader {
 public:
  bool read(std::string_view json);
  bool check_layout(std::uint64_t data_begin, std::uint64_t file_size);

  [[nodiscard]] SafetensorsHeader take() { return std::move(header_); }
  [[nodiscard]] const std::string& fault() const { return fault_.text(); }

 private:
  bool broken(simdjson::error_code code) { return fault_.set("", json_fault(code, &document_, json_)); }
  bool mistyped(simdjson::error_code code, std::string_view path, std::string_view expected) {
    return code == simdjson::INCORRECT_TYPE ? fault_.set(path, expected) : broken(code);
  }
  bool metadata(ondemand::value value);
  bool tensor(std::string_view name, ondemand::value value);
  bool field(TensorInfo& tensor, std::string_view key, ondemand::value value);
  bool numbers(std::string_view key, ondemand::value value, std::size_t most, std::vector<std::int64_t>& out);

  std::string_view json_;
  std::string path_;  // the tensor being read, quoted
  ondemand::parser parser_;
  ondemand::document document_;
  SafetensorsHeader header_;
  JsonFault fault_;
};

bool HeaderReader::read(std::string_view json) {
  const simdjson::padded_string padded(json);
  json_ = padded;
  if (const auto code = parser_.iterate(padded).get(document_)) return fault_.set("", json_fault(code, nullptr, json_));
  ondemand::object object;
  if (const auto code = document_.get_object().get(object))
    return mistyped(code, "", "the header is not a JSON object");
  std::unordered_set<std::string> seen;
  for (auto entry : object) {
    ondemand::field field;
    std::string_view key;
    if (const auto code = std::move(entry).get(field)) return broken(code);
    if (const auto code = field.unescaped_key().get(key)) return broken(code);
    if (!seen.emplace(key).second)
      return fault_.set("", fmt::format("{} is there twice in the header", quote_name(key)));
    if (!(key == "__metadata__" ? metadata(field.value()) : tensor(key, field.value()))) return false;
  }
  if (!json_at_end(document_)) return fault_.set("", "there is text behind the header's JSON object");
  return true;
}

bool HeaderReader::metadata(ondemand::value value) {
  ondemand::object object;
  if (const auto code = value.get_object().get(object))
    return mistyped(code, "__metadata__", "expected an object of strings");
  for (auto entry : object) {
    ondemand::field field;
    std::string_view key, text;
    if (const auto code = std::move(entry).get(field)) return broken(code);
    if (const auto code = field.unescaped_key().get(key)) return broken(code);
    if (!json_string(field.value(), text))
      return fault_.set("__metadata__", fmt::format("expected a string for {}", quote_name(key)));
    if (!header_.metadata.emplace(key, text).second)
      return fault_.set("__metadata__", fmt::format("{} is there twice", quote_name(key)));
  }
  return true;
}

bool HeaderReader::tensor(std::string_view name, ondemand::value value) {
  TensorInfo info;
  info.name = name;
  path_ = "tensor " + quote_name(name);
  ondemand::object object;
  if (const auto code = value.get_object().get(object)) return mistyped(code, path_, "expected an object");
  unsigned seen = 0;
  for (auto entry : object) {
    ondemand::field part;
    std::string_view key;
    if (const auto code = std::move(entry).get(part)) return broken(code);
    if (const auto code = part.unescaped_key().get(key)) return broken(code);
    const unsigned bit = key == "dtype" ? 1U : key == "shape" ? 2U : key == "data_offsets" ? 4U : 0U;
    if ((seen & bit) != 0) return fault_.set(path_, fmt::format("'{}' is there twice", key));
    seen |= bit;
    if (bit != 0 && !field(info, key, part.value())) return false;
  }
  if (seen != 7) return fault_.set(path_, "it must have 'dtype', 'shape' and 'data_offsets'");
  header_.tensors.push_back(std::move(info));
  return true;
}

bool HeaderReader::field(TensorInfo& tensor, std::string_view key, ondemand::value value) {
  if (key == "shape") return numbers("shape", value, kMaxRank, tensor.shape);
  if (key == "dtype") {
    std::string_view dtype;
    if (!json_string(value, dtype)) return fault_.set(path_, "expected a string for 'dtype'");
    if (!bits_of(dtype))
      return fault_.set(path_, fmt::format("the dtype {} is none of the format's", quote_name(dtype)));
    tensor.dtype_name = dtype;
    tensor.dtype = parse_dtype(dtype).value_or(DType::other);
    return true;
  }
  std::vector<std::int64_t> offsets;
  if (!numbers("data_offsets", value, 2, offsets)) return false;
  if (offsets.size() != 2) return fault_.set(path_, "expected two numbers for 'data_offsets'");
  tensor.begin = static_cast<std::uint64_t>(offsets[0]);
  tensor.end = static_cast<std::uint64_t>(offsets[1]);
  return true;
}

bool HeaderReader::numbers(std::string_view key, ondemand::value value, std::size_t most,
                           std::vector<std::int64_t>& out) {
  ondemand::array array;
  if (const auto code = value.get_array().get(array))
    return mistyped(code, path_, fmt::format("expected an array of whole numbers for '{}'", key));
  for (auto element : array) {
    std::int64_t number = 0;
    ondemand::value item;
    if (const auto code = std::move(element).get(item)) return broken(code);
    if (item.get_int64().get(number) || number < 0) {
      return fault_.set(path_, fmt::format("'{}' must hold whole numbers from 0 to 2^63 - 1", key));
    }
    if (out.size() == most) return fault_.set(path_, fmt::format("'{}' has more than {} numbers", key, most));
    out.push_back(number);
  }
  return true;
}

// The bytes that shape and dtype ask for; nothing on overflow or when they are no whole bytes.
std::optional<std::uint64_t> bytes_of(const TensorInfo& tensor) {
  std::uint64_t bits = *bits_of(tensor.dtype_name);
  std::uint64_t elements = 1;
  for (const std::int64_t size : tensor.shape) {
    if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(size), &elements)) return std::nullopt;
  }
  if (__builtin_mul_overflow(elements, bits, &bits) || bits % 8 != 0) return std::nullopt;
  return bits / 8;
}

bool HeaderReader::check_layout(std::uint64_t data_begin, std::uint64_t file_size) {
  auto& tensors = header_.tensors;
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const auto& a, const auto& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  std::uint64_t at = 0;
  for (TensorInfo& tensor : tensors) {
    const std::string what = "tensor " + quote_name(tensor.name);
    if (tensor.begin != at || tensor.end < tensor.begin) {
      return fault_.set(what,
                        fmt::format("its data is said to be at [{}, {}), but must begin at {}: no gap, no overlap",
                                    tensor.begin, tensor.end, at));
    }
    const auto bytes = bytes_of(tensor);
    if (!bytes)
      return fault_.set(what, fmt::format("{} of shape [{}] is no size that can be", tensor.dtype_name,
                                          fmt::join(tensor.shape, ", ")));
    if (*bytes != tensor.end - tensor.begin) {
      return fault_.set(what, fmt::format("{} of shape [{}] takes {} bytes, but its data has {}", tensor.dtype_name,
                                          fmt::join(tensor.shape, ", "), *bytes, tensor.end - tensor.begin));
    }
    at = tensor.end;
    tensor.begin += data_begin;
    tensor.end += data_begin;
  }
  if (at == file_size - data_begin) return true;
  return fault_.set("", fmt::format("the tensors end at byte {}, the file at byte {}", data_begin + at, file_size));
}

}  // namespace

tl::expected<SafetensorsHeader, std::string> parse_safetensors_header(std::string_view bytes, std::uint64_t file_size) {
  if (file_size < 8 || bytes.size() < 8)
    return tl::unexpected(fmt::format("it has {} bytes; the header's length alone takes 8", file_size));
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  if (length > kMaxSafetensorsHeader) {
    return tl::unexpected(
        fmt::format("the header is said to have {} bytes; at most {} are allowed", length, kMaxSafetensorsHeader));
  }
  if (length > file_size - 8 || length > bytes.size() - 8) {
    return tl::unexpected(fmt::format("the header is said to have {} bytes, but only {} follow", length,
                                      std::min<std::uint64_t>(file_size, bytes.size()) - 8));
  }
  const auto json = bytes.substr(8, length);
  if (!json.starts_with('{')) return tl::unexpected(std::string("the header does not begin with '{'"));
  HeaderReader reader;
  if (!reader.read(json) || !reader.check_layout(8 + length, file_size)) return tl::unexpected(reader.fault());
  return reader.take();
}

}  // namespace fts::graph
