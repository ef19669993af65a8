#include "examples/minilm_sections/report.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace minilm {

void Report::on_epoch(const fts::EpochEvent& event) {
  phase_ = event.phase;
  ++epochs_;
  fmt::print("epoch {}, phase {}: accuracy {:.3f}\n", event.epoch, event.phase.name,
             event.metrics.find("val_accuracy")->second);
  std::fflush(stdout);
}

void Report::on_phase_move(const fts::MoveEvent& event) { phase_ended(event.from); }

void Report::on_end(const fts::EndEvent& event) {
  if (!event.failed && epochs_ > 0) phase_ended(phase_);
}

void Report::phase_ended(const fts::PhaseInfo& phase) {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began_;
  ended_.push_back({phase, epochs_, accuracy_(), passed.count()});
  epochs_ = 0;
  fmt::print("phase {} ends: accuracy {:.3f}\n", phase.name, ended_.back().accuracy);
  std::fflush(stdout);
}

void Report::print_summary() const {
  fmt::print("\n{:<12} {:>6} {:>9} {:>9}\n", "phase", "epochs", "accuracy", "time");
  double before = 0;
  for (const auto& e : ended_) {
    fmt::print("{:<12} {:>6} {:>9.3f} {:>7.0f} s\n", e.phase.name, e.epochs, e.accuracy, e.seconds - before);
    before = e.seconds;
  }
  fmt::print("\naccuracy {:.3f} after {:.0f} s\n", last_accuracy(), before);
  std::fflush(stdout);
}

std::string Report::shortfall(double accuracy, double gain) const {
  const double last = last_accuracy();
  if (last < accuracy) return fmt::format("the last accuracy is {:.3f}; it should be at least {:.3f}", last, accuracy);
  if (ended_.empty() || ended_.front().phase.depth != 0) return {};
  const Phase& first = ended_.front();
  if (last - first.accuracy >= gain) return {};
  return fmt::format("the last accuracy is {:.3f}; it should be at least {:.3f} above the {:.3f} of phase '{}'", last,
                     gain, first.accuracy, first.phase.name);
}

}  // namespace minilm
