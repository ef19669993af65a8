// Weights on the disk, held against a module: where each of its tensors is read from, whole or in part.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/bind/load_weights.hpp"
#include "runtime/bind/safetensors.hpp"

namespace fts::bind {

// Whether a tensor has its values; one that was made under MetaInit has none yet.
[[nodiscard]] bool has_memory(const at::Tensor& tensor);

class Weights {
 public:
  // `path` is a `.safetensors` file, an index of several (`model.safetensors.index.json`), or a folder with either.
  // FTS0801, or FTS1008 with everything that does not fit, among it what has neither values nor a place in the files.
  [[nodiscard]] static tl::expected<Weights, Error> open(const torch::nn::Module& module, const std::string& path,
                                                         const LoadOptions& options = {});

  // Whether it is in the files; of the module's own tensors.
  [[nodiscard]] bool has(const at::Tensor& tensor) const;
  // Elements of the tensor, flattened, from `begin` on: as many as `to` has.
  void read(const at::Tensor& tensor, std::int64_t begin, const at::Tensor& to) const;
  // All of it, if it is in the files; where it has no memory it gets some on `device`.
  void fill(at::Tensor tensor, c10::Device device) const;
  // The same of every parameter and buffer, each on its own device.
  void fill_all(const torch::nn::Module& module) const;

 private:
  friend class WeightsMatch;
  struct Place {
    std::size_t file;
    const graph::TensorInfo* info;
  };
  std::vector<SafetensorsFile> files_;
  std::unordered_map<const c10::TensorImpl*, Place> places_;
};

}  // namespace fts::bind
