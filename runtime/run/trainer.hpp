// A model over its data: batches, losses, validation. Knows nothing of schedules.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <tl/expected.hpp>

#include "runtime/run/dataset.hpp"
#include "runtime/run/model.hpp"
#include "runtime/session/observe/observer.hpp"

namespace fts {

class Trainer {
 public:
  // All outlive the trainer. `val` may be null.
  Trainer(Model& model, const Dataset& train, const Dataset* val, const Batching& batching, std::int64_t val_batch_size)
      : model_(model), train_(train), val_(val), batching_(batching), val_batch_size_(val_batch_size) {}

  // The batches of an epoch, in an order that depends on the seed and the epoch only.
  [[nodiscard]] BatchRange batches(std::int64_t epoch) const;

  // The loss of a batch; FTS1304 unless check_output() passes, which is looked at once. Throws LibTorch's exceptions.
  [[nodiscard]] tl::expected<at::Tensor, Error> loss(const NamedTensors& batch);
  // Of the same batch at other weights; it counts for nothing.
  [[nodiscard]] at::Tensor loss_again(const NamedTensors& batch) { return model_.forward(batch).at("loss"); }

  // The metrics of an epoch: `train_loss`, as given, and val_<name>, means over the rows of the validation data (of its
  // first `val_batches` batches, if given), with the module in eval() meanwhile. Throws LibTorch's exceptions.
  [[nodiscard]] Metrics end_epoch(std::optional<double> train_loss, std::optional<std::int64_t> val_batches = {});

  // The names that end_epoch() will give, once loss() has been called.
  [[nodiscard]] const std::vector<std::string>& metrics() const { return metrics_; }

 private:
  void validate(std::optional<std::int64_t> batches, Metrics& into);

  Model& model_;
  const Dataset& train_;
  const Dataset* val_;
  Batching batching_;
  std::int64_t val_batch_size_;
  std::vector<std::string> metrics_;
};

}  // namespace fts
