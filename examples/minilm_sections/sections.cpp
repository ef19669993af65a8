#include "examples/minilm_sections/sections.hpp"

#include <algorithm>
#include <sstream>

#include <ATen/CPUGeneratorImpl.h>
#include <fts/code.hpp>
#include <fts/safetensors.hpp>

namespace minilm {

namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

fts::Error unreadable(const std::string& why) {
  return fts::make_error(fts::Code::model_unreadable, why, "make it with prepare.py");
}

tl::expected<torch::Tensor, fts::Error> read_ids(const fts::bind::SafetensorsFile& file, const char* name,
                                                 std::size_t rank, const std::string& path) {
  const auto* info = file.find(name);
  if (info == nullptr || info->dtype != fts::graph::DType::i64 || info->shape.size() != rank) {
    return tl::unexpected(unreadable(path + " holds no int64 tensor '" + name + "'"));
  }
  return file.read(*info);
}

}  // namespace

tl::expected<Sections, fts::Error> Sections::read(const std::string& path, std::int64_t rows) {
  auto file = fts::bind::SafetensorsFile::open(path);
  if (!file) return tl::unexpected(std::move(file.error()));
  auto ids = read_ids(*file, "input_ids", 2, path);
  auto mask = read_ids(*file, "attention_mask", 2, path);
  auto labels = read_ids(*file, "labels", 1, path);
  for (const auto* part : {&ids, &mask, &labels}) {
    if (!*part) return tl::unexpected(part->error());
  }
  const auto& metadata = file->header().metadata;
  const auto classes = metadata.find("classes");
  if (classes == metadata.end()) return tl::unexpected(unreadable(path + " names no classes"));
  if (ids->sizes() != mask->sizes() || ids->size(0) != labels->size(0))
    return tl::unexpected(unreadable(path + " holds tensors of different lengths"));
  const auto end = rows < 0 ? labels->size(0) : std::min(rows, labels->size(0));
  return Sections({ids->slice(0, 0, end), mask->slice(0, 0, end), labels->slice(0, 0, end)}, lines(classes->second));
}

std::vector<Batch> Sections::in_order(std::int64_t batch_size) const {
  return batches(torch::arange(rows(), torch::kLong), batch_size);
}

std::vector<Batch> Sections::shuffled(std::int64_t batch_size, std::uint64_t seed) const {
  return batches(torch::randperm(rows(), at::make_generator<at::CPUGeneratorImpl>(seed)), batch_size);
}

std::vector<Batch> Sections::batches(const torch::Tensor& order, std::int64_t batch_size) const {
  std::vector<Batch> out;
  for (const auto& rows : order.split(batch_size)) {
    const auto mask = all_.attention_mask.index_select(0, rows);
    const auto tokens = mask.sum(1).max().item<std::int64_t>();
    out.push_back({all_.input_ids.index_select(0, rows).slice(1, 0, tokens), mask.slice(1, 0, tokens),
                   all_.labels.index_select(0, rows)});
  }
  return out;
}

}  // namespace minilm
