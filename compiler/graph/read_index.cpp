#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/graph/graph.hpp"
#include "compiler/graph/json_reading.hpp"
#include "compiler/graph/names.hpp"
#include "compiler/graph/readers.hpp"
#include "compiler/graph/safetensors_header.hpp"
#include "compiler/graph/tensors.hpp"

namespace fts::graph {

namespace {

namespace fs = std::filesystem;
namespace ondemand = simdjson::ondemand;

constexpr std::string_view kIndex = "a safetensors index";
constexpr std::string_view kIndexMarker = "\"weight_map\"";

// "parameter -> shard" in the order of the file.
struct WeightMap {
  struct Entry {
    std::string name;
    std::size_t shard;
  };
  std::vector<Entry> entries;
  std::vector<std::string> shards;
};

class IndexReader {
 public:
  explicit IndexReader(std::string_view text) : text_(text) {}
  bool read(WeightMap& map);
  [[nodiscard]] const std::string& fault() const { return fault_.text(); }

 private:
  bool broken(simdjson::error_code code) { return fault_.set("", json_fault(code, &document_, text_)); }
  bool mistyped(simdjson::error_code code, std::string_view path, std::string_view expected) {
    return code == simdjson::INCORRECT_TYPE ? fault_.set(path, expected) : broken(code);
  }
  bool weights(ondemand::value value, WeightMap& map);

  std::string_view text_;
  ondemand::parser parser_;
  ondemand::document document_;
  JsonFault fault_;
};

bool IndexReader::read(WeightMap& map) {
  if (const auto code = parser_.iterate(text_.data(), text_.size(), text_.size() + Bytes::kPadding).get(document_)) {
    return fault_.set("", json_fault(code, nullptr, text_));
  }
  ondemand::object object;
  if (const auto code = document_.get_object().get(object)) return mistyped(code, "", "expected a JSON object");
  bool found = false;
  for (auto entry : object) {
    ondemand::field field;
    std::string_view key;
    if (const auto code = std::move(entry).get(field)) return broken(code);
    if (const auto code = field.unescaped_key().get(key)) return broken(code);
    if (key != "weight_map") continue;
    if (found) return fault_.set("weight_map", "the key is there twice");
    found = true;
    if (!weights(field.value(), map)) return false;
  }
  if (!json_at_end(document_)) return fault_.set("", "there is text behind the JSON object");
  return found || fault_.set("", "the key 'weight_map' is missing");
}

// A shard lies beside its index: a plain file name, so that no index leads out of its folder.
bool is_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

bool IndexReader::weights(ondemand::value value, WeightMap& map) {
  ondemand::object object;
  if (const auto code = value.get_object().get(object)) return mistyped(code, "weight_map", "expected an object");
  std::unordered_map<std::string, std::size_t> numbers;
  for (auto entry : object) {
    ondemand::field field;
    std::string_view name, shard;
    if (const auto code = std::move(entry).get(field)) return broken(code);
    if (const auto code = field.unescaped_key().get(name)) return broken(code);
    if (!json_string(field.value(), shard) || !is_file_name(shard)) {
      return fault_.set("weight_map." + quote_name(name), "expected the name of a file beside the index");
    }
    const auto [number, is_new] = numbers.emplace(shard, map.shards.size());
    if (is_new) map.shards.emplace_back(shard);
    map.entries.push_back({std::string(name), number->second});
  }
  return true;
}

tl::expected<WeightMap, Error> weight_map_of(const Input& input) {
  WeightMap map;
  IndexReader index(input.bytes.view());
  if (!index.read(map)) return tl::unexpected(unreadable(input, kIndex, index.fault()));
  return map;
}

std::string beside(const std::string& index, const std::string& shard) {
  return (fs::path(index).parent_path() / shard).string();
}

// The tensors of one shard by name; nothing when the shard is not there.
using Tensors = std::unordered_map<std::string, StoredTensor>;
tl::expected<std::optional<Tensors>, std::string> read_shard(const std::string& path) {
  std::error_code code;
  if (!fs::exists(path, code)) return std::optional<Tensors>();
  const auto fault = [&](const std::string& text) {
    return tl::unexpected(fmt::format("the shard '{}': {}", path, text));
  };
  const auto bytes = Bytes::map(path);
  if (!bytes) return tl::unexpected(bytes.error());
  Tensors tensors;
  const auto add = [&](StoredTensor tensor) {
    std::string name = tensor.name;
    tensors.emplace(std::move(name), std::move(tensor));
  };
  if (is_checkpoint(bytes->view())) {
    auto all = checkpoint_tensors(bytes->view());
    if (!all) return fault(all.error().text);
    for (auto& tensor : *all) add(std::move(tensor));
  } else {
    auto header = parse_safetensors_header(bytes->view(), bytes->view().size());
    if (!header) return fault(header.error());
    for (auto& tensor : header->tensors) add(from_safetensors(tensor));
  }
  return std::optional(std::move(tensors));
}

// A shard's file and the index may have names of one tensor in another order: the first of the index is the first.
class Ties {
 public:
  void rename(std::size_t shard, StoredTensor& tensor) {
    const std::string& group = tensor.tied_to.empty() ? tensor.name : tensor.tied_to;
    const auto [first, is_new] = firsts_.try_emplace({shard, group}, tensor.name);
    tensor.tied_to = is_new ? std::string() : first->second;
  }

 private:
  std::map<std::pair<std::size_t, std::string>, std::string> firsts_;
};

}  // namespace

bool is_index(std::string_view bytes) {
  return bytes.find_first_not_of(" \t\r\n") == bytes.find('{') && bytes.find(kIndexMarker) != std::string_view::npos;
}

tl::expected<ParamGraph, Error> read_index(const Input& input) {
  const auto map = weight_map_of(input);
  if (!map) return tl::unexpected(map.error());
  std::vector<std::optional<Tensors>> shards;
  for (const std::string& shard : map->shards) {
    auto tensors = read_shard(beside(input.path, shard));
    if (!tensors) return tl::unexpected(unreadable(input, kIndex, tensors.error()));
    shards.push_back(std::move(*tensors));
  }
  ParamGraphBuilder builder;
  builder.set_model(input.model);
  Ties ties;
  for (const auto& [name, shard] : map->entries) {
    if (!shards[shard]) {
      is_usual_buffer(name, -1) ? builder.add_buffer(name) : builder.add_parameter_name(name);
      continue;
    }
    const auto tensor = shards[shard]->find(name);
    if (tensor == shards[shard]->end()) {
      return tl::unexpected(unreadable(input, kIndex,
                                       fmt::format("{} is said to be in the shard '{}', which has no such tensor",
                                                   quote_name(name), map->shards[shard])));
    }
    ties.rename(shard, tensor->second);
    add_tensor(builder, tensor->second);
  }
  return finish(builder, input);
}

tl::expected<std::vector<std::string>, Error> shards_of_index(const std::string& path) {
  auto bytes = Bytes::map(path);
  if (!bytes) return tl::unexpected(make_error(Code::model_unreadable, bytes.error()));
  const auto map = weight_map_of({path, {}, std::move(*bytes)});
  if (!map) return tl::unexpected(map.error());
  std::vector<std::string> files;
  for (const std::string& shard : map->shards) files.push_back(beside(path, shard));
  std::ranges::sort(files);
  return files;
}

}  // namespace fts::graph
