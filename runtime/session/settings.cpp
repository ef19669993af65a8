#include "runtime/session/settings.hpp"

#include "compiler/rates/arguments.hpp"

namespace fts::session {

namespace {

void read_checkpoint(const nlohmann::json& values, Settings& s, rates::Arguments& a) {
  if (const auto it = values.find("monitor"); it != values.end() && it->is_string()) {
    s.best_metric = it->get<std::string>();
    s.best_maximize = values.value("mode", "min") == "max";
  }
  a.ignore({"monitor", "mode"});
  s.save_top_k = a.integer("save_top_k", 1);
  s.save_last = a.boolean("save_last", true);
  s.every_n_epochs = a.integer("every_n_epochs", 1);
  s.every_n_steps = a.integer("every_n_steps", 0);
  a.require(s.every_n_epochs >= 1, "'every_n_epochs' must be at least 1");
  a.require(s.every_n_steps >= 0, "'every_n_steps' must not be negative");
  a.ignore({"save_on_train_epoch_end"});  // an epoch ends with its validation here: both ends are one
}

}  // namespace

tl::expected<Settings, Error> read_settings(const plan::Schedule& schedule) {
  const auto& values = schedule.settings;
  Settings s;
  s.restore_best = schedule.restore_best;
  if (schedule.monitor) {
    s.best_metric = schedule.monitor->metric;
    s.best_maximize = schedule.monitor->maximize;
  }
  rates::Arguments a("the schedule's settings", values);
  if (const double clip = a.number("gradient_clip_val", 0); clip > 0) s.clip = clip;
  if (const auto it = values.find("gradient_clip_algorithm"); it != values.end()) s.clip_by_value = *it == "value";
  s.accumulate = a.integer("accumulate_grad_batches", 1);
  a.require(s.accumulate >= 1, "'accumulate_grad_batches' must be at least 1");
  s.frozen_bn_track_running_stats = a.boolean("frozen_bn_track_running_stats", true);
  // Read by the compiler, or of no effect while the optimizer is the session's own.
  for (const auto& [name, value] : values.items()) a.ignore({name});
  if (auto done = a.finish(); !done) return tl::unexpected(std::move(done.error()));

  const auto checkpoint = values.find("checkpoint");
  if (checkpoint == values.end() || !checkpoint->is_object()) return s;
  rates::Arguments c("checkpoint", *checkpoint);
  read_checkpoint(*checkpoint, s, c);
  if (auto done = c.finish(); !done) return tl::unexpected(std::move(done.error()));
  return s;
}

}  // namespace fts::session
