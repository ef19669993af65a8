#include "examples/llama_fsdp_tp/text.hpp"

#include <ATen/CPUGeneratorImpl.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace llama {

Text::Text(const std::string& path, std::int64_t context) : context_(context) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto size = static_cast<std::int64_t>(bytes.size());
  const auto train = size * 9 / 10;
  if (!in || size - train <= context || train <= context)
    throw std::runtime_error("'" + path + "' cannot be read, or is too short");
  const auto tokens = torch::from_blob(bytes.data(), {size}, torch::kUInt8).to(torch::kLong);
  train_ = tokens.slice(0, 0, train);
  validation_ = tokens.slice(0, train);
}

std::vector<torch::Tensor> Text::training(std::int64_t batches, std::int64_t rows, std::uint64_t seed) const {
  const auto generator = at::detail::createCPUGenerator(seed);
  const auto examples = train_.unfold(0, context_ + 1, 1);
  std::vector<torch::Tensor> all;
  for (std::int64_t i = 0; i < batches; ++i)
    all.push_back(examples.index_select(0, torch::randint(0, examples.size(0), {rows}, generator, torch::kLong)));
  return all;
}

torch::Tensor Text::validation() const { return validation_.unfold(0, context_ + 1, context_); }

}  // namespace llama
