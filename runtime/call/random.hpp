// What the default random generators will give next.
#pragma once
#include <utility>
#include <vector>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

namespace fts::calls {

class RandomState {
 public:
  // The CPU's generator as it is now, and those of the other devices that hold `tensors`.
  explicit RandomState(const std::vector<at::Tensor>& tensors);
  // Puts them back.
  void set() const;

 private:
  std::vector<std::pair<at::Generator, at::Tensor>> states_;
};

}  // namespace fts::calls
