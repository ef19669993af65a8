// A text as training data: its bytes are the tokens, and rows of them the examples.
#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

namespace llama {

class Text {
 public:
  // Throws std::runtime_error: the file cannot be read, or is shorter than two rows.
  Text(const std::string& path, std::int64_t context);

  // Batches [rows, context + 1] from random places of the first nine tenths; the same seed gives the same ones.
  [[nodiscard]] std::vector<torch::Tensor> training(std::int64_t batches, std::int64_t rows, std::uint64_t seed) const;
  // The last tenth, in order: [rows, context + 1].
  [[nodiscard]] torch::Tensor validation() const;

 private:
  torch::Tensor train_, validation_;
  std::int64_t context_;
};

}  // namespace llama
