// A run through 54 batches in 9 epochs with validation, and all that came of it.
#pragma once
#include <torch/torch.h>

#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "runtime/session/session.hpp"

namespace fts::test {

struct RecordedRun {
  std::vector<double> losses;  // of this process' batches, a step each
  std::vector<double> validation;
  std::vector<torch::Tensor> weights;
  Result result;
};

struct ToRecord {
  std::function<torch::Tensor(int seed)> loss;  // of a batch, which is made from the seed
  std::function<torch::Tensor()> validation;    // without gradients
  std::function<void(Session&, int batch)> before_batch = {}, after_batch = {};  // `batch` counts from 1
};

// Throws what the session has to say where it fails.
inline RecordedRun record_run(const torch::nn::Module& net, tl::expected<Session, Error> session,
                              const ToRecord& what) {
  RecordedRun run;
  if (!session) throw std::runtime_error(session.error().text());
  int seen = 0;
  for (auto& epoch : session->epochs()) {
    for (auto i = epoch.start_step(); i < 6; ++i) {
      ++seen;
      if (what.before_batch) what.before_batch(*session, seen);
      const auto loss = what.loss(static_cast<int>(epoch.index() * 6 + i));
      run.losses.push_back(loss.item<double>());
      session->step(loss);
      if (what.after_batch) what.after_batch(*session, seen);
      if (session->broken_off()) break;
    }
    if (session->broken_off()) break;
    const torch::NoGradGuard no_grad;
    run.validation.push_back(what.validation().item<double>());
    // Of three epochs the second is the best, so that who moves on, or ends, goes back to it.
    constexpr double kWorse[] = {10, 0, 20};
    epoch.finish({{"val_loss", run.validation.back() + kWorse[epoch.index() % 3]}});
  }
  auto result = session->result();
  if (!result) throw std::runtime_error(result.error().text());
  run.result = std::move(*result);
  for (const auto& p : net.parameters()) run.weights.push_back(p.detach().clone());
  return run;
}

// Of several shares of a batch's rows one: every shares-th from `share` on.
inline torch::Tensor share_of(const torch::Tensor& rows, int share, int shares) {
  return rows.index({torch::indexing::Slice(share, torch::indexing::None, shares)});
}

}  // namespace fts::test
