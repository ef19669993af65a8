// Rows of named tensors out of a `.safetensors` file, and the batches of an epoch.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/bind/safetensors.hpp"
#include "runtime/run/model.hpp"

namespace fts {

struct Batching {
  std::int64_t size = 32;
  bool drop_last = false;             // a last batch that is not full
  std::optional<std::uint64_t> seed;  // of the order of the rows; none: as they stand in the file
};

// The batches of one pass, each made when it is looked at, so that passing over some costs nothing.
class BatchRange {
 public:
  BatchRange(const NamedTensors& rows, at::Tensor order, std::int64_t size, std::int64_t count)
      : rows_(&rows), order_(std::move(order)), size_(size), count_(count) {}

  class iterator {
   public:
    iterator(const BatchRange& range, std::int64_t index) : range_(&range), index_(index) {}
    [[nodiscard]] NamedTensors operator*() const { return range_->at(index_); }
    iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator!=(const iterator& other) const { return index_ != other.index_; }

   private:
    const BatchRange* range_;
    std::int64_t index_;
  };
  [[nodiscard]] iterator begin() const { return {*this, 0}; }
  [[nodiscard]] iterator end() const { return {*this, count_}; }
  [[nodiscard]] std::int64_t size() const { return count_; }

 private:
  // A copy of the rows, which the model may change.
  [[nodiscard]] NamedTensors at(std::int64_t index) const;
  const NamedTensors* rows_;
  at::Tensor order_;
  std::int64_t size_;
  std::int64_t count_;
};

class Dataset {
 public:
  // Maps the file; nothing is read before it is used, and a file may be larger than the memory. Every tensor has one
  // entry a row in its first dimension. `rows`: only the first so many. FTS1301 with all that is wrong.
  [[nodiscard]] static tl::expected<Dataset, Error> open(const std::string& path,
                                                         std::optional<std::int64_t> rows = {});

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] const NamedTensors& tensors() const { return tensors_; }
  // The dataset must outlive them. The order depends on the seed and nothing else.
  [[nodiscard]] BatchRange batches(const Batching& batching) const;

 private:
  Dataset(bind::SafetensorsFile file, NamedTensors tensors, std::int64_t rows)
      : file_(std::move(file)), tensors_(std::move(tensors)), rows_(rows) {}
  bind::SafetensorsFile file_;
  NamedTensors tensors_;  // over the file's memory, which is read only
  std::int64_t rows_;
};

}  // namespace fts
