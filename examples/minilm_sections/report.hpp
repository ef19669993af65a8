#pragma once
// Says on stdout what each epoch and each phase reached, and sums up at the end.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <fts/observer.hpp>

namespace minilm {

class Report final : public fts::Observer {
 public:
  // `accuracy` measures the model as it stands: after a move that is the phase's best, which the session went back to.
  explicit Report(std::function<double()> accuracy) : accuracy_(std::move(accuracy)) {}

  void on_epoch(const fts::EpochEvent& event) override;
  void on_phase_move(const fts::MoveEvent& event) override;
  void on_end(const fts::EndEvent& event) override;

  // The accuracy that each phase handed on, in a table with the time that passed.
  void print_summary() const;
  // What the run fell short of, in words; empty: of nothing. The gain is that over the first phase, if it ended in this
  // run and not in one that was resumed.
  [[nodiscard]] std::string shortfall(double accuracy, double gain) const;

 private:
  struct Phase {
    fts::PhaseInfo phase;
    std::int64_t epochs;
    double accuracy;
    double seconds;
  };
  void phase_ended(const fts::PhaseInfo& phase);
  // A run that was resumed behind its last epoch has no phase to tell of, but a model all the same.
  [[nodiscard]] double last_accuracy() const { return ended_.empty() ? accuracy_() : ended_.back().accuracy; }

  std::function<double()> accuracy_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  fts::PhaseInfo phase_;     // of the last epoch
  std::int64_t epochs_ = 0;  // of that phase
  std::vector<Phase> ended_;
};

}  // namespace minilm
