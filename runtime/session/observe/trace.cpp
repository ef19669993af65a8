#include "runtime/session/observe/trace.hpp"

#include <atomic>
#include <cmath>
#include <fstream>
#include <mutex>
#include <utility>

#include <ATen/record_function.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/base/code.hpp"

namespace fts {

namespace {

using json = nlohmann::ordered_json;

enum Track : int { kPhases = 1, kEpochs, kSteps, kParts };
constexpr const char* kTrackNames[] = {"", "phases", "epochs", "steps", "parts of steps"};

class Trace final : public Observer {
 public:
  Trace(std::unique_ptr<std::ostream> out, Clock clock) : out_(std::move(out)), clock_(std::move(clock)) {
    FTS_CHECK(current.exchange(this) == nullptr);
    for (const int track : {kPhases, kEpochs, kSteps, kParts}) {
      write(
          {{"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", track}, {"args", {{"name", kTrackNames[track]}}}});
    }
    handle_ = at::addGlobalCallback(
        at::RecordFunctionCallback(&Trace::part_begins, &Trace::part_ends).scopes({at::RecordScope::USER_SCOPE}));
  }

  ~Trace() override {
    at::removeCallback(handle_);
    current = nullptr;
    *out_ << "\n]\n";
  }

  void on_plan(const PlanEvent& e) override {
    phase_ = {e.depth, e.phases[static_cast<std::size_t>(e.depth)]};
    phase_began_ = epoch_began_ = step_began_ = clock_();
  }

  void on_step(const StepEvent& e) override {
    span(kSteps, fmt::format("step {}", e.step), std::exchange(step_began_, clock_()),
         {{"loss", number(e.loss())}, {"lr", e.lr}});
  }

  void on_epoch(const EpochEvent& e) override {
    json arguments = {{"phase", e.phase.name}, {"loss", number(e.loss)}};
    for (const auto& [name, value] : e.metrics) arguments[name] = number(value);
    span(kEpochs, fmt::format("epoch {}", e.epoch), epoch_began_, std::move(arguments));
    epoch_began_ = step_began_ = clock_();
  }

  void on_phase_move(const MoveEvent& e) override {
    phase_ended(e.reason);
    phase_ = e.to;
    phase_began_ = step_began_ = clock_();
  }

  void on_end(const EndEvent& e) override {
    phase_ended(e.reason);
    out_->flush();
  }

 private:
  struct Began : at::ObserverContext {
    double at = 0;
  };

  // The scope's callbacks are plain functions: the trace that they write to.
  static std::unique_ptr<at::ObserverContext> part_begins(const at::RecordFunction&) {
    auto began = std::make_unique<Began>();
    if (auto* trace = current.load()) began->at = trace->clock_();
    return began;
  }
  static void part_ends(const at::RecordFunction& function, at::ObserverContext* context) {
    if (auto* trace = current.load())
      trace->span(kParts, function.name(), static_cast<Began*>(context)->at, json::object());
  }

  void phase_ended(const std::string& reason) {
    span(kPhases, fmt::format("phase {} {}", phase_.depth, phase_.name), phase_began_, {{"ended by", reason}});
  }

  void span(Track track, const std::string& name, double began, json arguments) {
    write({{"name", name},
           {"ph", "X"},
           {"ts", began * 1e6},
           {"dur", (clock_() - began) * 1e6},
           {"pid", 1},
           {"tid", static_cast<int>(track)},
           {"args", std::move(arguments)}});
  }

  void write(const json& event) {
    const std::lock_guard lock(mutex_);
    *out_ << (std::exchange(any_, true) ? ",\n" : "[\n") << event.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  static json number(double value) { return std::isfinite(value) ? json(value) : json(fmt::format("{}", value)); }

  static std::atomic<Trace*> current;

  std::unique_ptr<std::ostream> out_;
  Clock clock_;
  std::mutex mutex_;
  bool any_ = false;
  at::CallbackHandle handle_{};
  PhaseInfo phase_;
  double phase_began_ = 0;
  double epoch_began_ = 0;
  double step_began_ = 0;
};

std::atomic<Trace*> Trace::current = nullptr;

}  // namespace

std::unique_ptr<Observer> make_trace(std::unique_ptr<std::ostream> out, Clock clock) {
  return std::make_unique<Trace>(std::move(out), std::move(clock));
}

tl::expected<std::unique_ptr<Observer>, Error> open_trace(const std::string& path) {
  auto file = std::make_unique<std::ofstream>(path);
  if (!*file) {
    return tl::unexpected(make_error(Code::unsupported_at_run_time,
                                     fmt::format("the trace '{}' cannot be written", path),
                                     "check that its folder exists and may be written to"));
  }
  return make_trace(std::move(file), steady_clock());
}

}  // namespace fts
