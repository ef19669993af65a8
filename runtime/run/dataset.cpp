#include "runtime/run/dataset.hpp"

#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randperm.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/bind/module_parameters.hpp"

namespace fts {

namespace {

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// What is wrong with the tensors as a set of rows, one note each.
std::vector<Note> faults(const graph::SafetensorsHeader& header) {
  std::vector<Note> notes;
  const graph::TensorInfo* first = nullptr;
  for (const auto& info : header.tensors) {
    if (!bind::scalar_type(info.dtype)) {
      notes.push_back({fmt::format("'{}' has the dtype {}, which LibTorch lacks", info.name, info.dtype_name), {}});
    }
    if (info.shape.empty()) {
      notes.push_back({fmt::format("'{}' is a scalar: it has no rows", info.name), {}});
    } else if (first == nullptr) {
      first = &info;
    } else if (info.shape.front() != first->shape.front()) {
      notes.push_back({fmt::format("'{}' has {} rows, '{}' has {}", info.name, info.shape.front(), first->name,
                                   first->shape.front()),
                       {}});
    }
  }
  if (header.tensors.empty()) notes.push_back({"there is no tensor in it", {}});
  if (first != nullptr && first->shape.front() == 0) notes.push_back({"it has no rows", {}});
  return notes;
}

}  // namespace

NamedTensors BatchRange::at(std::int64_t index) const {
  const auto begin = index * size_;
  const auto chosen = order_.slice(0, begin, std::min(begin + size_, order_.size(0)));
  NamedTensors batch;
  for (const auto& [name, tensor] : *rows_) batch.emplace(name, tensor.index_select(0, chosen));
  return batch;
}

tl::expected<Dataset, Error> Dataset::open(const std::string& path, std::optional<std::int64_t> rows) {
  auto file = bind::SafetensorsFile::open(path);
  if (!file) {
    for (auto& d : file.error().diagnostics) d.code = Code::data_unusable;
    return tl::unexpected(std::move(file.error()));
  }
  const auto& header = file->header();
  if (auto notes = faults(header); !notes.empty()) {
    auto error = make_error(Code::data_unusable, fmt::format("'{}' holds no rows of data", path),
                            "every tensor of the file has one entry a row in its first dimension");
    error.diagnostics.front().notes = std::move(notes);
    return tl::unexpected(std::move(error));
  }
  const auto all = header.tensors.front().shape.front();
  const auto used = std::min(all, rows.value_or(all));
  NamedTensors tensors;
  for (const auto& info : header.tensors) tensors.emplace(info.name, file->view(info).slice(0, 0, used));
  return Dataset(std::move(*file), std::move(tensors), used);
}

BatchRange Dataset::batches(const Batching& batching) const {
  const auto order = batching.seed ? at::randperm(rows_, at::make_generator<at::CPUGeneratorImpl>(*batching.seed),
                                                  at::TensorOptions().dtype(at::kLong))
                                   : at::arange(rows_, at::TensorOptions().dtype(at::kLong));
  const auto count = batching.drop_last ? rows_ / batching.size : ceil_divide(rows_, batching.size);
  return {tensors_, order, batching.size, count};
}

}  // namespace fts
