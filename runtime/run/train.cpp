#include "runtime/run/train.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include <ATen/Parallel.h>
#include <ATen/Context.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "compiler/base/code.hpp"
#include "compiler/plan/plan.hpp"
#include "runtime/bind/load_weights.hpp"
#include "runtime/checkpoint/folder.hpp"
#include "runtime/comm/rendezvous.hpp"
#include "runtime/run/fit.hpp"
#include "runtime/run/load_model.hpp"
#include "runtime/run/save_weights.hpp"
#include "runtime/run/stop_signals.hpp"
#include "runtime/run/trainer.hpp"
#include "runtime/session/observe/tensorboard.hpp"
#include "runtime/session/observe/trace.hpp"

namespace fts {

namespace {

namespace fs = std::filesystem;

template <class T>
using Expected = tl::expected<T, Error>;

struct Inputs {
  std::unique_ptr<Model> model;
  Dataset train;
  std::optional<Dataset> val;
};

// Appends what is wrong; the value, if nothing is.
template <class T>
std::optional<T> take(Expected<T> result, Error& faults) {
  if (result) return std::move(*result);
  for (auto& d : result.error().diagnostics) faults.diagnostics.push_back(std::move(d));
  return std::nullopt;
}

void take(Expected<void> result, Error& faults) {
  if (result) return;
  for (auto& d : result.error().diagnostics) faults.diagnostics.push_back(std::move(d));
}

// What the command line names, with everything that is wrong with it.
Expected<Inputs> read_inputs(const RunArguments& a) {
  Error faults;
  auto model = take(load_model(a.model, a.model_arguments), faults);
  auto train = take(Dataset::open(a.data, a.rows), faults);
  std::optional<Dataset> val;
  if (!a.val.empty()) val = take(Dataset::open(a.val, a.rows), faults);
  if (model && train) take(check_inputs((*model)->inputs(), train->tensors(), a.data), faults);
  if (model && val) take(check_inputs((*model)->inputs(), val->tensors(), a.val), faults);
  if (model && !a.weights.empty()) {
    take(load_weights((*model)->module(), a.weights, {a.allow_missing, a.allow_unexpected, ""}), faults);
  }
  if (train && a.drop_last && train->rows() < a.batch_size) {
    auto none = make_error(Code::data_unusable,
                           fmt::format("--drop-last leaves nothing of '{}': its {} rows fill no batch of {}", a.data,
                                       train->rows(), a.batch_size),
                           "leave --drop-last out, or take a smaller --batch-size");
    faults.diagnostics.push_back(std::move(none.diagnostics.front()));
  }
  if (!faults.diagnostics.empty()) return tl::unexpected(std::move(faults));
  return Inputs{std::move(*model), std::move(*train), std::move(val)};
}

Expected<void> prepare_folder(const RunArguments& a) {
  if (a.out.empty() || a.dry_run) return {};
  std::error_code error;
  fs::create_directories(a.out, error);
  if (error) {
    return tl::unexpected(
        make_error(Code::output_taken, fmt::format("the folder '{}' cannot be made: {}", a.out, error.message())));
  }
  if (!a.resume && a.resume_from.empty() && !checkpoint::list(a.out + "/checkpoints").empty()) {
    return tl::unexpected(make_error(Code::output_taken, fmt::format("'{}' holds checkpoints of a run", a.out),
                                     "--resume goes on with it; or give another folder, or remove this one"));
  }
  return {};
}

// `first`: of several processes one tells what happens.
Expected<Options> session_options(const RunArguments& a, std::int64_t rows, bool first) {
  Options options;
  options.strategy = a.strategy;
  options.inputs = a.inputs;
  options.max_epochs = a.max_epochs;
  options.batching = {{"--batch-size", std::to_string(a.batch_size)},
                      {"--seed", std::to_string(a.seed)},
                      {"the order", a.shuffle ? "shuffled" : "the file's (--no-shuffle)"},
                      {"a last batch that is not full", a.drop_last ? "dropped (--drop-last)" : "used"},
                      {"the number of rows", std::to_string(rows)}};
  options.resume = a.resume ? a.out + "/checkpoints" : a.resume_from;
  options.progress = !a.quiet && !a.dry_run;
  options.log_every_n_steps = a.log_every_n_steps;
  if (a.dry_run) return options;
  if (!a.out.empty()) options.checkpoints = a.out + "/checkpoints";
  options.log = a.log.empty() && !a.out.empty() ? a.out + "/log.jsonl" : a.log;
  Error faults;
  const auto add = [&](Expected<std::unique_ptr<Observer>> observer) {
    if (auto made = take(std::move(observer), faults)) options.observers.push_back(std::move(*made));
  };
  if (!first) return options;
  if (!a.tensorboard.empty()) add(open_tensorboard(a.tensorboard, a.log_every_n_steps));
  if (!a.profile.empty()) add(open_trace(a.profile));
  if (!faults.diagnostics.empty()) return tl::unexpected(std::move(faults));
  return options;
}

// One batch of each file, and nothing else.
Expected<Result> try_one_batch(Session& session, Trainer& trainer, const Inputs& inputs) {
  fmt::print("{}", plan::summary_table(session.plan(), false));
  const auto batches = trainer.batches(0);
  const auto loss = trainer.loss(*batches.begin());
  if (!loss) return tl::unexpected(loss.error());
  const auto watched = watched_metrics(session.plan().schedule);
  if (auto fits = check_metrics(watched, trainer.metrics(), inputs.val.has_value()); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  if (!session.try_step(*loss)) return session.result();
  fmt::print("\n{} batches an epoch; the first one's loss is {:.4f}\n", batches.size(), loss->item<double>());
  for (const auto& [name, value] : trainer.end_epoch(loss->item<double>(), 1)) fmt::print("{} {:.4f}\n", name, value);
  fmt::print("dry run: everything is there, and nothing was trained\n");
  return Result{};
}

Expected<Result> train(Session& session, Trainer& trainer, const Inputs& inputs) {
  const auto watched = watched_metrics(session.plan().schedule);
  bool metrics_known = false;
  for (auto& epoch : session.epochs()) {
    for (const auto& batch : epoch.shard(trainer.batches(epoch.index()))) {
      auto loss = trainer.loss(batch);
      if (!loss) return tl::unexpected(std::move(loss.error()));
      if (!std::exchange(metrics_known, true)) {
        auto fits = check_metrics(watched, trainer.metrics(), inputs.val.has_value());
        if (!fits) return tl::unexpected(std::move(fits.error()));
      }
      session.step([&, first = true]() mutable {
        return std::exchange(first, false) ? std::move(*loss) : trainer.loss_again(batch);
      });
      if (stop_signal() != 0) session.stop(fmt::format("stopped by SIG{}", ::sigabbrev_np(stop_signal())));
    }
    if (!session.broken_off()) epoch.finish(trainer.end_epoch(epoch.mean_loss()));
  }
  return session.result();
}

Expected<Result> run(const RunArguments& a) {
  if (a.threads > 0) at::set_num_threads(a.threads);
  const auto place = comm::rendezvous_from([](const char* name) { return std::getenv(name); });
  if (!place) return tl::unexpected(place.error());
  const bool first = place->rank == 0;
  at::manual_seed(a.seed + static_cast<std::uint64_t>(place->rank));
  auto inputs = read_inputs(a);
  if (!inputs) return tl::unexpected(std::move(inputs.error()));
  if (auto ready = prepare_folder(a); !ready) return tl::unexpected(std::move(ready.error()));
  const auto options = session_options(a, inputs->train.rows(), first);
  if (!options) return tl::unexpected(options.error());
  auto& module = inputs->model->module();
  module.train();
  auto session = Session::open(module, a.schedule, *options);
  if (!session) return tl::unexpected(std::move(session.error()));

  const Batching batching{a.batch_size, a.drop_last, a.shuffle ? std::optional(a.seed) : std::nullopt};
  Trainer trainer(*inputs->model, inputs->train, inputs->val ? &*inputs->val : nullptr, batching,
                  a.val_batch_size.value_or(a.batch_size));
  if (a.dry_run) return try_one_batch(*session, trainer, *inputs);
  auto result = train(*session, trainer, *inputs);
  if (result && !result->stopped && !a.out.empty() && first) {
    if (auto saved = save_weights(module, a.out + "/model.safetensors"); !saved)
      return tl::unexpected(std::move(saved.error()));
  }
  return result;
}

}  // namespace

tl::expected<Result, Error> run_training(const RunArguments& arguments) {
  try {
    return run(arguments);
  } catch (const c10::Error& e) {
    return tl::unexpected(
        make_error(Code::step_failed, fmt::format("the model failed: {}", e.what_without_backtrace())));
  } catch (const std::exception& e) {
    return tl::unexpected(make_error(Code::step_failed, fmt::format("the model failed: {}", e.what())));
  }
}

}  // namespace fts
