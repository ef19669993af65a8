#include "runtime/run/trainer.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <torch/nn/module.h>

#include "runtime/run/fit.hpp"

namespace fts {

BatchRange Trainer::batches(std::int64_t epoch) const {
  auto batching = batching_;
  // An odd factor, so that runs with neighbouring seeds share no epoch's order.
  if (batching.seed) *batching.seed = *batching.seed * 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(epoch);
  return train_.batches(batching);
}

tl::expected<at::Tensor, Error> Trainer::loss(const NamedTensors& batch) {
  RECORD_USER_SCOPE("forward");
  const auto output = model_.forward(batch);
  if (metrics_.empty()) {
    if (auto fits = check_output(output, true); !fits) return tl::unexpected(std::move(fits.error()));
    metrics_.emplace_back("train_loss");
    for (const auto& [name, tensor] : output) {
      if (val_ != nullptr) metrics_.push_back("val_" + name);
    }
  }
  return output.find("loss")->second;
}

Metrics Trainer::end_epoch(std::optional<double> train_loss, std::optional<std::int64_t> val_batches) {
  Metrics metrics;
  if (train_loss) metrics["train_loss"] = *train_loss;
  if (val_ != nullptr) validate(val_batches, metrics);
  return metrics;
}

void Trainer::validate(std::optional<std::int64_t> batches, Metrics& into) {
  RECORD_USER_SCOPE("validation");
  const at::NoGradGuard no_grad;
  model_.module().eval();
  Metrics sums;
  double seen = 0;
  for (const auto& batch : val_->batches({.size = val_batch_size_})) {
    if (batches && (*batches)-- == 0) break;
    const auto rows = static_cast<double>(batch.begin()->second.size(0));
    seen += rows;
    for (const auto& [name, value] : model_.forward(batch)) sums[name] += rows * value.item<double>();
  }
  model_.module().train();
  for (const auto& [name, sum] : sums) into["val_" + name] = sum / seen;
}

}  // namespace fts
