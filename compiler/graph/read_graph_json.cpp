#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "compiler/graph/json_reading.hpp"
#include "compiler/graph/names.hpp"
#include "compiler/graph/readers.hpp"

namespace fts::graph {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kParameterGraph = "a parameter graph";
constexpr std::string_view kGraphMarker = "\"fts-param-graph\"";
constexpr std::int64_t kVersion = 1;
constexpr std::size_t kRecordBytes = 80;  // of text, about

// The keys that one object has had, by their position in its list of keys.
template <std::size_t N>
class SeenKeys {
 public:
  explicit SeenKeys(const std::array<std::string_view, N>& keys) : keys_(keys) {}
  // The key's position, N for a key that is none of ours; nothing when it is there twice.
  std::optional<std::size_t> take(ondemand::raw_json_string key) {
    for (std::size_t i = 0; i < N; ++i) {
      if (!key.unsafe_is_equal(keys_[i])) continue;
      if (seen_[i]) return std::nullopt;
      seen_[i] = true;
      return i;
    }
    return N;
  }
  [[nodiscard]] bool has(std::size_t key) const { return seen_[key]; }

 private:
  const std::array<std::string_view, N>& keys_;
  std::array<bool, N> seen_{};
};

constexpr std::array<std::string_view, 6> kTop = {"format", "version", "model", "modules", "parameters", "buffers"};
enum Top { format_key, version_key, model_key, modules_key, parameters_key, buffers_key };
constexpr std::array<std::string_view, 6> kTensor = {"name",          "shape",   "dtype",
                                                     "requires_grad", "tied_to", "persistent"};
enum TensorKey { name_key, shape_key, dtype_key, grad_key, tied_key, persistent_key };
constexpr std::array<std::string_view, 2> kModule = {"name", "type"};

class GraphJson {
 public:
  GraphJson(const Input& input, ParamGraphBuilder& builder) : text_(input.bytes.view()), builder_(builder) {}

  bool read();
  [[nodiscard]] const std::string& fault() const { return fault_.text(); }

 private:
  struct Record {
    std::string_view name, dtype_name, tied_to;
    std::optional<DType> dtype;
    bool has_shape = false;
    bool flag = true;  // requires_grad of a parameter, persistent of a buffer
  };

  // "parameters[3].shape"; made only when there is a fault to tell.
  [[nodiscard]] std::string path(std::string_view key) const {
    std::string text(list_);
    if (!list_.empty()) text += fmt::format("[{}]", index_);
    if (!list_.empty() && !key.empty()) text += ".";
    return text += key;
  }
  bool wrong(std::string_view key, std::string_view expected) { return fault_.set(path(key), expected); }
  bool broken(simdjson::error_code code) { return fault_.set("", json_fault(code, &document_, text_)); }
  bool mistyped(simdjson::error_code code, std::string_view key, std::string_view expected) {
    return code == simdjson::INCORRECT_TYPE ? wrong(key, expected) : broken(code);
  }

  bool top_field(std::size_t key, ondemand::value value);
  bool list(std::string_view name, ondemand::value value, bool (GraphJson::*record)(ondemand::object));
  bool module(ondemand::object object);
  bool parameter(ondemand::object object);
  bool buffer(ondemand::object object);
  bool tensor(ondemand::object object, Record& record, TensorKey flag);
  bool tensor_field(std::size_t key, ondemand::value value, Record& record);
  bool shape(ondemand::value value);
  bool text_field(std::string_view key, ondemand::value value, std::string_view& text);

  std::string_view text_;
  ParamGraphBuilder& builder_;
  ondemand::parser parser_;
  ondemand::document document_;
  JsonFault fault_;
  std::string_view list_;  // the list being read
  std::size_t index_ = 0;  // and the position in it
  std::vector<std::int64_t> sizes_;
};

bool GraphJson::read() {
  if (const auto code = parser_.iterate(text_.data(), text_.size(), text_.size() + Bytes::kPadding).get(document_)) {
    return fault_.set("", json_fault(code, nullptr, text_));
  }
  ondemand::object object;
  if (const auto code = document_.get_object().get(object)) return mistyped(code, "", "expected a JSON object");
  SeenKeys seen(kTop);
  for (auto field : object) {
    ondemand::raw_json_string key;
    ondemand::value value;
    if (const auto code = field.key().get(key)) return broken(code);
    if (const auto code = field.value().get(value)) return broken(code);
    const auto known = seen.take(key);
    if (!known) return fault_.set("", "a key of the file is there twice");
    if (!top_field(*known, value)) return false;
  }
  if (!json_at_end(document_))
    return fault_.set("", fmt::format("there is text behind the JSON object {}", json_place(document_, text_)));
  for (const Top key : {format_key, version_key, parameters_key}) {
    if (!seen.has(key)) return fault_.set("", fmt::format("the key '{}' is missing", kTop[key]));
  }
  return true;
}

bool GraphJson::top_field(std::size_t key, ondemand::value value) {
  std::string_view text;
  std::int64_t version = 0;
  switch (key) {
    case format_key:
      if (!json_string(value, text) || text != "fts-param-graph")
        return wrong("format", "expected \"fts-param-graph\"");
      return true;
    case version_key:
      if (value.get_int64().get(version) || version != kVersion) {
        return wrong("version", fmt::format("expected {}, the only version there is", kVersion));
      }
      return true;
    case model_key:
      if (!text_field("model", value, text)) return false;
      builder_.set_model(text);
      return true;
    case modules_key: return list("modules", value, &GraphJson::module);
    case parameters_key: return list("parameters", value, &GraphJson::parameter);
    case buffers_key: return list("buffers", value, &GraphJson::buffer);
    default: return true;  // a note, or what a later program adds
  }
}

bool GraphJson::list(std::string_view name, ondemand::value value, bool (GraphJson::*record)(ondemand::object)) {
  ondemand::array array;
  if (const auto code = value.get_array().get(array)) return mistyped(code, name, "expected an array of objects");
  list_ = name;
  index_ = 0;
  for (auto element : array) {
    ondemand::value item;
    ondemand::object object;
    if (const auto code = element.get(item)) return broken(code);
    if (const auto code = item.get_object().get(object)) return mistyped(code, "", "expected an object");
    if (!(this->*record)(object)) return false;
    ++index_;
  }
  list_ = {};
  return true;
}

bool GraphJson::text_field(std::string_view key, ondemand::value value, std::string_view& text) {
  return json_string(value, text) || wrong(key, "expected a string");
}

bool GraphJson::module(ondemand::object object) {
  SeenKeys seen(kModule);
  std::string_view name, type;
  for (auto field : object) {
    ondemand::raw_json_string key;
    ondemand::value value;
    if (const auto code = field.key().get(key)) return broken(code);
    if (const auto code = field.value().get(value)) return broken(code);
    const auto known = seen.take(key);
    if (!known) return wrong("", "a key is there twice");
    if (*known < kModule.size() && !text_field(kModule[*known], value, *known == 0 ? name : type)) return false;
  }
  if (!seen.has(0)) return wrong("", "the key 'name' is missing");
  builder_.add_module(name, type);
  return true;
}

bool GraphJson::tensor(ondemand::object object, Record& record, TensorKey flag) {
  SeenKeys seen(kTensor);
  for (auto field : object) {
    ondemand::raw_json_string key;
    ondemand::value value;
    if (const auto code = field.key().get(key)) return broken(code);
    if (const auto code = field.value().get(value)) return broken(code);
    const auto known = seen.take(key);
    if (!known) return wrong("", "a key is there twice");
    if (!tensor_field(*known, value, record)) return false;
  }
  if (!seen.has(name_key)) return wrong("", "the key 'name' is missing");
  if (seen.has(shape_key) != seen.has(dtype_key)) return wrong("", "'shape' and 'dtype' go together; one is missing");
  const TensorKey other = flag == grad_key ? persistent_key : grad_key;
  if (seen.has(other)) return wrong(kTensor[other], "a record of this list has no such key");
  return true;
}

bool GraphJson::tensor_field(std::size_t key, ondemand::value value, Record& record) {
  switch (key) {
    case name_key: return text_field("name", value, record.name);
    case tied_key: return text_field("tied_to", value, record.tied_to);
    case shape_key: record.has_shape = true; return shape(value);
    case dtype_key:
      if (!text_field("dtype", value, record.dtype_name)) return false;
      record.dtype = parse_dtype(record.dtype_name);
      return record.dtype || wrong("dtype", fmt::format("expected a dtype such as \"F32\" or \"BF16\", found {}",
                                                        quote_name(record.dtype_name)));
    case grad_key:
    case persistent_key: return !value.get_bool().get(record.flag) || wrong(kTensor[key], "expected true or false");
    default: return true;
  }
}

bool GraphJson::shape(ondemand::value value) {
  ondemand::array array;
  sizes_.clear();
  if (const auto code = value.get_array().get(array))
    return mistyped(code, "shape", "expected an array of whole numbers");
  for (auto element : array) {
    ondemand::value item;
    std::int64_t size = 0;
    if (const auto code = element.get(item)) return broken(code);
    if (item.get_int64().get(size) || size < 0) {
      return wrong(fmt::format("shape[{}]", sizes_.size()), "expected a whole number from 0 to 2^63 - 1");
    }
    if (sizes_.size() == kMaxRank) return wrong("shape", fmt::format("expected at most {} dimensions", kMaxRank));
    sizes_.push_back(size);
  }
  return true;
}

bool GraphJson::parameter(ondemand::object object) {
  Record record;
  if (!tensor(object, record, grad_key)) return false;
  if (record.has_shape) {
    builder_.add_parameter(record.name, sizes_, *record.dtype, record.flag, record.tied_to);
  } else {
    builder_.add_parameter_name(record.name);
  }
  return true;
}

bool GraphJson::buffer(ondemand::object object) {
  Record record;
  if (!tensor(object, record, persistent_key)) return false;
  if (record.has_shape) {
    builder_.add_buffer(record.name, sizes_, *record.dtype, record.flag);
  } else {
    builder_.add_buffer(record.name);
  }
  return true;
}

}  // namespace

bool is_graph_json(std::string_view bytes) {
  return bytes.find_first_not_of(" \t\r\n") == bytes.find('{') &&
         bytes.substr(0, 4096).find(kGraphMarker) != std::string_view::npos;
}

tl::expected<ParamGraph, Error> read_graph_json(const Input& input) {
  ParamGraphBuilder builder;
  builder.set_model(input.model);
  builder.expect(input.bytes.view().size() / kRecordBytes);
  GraphJson json(input, builder);
  if (!json.read()) return tl::unexpected(unreadable(input, kParameterGraph, json.fault()));
  return finish(builder, input);
}

}  // namespace fts::graph
