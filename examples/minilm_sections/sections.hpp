#pragma once
// What prepare.py made: texts as token ids, with the section of each.

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>
#include <torch/torch.h>

#include "compiler/base/error.hpp"

namespace minilm {

// Token ids and mask (rows, tokens), labels (rows), all int64. Cut to the longest text of the batch.
struct Batch {
  torch::Tensor input_ids, attention_mask, labels;
};

class Sections {
 public:
  // The first `rows` rows of a file of prepare.py's, or all of them (-1). FTS0801 where it is not such a file.
  [[nodiscard]] static tl::expected<Sections, fts::Error> read(const std::string& path, std::int64_t rows = -1);

  [[nodiscard]] std::int64_t rows() const { return all_.labels.size(0); }
  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }

  [[nodiscard]] std::vector<Batch> in_order(std::int64_t batch_size) const;
  // In an order that depends on the seed alone, so that an epoch is the same again after a resume.
  [[nodiscard]] std::vector<Batch> shuffled(std::int64_t batch_size, std::uint64_t seed) const;

 private:
  Sections(Batch all, std::vector<std::string> classes) : all_(std::move(all)), classes_(std::move(classes)) {}
  [[nodiscard]] std::vector<Batch> batches(const torch::Tensor& order, std::int64_t batch_size) const;

  Batch all_;
  std::vector<std::string> classes_;
};

}  // namespace minilm
