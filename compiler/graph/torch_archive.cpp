#include "compiler/graph/torch_archive.hpp"

#include <fmt/format.h>

#include "compiler/graph/names.hpp"

namespace fts::graph {

tl::expected<TorchArchive, std::string> TorchArchive::open(std::string_view file) {
  const auto records = read_zip_directory(file);
  if (!records) return tl::unexpected(records.error());
  TorchArchive archive;
  archive.file_ = file;
  for (const ZipRecord& record : *records) {
    const auto slash = record.name.find('/');
    if (archive.folder_.empty() && slash != std::string_view::npos && record.name.substr(slash + 1) == "data.pkl")
      archive.folder_ = record.name.substr(0, slash + 1);
  }
  if (archive.folder_.empty())
    return tl::unexpected(std::string("it is a zip archive without a 'data.pkl', which torch.save would have written"));
  archive.records_.reserve(records->size());
  for (const ZipRecord& record : *records) {
    if (!record.name.starts_with(archive.folder_)) continue;
    if (!archive.records_.emplace(record.name.substr(archive.folder_.size()), record).second)
      return tl::unexpected(fmt::format("its record {} is there twice", quote_name(record.name)));
  }
  return archive;
}

const ZipRecord* TorchArchive::find(std::string_view name) const {
  const auto known = records_.find(name);
  return known == records_.end() ? nullptr : &known->second;
}

tl::expected<std::string_view, std::string> TorchArchive::read(std::string_view name, Bytes& room) const {
  const ZipRecord* const record = find(name);
  if (record == nullptr) return tl::unexpected(fmt::format("its record {} is missing", quote_name(name)));
  return read_zip_record(file_, *record, kMaxPickle, room);
}

tl::expected<Pickle, std::string> TorchArchive::pickle(Bytes& room) const {
  const auto bytes = read("data.pkl", room);
  if (!bytes) return tl::unexpected(bytes.error());
  auto pickle = read_pickle(*bytes);
  if (!pickle) return tl::unexpected("data.pkl: " + pickle.error());
  if (auto fault = storage_fault(*pickle); !fault.empty()) return tl::unexpected(std::move(fault));
  return pickle;
}

std::string TorchArchive::storage_fault(const Pickle& pickle) const {
  for (const PickledStorage& storage : pickle.storages) {
    const ZipRecord* record = find(fmt::format("data/{}", storage.key));
    if (record == nullptr) record = find(fmt::format("constants/{}", storage.key));
    if (record == nullptr) return fmt::format("the data of its storage {} is missing", quote_name(storage.key));
    const std::uint64_t bytes = storage.in_bytes ? 1 : size_of(storage.dtype);
    const auto wanted = static_cast<std::uint64_t>(storage.numel);
    if (bytes != 0 && wanted > record->size / bytes)
      return fmt::format("its storage {} has {} bytes, too few for {} elements of {} bytes", quote_name(storage.key),
                         record->size, wanted, bytes);
  }
  return {};
}

std::string_view SharedTensors::first_name(const PickledTensor& tensor, std::string_view name) {
  if (tensor.storage == kNone) return {};
  const auto sizes = std::span(pickle_.sizes).subspan(tensor.sizes, 2 * std::size_t{tensor.rank});
  const auto [known, is_new] =
      first_.try_emplace(Key{tensor.storage, tensor.offset, tensor.dtype, {sizes.begin(), sizes.end()}}, name);
  return is_new ? std::string_view{} : std::string_view(known->second);
}

}  // namespace fts::graph
