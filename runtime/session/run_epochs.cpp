// Epochs, moves from phase to phase, and the end of a run.
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include <fmt/format.h>
#include <torch/nn/module.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/session/guarded.hpp"
#include "runtime/session/random.hpp"
#include "runtime/session/tell.hpp"

namespace fts::session {

Epoch* Run::next_epoch() {
  if (in_epoch_) finish(Metrics{});
  guarded("the start of an epoch", [&] {
    if (more()) begin_epoch();
  });
  if (more()) {
    in_epoch_ = true;
    return &epoch_;
  }
  end(result_.reason);
  return nullptr;
}

void Run::begin_epoch() {
  if (!std::exchange(begun_, true)) {
    adapter_->on_before_fts_fit_start();
    if (phase0_overridden_ && depth() == 0) adapter_->phase0_optimizer_override();
    PlanEvent event{plan_.model, {}, depth(), 0, 0, std::nullopt};
    for (const auto& phase : plan_.schedule.phases) event.phases.push_back(phase.name);
    std::tie(event.trained, event.total) = trained_and_total();
    if (!result_.checkpoint.empty()) event.resumed = result_.checkpoint;
    tell(&Observer::on_plan, event);
  }
  if (!training_set_is_the_plans()) return;
  // In the middle of an epoch the decision at its start has been taken before the run was killed.
  if (!std::exchange(resumed_in_epoch_, false)) {
    const int from = depth();
    act_on(machine_.start_epoch(epoch_index_), from);
    if (!more() || !training_set_is_the_plans()) return;
    if (std::exchange(snapshot_due_, false)) snapshot_.emplace(take_snapshot());
    batch_ = start_step_ = 0;
    cut_ = false;
    if (resume_random_) FTS_CHECK(set_random_state(*std::exchange(resume_random_, std::nullopt)));
    epoch_random_ = random_state();
    loss_sum_ = 0;
    loss_count_ = 0;
    settle_step();
  } else if (resume_random_) {
    FTS_CHECK(set_random_state(*resume_random_));  // for a program that skips batches by itself; shard() sets it anew
    settle_step();
  }
  if (!bound_.parameters.empty()) precision_.on(bound_.parameters.front().device().type());
}

void Run::finish(const std::optional<Metrics>& metrics) {
  precision_.off();
  if (broken_off()) {
    in_epoch_ = false;
    return;
  }
  if (!in_epoch_) {
    fail(make_error(Code::misused_session, "finish() was called outside of an epoch",
                    "call it once, at the end of each epoch"));
    return;
  }
  batches_ended(true);
  if (!error_) {
    guarded("the end of an epoch", [&] {
      const auto all = alone() ? metrics : agreed(metrics);
      if (!all || metrics_complete(*all)) end_epoch(all);
    });
  }
  in_epoch_ = false;
}

// The means over the ranks, added up in the order of ranks, so that all ranks have them bit for bit. What is the same
// on all ranks stays as it is.
std::optional<Metrics> Run::agreed(const std::optional<Metrics>& metrics) {
  auto mine = nlohmann::json();
  if (metrics) {
    mine = nlohmann::json::object();
    for (const auto& [name, value] : *metrics) mine[name] = phase::exact(value);
  }
  const auto names = [](const nlohmann::json& reported) {
    std::vector<std::string> keys;
    for (const auto& [name, value] : reported.items()) keys.push_back(name);
    return keys;
  };
  std::vector<nlohmann::json> all;
  for (const auto& text : world_->exchange(mine.dump(), "compares the metrics of an epoch"))
    all.push_back(nlohmann::json::parse(text));
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    if (names(all[rank]) != names(mine) || all[rank].is_null() != mine.is_null())
      world_->diverged(fmt::format("rank {} reports the metrics {}, rank {} reports {}", this->rank(), mine.dump(),
                                   rank, all[rank].dump()));
  }
  if (!metrics) return metrics;
  Metrics means;
  for (const auto& [name, value] : *metrics) {
    double sum = 0;
    bool alike = true;
    for (const auto& theirs : all) {
      alike = alike && theirs.at(name) == mine.at(name);
      sum += phase::exact(theirs.at(name));
    }
    means[name] = alike ? value : sum / ranks();
  }
  return means;
}

std::optional<double> Run::mean_loss() const {
  if (loss_count_ == 0) return std::nullopt;
  return loss_sum_ / static_cast<double>(loss_count_);
}

bool Run::metrics_complete(const Metrics& metrics) {
  auto needed = machine_.needed_metrics();
  if (settings_.restore_best && settings_.best_metric) needed.push_back(*settings_.best_metric);
  if (const auto watched = training_->monitor(); !watched.empty()) needed.push_back(watched);
  for (const auto& name : needed) {
    if (metrics.contains(name)) continue;
    fail(missing(name, metrics));
    return false;
  }
  return true;
}

Error Run::missing(const std::string& metric, const Metrics& reported) const {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : reported) names.push_back(name);
  auto near = did_you_mean(nearest(metric, names, 1));
  return make_error(Code::metric_missing,
                    fmt::format("phase '{}' needs the metric '{}', which epoch {} did not report", phase().name, metric,
                                epoch_index_),
                    near.empty() ? fmt::format("call epoch.finish({{{{\"{}\", value}}}})", metric) : near);
}

void Run::end_epoch(const std::optional<Metrics>& reported) {
  Metrics metrics = reported.value_or(Metrics{});
  if (rules_.single_precision_metrics) {
    for (auto& [name, value] : metrics) value = static_cast<double>(static_cast<float>(value));
  }
  batch_norms_.pin();
  EpochEvent event{phase_info(depth()), epoch_index_, steps_, batch_, 0, metrics, false, {}};
  event.loss = mean_loss().value_or(0);
  for (const auto& group : training_->optimizer().groups()) event.rates.push_back({group.name, group.rate.lr});

  if (reported) {
    machine_.end_epoch(metrics);
    for (const auto& [name, metric] : metrics) last_metrics_.insert_or_assign(name, metric);
  }
  const auto& seen = rules_.schedulers_see_last_metric ? last_metrics_ : metrics;
  const auto watched = seen.find(training_->monitor());
  // A scheduler that watches a metric rests where there is none (Lightning stops where there has been none yet); none
  // steps for a part of an epoch.
  const bool unseen = watched == seen.end() && !training_->monitor().empty();
  const bool steps = !cut_ && training_->schedule_due(rates::Pace::Interval::epoch, epoch_index_ + 1);
  if (steps && unseen && rules_.schedulers_see_last_metric) return fail(missing(training_->monitor(), metrics));
  if (steps && !unseen) {
    training_->step_schedule(rates::Pace::Interval::epoch, epoch_index_ + 1,
                             watched == seen.end() ? 0 : watched->second);
  }
  std::optional<double> value;
  if (best_.metric()) {
    if (const auto it = metrics.find(*best_.metric()); it != metrics.end()) value = it->second;
    if (value && std::isnan(*value)) value = worst_value();
  }
  const bool due = (epoch_index_ + 1) % settings_.every_n_epochs == 0;
  if (best_.metric() && !std::exchange(monitor_validated_, true)) adapter_->on_validate_monitor_metric(*best_.metric());
  event.best = value && (due || !rules_.best_only_where_saved) && best_.observe(*value, epoch_index_);
  if (event.best && settings_.restore_best) {
    // Without a folder for it the copy waits until the phase goes on: a move from the best needs none.
    snapshot_due_ = !keeper_.active() && !rules_.one_best_for_the_run && !rules_.always_restore;
    snapshot_.reset();
    if (!snapshot_due_) snapshot_.emplace(take_snapshot());
  }
  start_step_ = 0;
  resume_random_.reset();
  in_epoch_ = false;
  const bool kept = settings_.save_last || (value && keeper_.ranks(depth(), *value));
  if (keeper_.active() && ((due && kept) || event.best)) {
    save(fmt::format("epoch{}", epoch_index_), epoch_index_ + 1, value,
         event.best && snapshot_ ? *snapshot_ : take_snapshot());
  }
  ++epoch_index_;
  tell(&Observer::on_epoch, event);
  // Ranks may see a failed save at different times: where there are several, all look at the next save.
  if (alone()) settle_save(false);
}

// What a metric that is not a number counts as; nothing: it counts for nothing.
std::optional<double> Run::worst_value() const {
  if (!rules_.nan_can_be_best) return std::nullopt;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return settings_.best_maximize ? -kInfinity : kInfinity;
}

void Run::move(int from, const std::string& reason) {
  training_->leave();
  const auto restored = restore_best(from);
  if (error_) return;
  if (!rules_.one_best_for_the_run) {
    best_.forget();
    snapshot_.reset();
    snapshot_due_ = false;
  }
  enter_phase(phase(), false);
  MoveEvent event{phase_info(from), phase_info(depth()), epoch_index_, steps_, reason, restored, 0, 0};
  std::tie(event.trained, event.total) = trained_and_total();
  tell(&Observer::on_phase_move, event);
  result_.moves.push_back(std::move(event));
}

// Back to the best epoch of the phase `of` that ends, from memory, or from the disk if a killed run saw it. Its epoch,
// or nothing if the phase has no best or the model is there already.
std::optional<std::int64_t> Run::restore_best(int of) {
  if (!settings_.restore_best || best_.epoch() < 0) return std::nullopt;
  if (best_.epoch() == epoch_index_ - 1 && !in_epoch_ && !rules_.always_restore) return std::nullopt;
  auto done = snapshot_ ? restore_from(*snapshot_) : restore_from_disk(of);
  if (done) return best_.epoch();
  fail(make_error(Code::checkpoint_mismatch,
                  fmt::format("the best epoch, {}, cannot be restored: {}", best_.epoch(), done.error())));
  return std::nullopt;
}

tl::expected<void, std::string> Run::restore_from(const Snapshot& snapshot) {
  StateDict model;
  for (const auto& t : snapshot.model()) model.emplace(t.name, t.tensor);
  adapter_->before_restore_model(model);
  if (auto loaded = load_model(model); !loaded) return loaded;
  adapter_->on_before_restore_optimizers_and_lrs();
  if (!adapter_->restore_optimizer()) return {};
  return training_->return_to(snapshot.training(), snapshot.optimizer());
}

tl::expected<void, std::string> Run::restore_from_disk(int depth) {
  settle_save(true);
  if (!alone()) (void)world_->exchange("", "goes back to the best checkpoint");
  const auto loaded =
      checkpoint::load(keeper_.best_of(rules_.one_best_for_the_run ? std::nullopt : std::optional(depth)));
  if (!loaded) return tl::unexpected(loaded.error().diagnostics.front().message);
  StateDict model;
  for (const auto& [name, stored] : loaded->model.all()) model.emplace(name, stored.view());
  adapter_->before_restore_model(model);
  if (auto done = load_model(model); !done) return done;
  adapter_->on_before_restore_optimizers_and_lrs();
  if (!adapter_->restore_optimizer()) return {};
  auto tensors = optimizer_state(loaded->optimizer);
  if (!tensors) return tl::unexpected(std::move(tensors.error()));
  return training_->return_to(loaded->state.value("training", nlohmann::json()), *tensors);
}

void Run::end(const std::string& reason) {
  precision_.off();
  if (std::exchange(told_end_, true)) return;
  EndEvent event{reason, error_.has_value(), epoch_index_, steps_, std::nullopt};
  guarded("the end of the run", [&] {
    batch_norms_.pin();
    const bool restores = rules_.restore_at_end && !result_.stopped;
    if (ended_ && !error_ && restores) event.restored = result_.restored = restore_best(depth());
    settle_save(true);
    if (!alone() && !error_) (void)world_->exchange("", "ends the run");  // nobody leaves before saves are durable
    // Who has failed does not wait for ranks that may be elsewhere: its module stays sharded.
    if (whole_at_end_ && (ranks() == 1 || !error_)) adapter_->teardown();
  });
  event.failed = error_.has_value();
  if (error_) event.reason = error_->diagnostics.empty() ? "" : error_->diagnostics.front().message;
  tell(&Observer::on_end, event);
}

bool Run::training_set_is_the_plans() {
  auto error = make_error(Code::training_set_differs, "",
                          "leave requires_grad to the session; `thaw` and `freeze` of the schedule say what trains");
  auto& notes = error.diagnostics.front().notes;
  for (std::uint32_t position = 0; position < bound_.parameters.size(); ++position) {
    const bool should = std::binary_search(should_train_.begin(), should_train_.end(), position);
    if (bound_.parameters[position].requires_grad() == should) continue;
    notes.push_back({fmt::format("'{}' {}", plan_.parameters[position].name,
                                 should ? "is frozen and should train" : "trains and should be frozen"),
                     {}});
  }
  if (notes.empty()) return true;
  error.diagnostics.front().message =
      fmt::format("in phase '{}', epoch {}, what trains differs from the plan in {} parameter{}", phase().name,
                  epoch_index_, notes.size(), notes.size() == 1 ? "" : "s");
  fail(std::move(error));
  return false;
}

PhaseInfo Run::phase_info(int depth) const {
  return {depth, plan_.schedule.phases[static_cast<std::size_t>(depth)].name};
}

std::pair<std::int64_t, std::int64_t> Run::trained_and_total() const {
  std::pair<std::int64_t, std::int64_t> counts;
  for (const auto position : positions()) {
    const auto& parameter = bound_.parameters[position];
    counts.second += parameter.numel();
    if (parameter.requires_grad()) counts.first += parameter.numel();
  }
  return counts;
}

}  // namespace fts::session
