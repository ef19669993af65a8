#include "runtime/checkpoint/stored_tensors.hpp"

namespace fts::checkpoint {

tl::expected<StoredTensors, Error> StoredTensors::open(const std::vector<std::string>& paths) {
  StoredTensors stored;
  for (const auto& path : paths) {
    auto file = bind::SafetensorsFile::open(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    stored.files_.push_back(std::move(*file));
  }
  for (const auto& file : stored.files_) {
    for (const auto& info : file.header().tensors) stored.by_name_.emplace(info.name, Entry{&file, &info});
  }
  return stored;
}

const StoredTensors::Entry* StoredTensors::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &it->second;
}

}  // namespace fts::checkpoint
