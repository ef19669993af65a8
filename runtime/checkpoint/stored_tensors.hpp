// The tensors of a checkpoint: in one file, or in one of each process that wrote it.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/bind/safetensors.hpp"

namespace fts::checkpoint {

class StoredTensors {
 public:
  struct Entry {
    const bind::SafetensorsFile* file;
    const graph::TensorInfo* info;
    // SafetensorsFile's of the same names.
    [[nodiscard]] at::Tensor read() const { return file->read(*info); }
    [[nodiscard]] at::Tensor view() const { return file->view(*info); }
    [[nodiscard]] bool read_into(const at::Tensor& tensor) const { return file->read_into(*info, tensor); }
  };

  // FTS0801 names the path and what is wrong with its header.
  [[nodiscard]] static tl::expected<StoredTensors, Error> open(const std::vector<std::string>& paths);

  // The entry of that name, or null.
  [[nodiscard]] const Entry* find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string_view, Entry>& all() const { return by_name_; }

 private:
  std::vector<bind::SafetensorsFile> files_;
  std::map<std::string_view, Entry> by_name_;
};

}  // namespace fts::checkpoint
