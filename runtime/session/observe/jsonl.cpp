#include "runtime/session/observe/jsonl.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/base/code.hpp"

namespace fts {

namespace {

using json = nlohmann::ordered_json;

// JSON has no NaN and no infinity; they are strings here.
json number(double value) { return std::isfinite(value) ? json(value) : json(fmt::format("{}", value)); }

template <class T>
json optional(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

class Jsonl final : public Observer {
 public:
  Jsonl(std::unique_ptr<std::ostream> out, int every_n_steps, Clock clock)
      : out_(std::move(out)), every_(every_n_steps), clock_(std::move(clock)), opened_(clock_()) {}

  void on_plan(const PlanEvent& e) override {
    write("plan", {{"model", e.model},
                   {"phases", e.phases},
                   {"depth", e.depth},
                   {"trained", e.trained},
                   {"total", e.total},
                   {"resumed", optional(e.resumed)}});
  }

  void on_step(const StepEvent& e) override {
    if (e.step % every_ != 0) return;
    write("step", {{"epoch", e.epoch},
                   {"depth", e.phase.depth},
                   {"step", e.step},
                   {"loss", number(e.loss())},
                   {"lr", number(e.lr)}});
  }

  void on_epoch(const EpochEvent& e) override {
    json metrics = json::object(), rates = json::object();
    for (const auto& [name, value] : e.metrics) metrics[name] = number(value);
    for (const auto& rate : e.rates) rates[rate.group] = number(rate.lr);
    write("epoch", {{"epoch", e.epoch},
                    {"depth", e.phase.depth},
                    {"phase", e.phase.name},
                    {"step", e.step},
                    {"batches", e.batches},
                    {"loss", number(e.loss)},
                    {"metrics", metrics},
                    {"best", e.best},
                    {"lr", rates}});
  }

  void on_phase_move(const MoveEvent& e) override {
    write("move", {{"epoch", e.epoch},
                   {"step", e.step},
                   {"from", e.from.depth},
                   {"to", e.to.depth},
                   {"phase", e.to.name},
                   {"reason", e.reason},
                   {"restored", optional(e.restored)},
                   {"trained", e.trained},
                   {"total", e.total}});
  }

  void on_checkpoint(const CheckpointEvent& e) override { write("checkpoint", {{"path", e.path}}); }

  void on_warning(const Diagnostic& d) override {
    json notes = json::array();
    for (const auto& note : d.notes) notes.push_back(note.message);
    write("warning", {{"code", info(d.code).id}, {"message", d.message}, {"notes", notes}});
  }

  void on_end(const EndEvent& e) override {
    write("end", {{"failed", e.failed},
                  {"reason", e.reason},
                  {"epochs", e.epochs},
                  {"step", e.step},
                  {"restored", optional(e.restored)}});
  }

 private:
  void write(const char* event, json&& fields) {
    json line = {{"event", event}, {"time", std::round((clock_() - opened_) * 1e3) / 1e3}};
    line.update(fields);
    *out_ << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
    if (!*out_ && !std::exchange(broken_, true))
      std::cerr << "warning: the log is no longer written: " << std::strerror(errno) << "\n";
  }

  std::unique_ptr<std::ostream> out_;
  int every_;
  Clock clock_;
  double opened_;
  bool broken_ = false;  // told once
};

}  // namespace

std::unique_ptr<Observer> make_jsonl(std::unique_ptr<std::ostream> out, int every_n_steps, Clock clock) {
  return std::make_unique<Jsonl>(std::move(out), every_n_steps, std::move(clock));
}

tl::expected<std::unique_ptr<Observer>, Error> open_jsonl(const std::string& path, int every_n_steps) {
  auto file = std::make_unique<std::ofstream>(path, std::ios::app);
  if (!*file) {
    return tl::unexpected(make_error(Code::unsupported_at_run_time, fmt::format("the log '{}' cannot be written", path),
                                     "check that its folder exists and may be written to"));
  }
  return make_jsonl(std::move(file), every_n_steps, steady_clock());
}

}  // namespace fts
