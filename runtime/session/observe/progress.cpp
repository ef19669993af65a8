#include "runtime/session/observe/progress.hpp"

#include <utility>

#include <fmt/format.h>

#include "compiler/base/render.hpp"

namespace fts {

namespace {

// "22,713,216"
std::string grouped(std::int64_t n) {
  const std::string digits = std::to_string(n);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string seconds(double s) {
  if (s < 60) return fmt::format("{:.1f} s", s);
  const auto whole = static_cast<std::int64_t>(s + 0.5);
  return fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

std::string title(const PhaseInfo& phase) { return fmt::format("phase {} {}", phase.depth, phase.name); }

class Progress final : public Observer {
 public:
  Progress(std::ostream& out, ProgressStyle style, Clock clock)
      : out_(out),
        style_(style),
        clock_(std::move(clock)),
        period_(style.terminal ? style.interval / 20 : style.interval) {}

  void on_plan(const PlanEvent& e) override {
    std::string phases;
    for (const auto& name : e.phases) phases += (phases.empty() ? "" : ", ") + name;
    line(fmt::format("{}: {} phases ({}); phase {} trains {} of {} parameters", e.model, e.phases.size(), phases,
                     e.depth, grouped(e.trained), grouped(e.total)));
    if (e.resumed) line(fmt::format("resumed from {}", *e.resumed));
    begin_epoch();
  }

  void on_step(const StepEvent& e) override {
    ++steps_;
    const double now = clock_();
    if (now - shown_at_ < period_) return;
    const double speed = static_cast<double>(steps_ - steps_shown_) / (now - shown_at_);
    shown_at_ = now;
    steps_shown_ = steps_;
    const auto text = fmt::format("epoch {} · {} · step {} · {:.1f} steps/s · loss {:.4f} · lr {:.2e}", e.epoch,
                                  title(e.phase), e.step, speed, e.loss(), e.lr);
    if (style_.terminal) {
      out_ << "\r\x1b[2K" << text << std::flush;
      open_ = true;
    } else {
      line(text);
    }
  }

  void on_epoch(const EpochEvent& e) override {
    std::string text = fmt::format("epoch {} · {} · step {} · {} batches in {} · loss {:.4f}", e.epoch, title(e.phase),
                                   e.step, e.batches, seconds(clock_() - epoch_began_), e.loss);
    for (const auto& [name, value] : e.metrics) text += fmt::format(" · {} {:.4f}", name, value);
    if (e.best) text += " (best)";
    line(text);
    begin_epoch();
  }

  void on_phase_move(const MoveEvent& e) override {
    std::string text = fmt::format("{} -> {}: {}", title(e.from), title(e.to), e.reason);
    if (e.restored) text += fmt::format("; back to the best, epoch {}", *e.restored);
    line(fmt::format("{}; {} of {} parameters train", text, grouped(e.trained), grouped(e.total)));
  }

  void on_warning(const Diagnostic& d) override {
    std::string text = render(d, SourceMap(), RenderStyle{});
    if (!text.empty() && text.back() == '\n') text.pop_back();
    line(text);
  }

  void on_end(const EndEvent& e) override {
    std::string text =
        fmt::format("{} after {} epochs and {} steps: {}", e.failed ? "failed" : "done", e.epochs, e.step, e.reason);
    if (e.restored) text += fmt::format("; back to the best, epoch {}", *e.restored);
    line(text);
  }

 private:
  // A line of its own, in place of the one that is being written over.
  void line(const std::string& text) {
    if (open_) out_ << "\r\x1b[2K";
    open_ = false;
    out_ << text << "\n" << std::flush;
  }

  void begin_epoch() {
    epoch_began_ = shown_at_ = clock_();
    steps_shown_ = steps_;
  }

  std::ostream& out_;
  ProgressStyle style_;
  Clock clock_;
  double period_;
  double epoch_began_ = 0;
  double shown_at_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t steps_shown_ = 0;
  bool open_ = false;
};

}  // namespace

std::unique_ptr<Observer> make_progress(std::ostream& out, const ProgressStyle& style, Clock clock) {
  return std::make_unique<Progress>(out, style, std::move(clock));
}

}  // namespace fts
