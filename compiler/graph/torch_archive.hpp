// Inside the stage: what torch.save and torch.jit.save write, a zip archive of pickles and of one record a storage.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/graph/pickle.hpp"
#include "compiler/graph/zip.hpp"

namespace fts::graph {

class TorchArchive {
 public:
  // The error is a sentence without the path, as are those below.
  [[nodiscard]] static tl::expected<TorchArchive, std::string> open(std::string_view file);

  // A record by its name in the archive's one folder ("data.pkl"), or null.
  [[nodiscard]] const ZipRecord* find(std::string_view name) const;
  // A view into the file, or into `room` where the record is packed.
  [[nodiscard]] tl::expected<std::string_view, std::string> read(std::string_view name, Bytes& room) const;
  // data.pkl; its texts are views into the file or into `room`. Every storage has a record that is long enough.
  [[nodiscard]] tl::expected<Pickle, std::string> pickle(Bytes& room) const;

 private:
  [[nodiscard]] std::string storage_fault(const Pickle& pickle) const;  // or empty

  std::string_view file_;
  std::string_view folder_;  // with its slash
  std::unordered_map<std::string_view, ZipRecord> records_;
};

// Which names share a tensor: same storage, same part of it, same shape and dtype.
class SharedTensors {
 public:
  explicit SharedTensors(const Pickle& pickle) : pickle_(pickle) {}
  // The first name that was given for this tensor; empty where this one is the first.
  [[nodiscard]] std::string_view first_name(const PickledTensor& tensor, std::string_view name);

 private:
  const Pickle& pickle_;
  using Key = std::tuple<std::uint32_t, std::int64_t, DType, std::vector<std::int64_t>>;  // the sizes with the strides
  std::map<Key, std::string> first_;
};

}  // namespace fts::graph
