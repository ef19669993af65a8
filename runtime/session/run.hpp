// One run behind a Session. The parts: `phase` decides, `training_` steps, `keeper_` saves, observers look; this class
// calls them in order. run.cpp: opening; run_steps.cpp: batches and steps; run_epochs.cpp: epochs, moves, the end;
// run_state.cpp: saving and resuming.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

#include "compiler/plan/plan.hpp"
#include "runtime/adapters/connected_session.hpp"
#include "runtime/adapters/registry.hpp"
#include "runtime/bind/bind.hpp"
#include "runtime/bind/module_parameters.hpp"
#include "runtime/call/calls.hpp"
#include "runtime/checkpoint/folder.hpp"
#include "runtime/phase/best.hpp"
#include "runtime/phase/machine.hpp"
#include "runtime/session/batch_norm.hpp"
#include "runtime/session/keeper.hpp"
#include "runtime/session/precision.hpp"
#include "runtime/session/session.hpp"
#include "runtime/session/settings.hpp"
#include "runtime/session/snapshot.hpp"
#include "runtime/session/training.hpp"

namespace fts::session {

// The strategy that a run uses: the one of that name, or the only one, or `base` where the plan has none. FTS0702.
[[nodiscard]] tl::expected<plan::Strategy, Error> pick_strategy(const plan::Plan& plan, const std::string& name);

class Run final : public BatchControl {
 public:
  static tl::expected<std::unique_ptr<Run>, Error> open(torch::nn::Module& module, plan::Plan plan,
                                                        const Options& options);
  // A program that leaves in the middle of an epoch gets its thread back without autocast.
  ~Run() override { precision_.off(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // The next epoch with its phase entered, or null: the run has ended.
  Epoch* next_epoch();
  void finish(const std::optional<Metrics>& metrics);  // none: the epoch is not validated
  bool step(const at::Tensor& loss);
  bool step(const std::function<at::Tensor()>& loss_of);
  bool try_step(const at::Tensor& loss);
  bool save();
  // Several processes: all stop where the first to be told stops, at the end of its step.
  void stop(const std::string& reason);
  void warn(Diagnostic diagnostic);  // to the observers, and into the result
  [[nodiscard]] bool broken_off() const { return error_ || result_.stopped; }
  tl::expected<Result, Error> result();

  [[nodiscard]] const plan::Plan& plan() const { return plan_; }
  [[nodiscard]] Epoch& epoch() { return epoch_; }
  [[nodiscard]] std::int64_t epoch_index() const { return epoch_index_; }
  [[nodiscard]] int depth() const { return machine_.depth(); }
  [[nodiscard]] const plan::Phase& phase() const { return plan_.schedule.phases[static_cast<std::size_t>(depth())]; }
  [[nodiscard]] std::int64_t start_step() const { return start_step_; }
  [[nodiscard]] std::optional<double> mean_loss() const;  // of the epoch so far
  [[nodiscard]] const Training& training() const { return *training_; }
  [[nodiscard]] const phase::Best& best() const { return best_; }

  [[nodiscard]] bool more() const override { return !error_ && !ended_; }
  [[nodiscard]] int share() const override;
  [[nodiscard]] int shares() const override;
  std::int64_t before_batches() override;
  void after_skip() override;
  void batches_ended(bool all) override;

 private:
  Run(torch::nn::Module& module, plan::Plan plan, Settings settings, plan::Strategy strategy, AdapterChoice choice,
      std::shared_ptr<World> world, Precision precision, std::optional<bind::Weights> weights, const Options& options);

  // Opening.
  tl::expected<void, Error> begin(const Options& options);
  // The schedule meets the model, as the adapter has it: generated, validated, bound; then the optimizer is made.
  tl::expected<void, Error> init_schedule(const Options& options);
  void enter_phase(const plan::Phase& phase, bool first);
  void hold_batch_norms(const plan::Phase& phase, bool first);
  tl::expected<void, Error> resume(const Options& options);
  tl::expected<void, std::string> resume_from(const checkpoint::Loaded& loaded);

  // Steps.
  void backward(const at::Tensor& loss);
  // Whether a step may be made now; otherwise the error is latched, or the run has ended.
  [[nodiscard]] bool may_step(bool can_evaluate_again);
  void take_loss(const at::Tensor& loss);
  void optimizer_step(const optim::Optimizer::Closure& evaluate = nullptr);
  void prepare_gradients();
  void check_gradients();
  void check_calls();
  void stop_now();
  void act_on(const phase::Decision& decision, int from);
  // Nothing waits for a step: a checkpoint goes on from here.
  void settle_step();

  // Epochs.
  void begin_epoch();
  void end_epoch(const std::optional<Metrics>& reported);
  [[nodiscard]] bool metrics_complete(const Metrics& metrics);
  [[nodiscard]] Error missing(const std::string& metric, const Metrics& reported) const;
  // What all ranks report; their mean where they differ.
  [[nodiscard]] std::optional<Metrics> agreed(const std::optional<Metrics>& metrics);
  [[nodiscard]] std::optional<double> worst_value() const;
  void move(int from, const std::string& reason);
  std::optional<std::int64_t> restore_best(int of);
  [[nodiscard]] tl::expected<void, std::string> restore_from(const Snapshot& snapshot);
  [[nodiscard]] tl::expected<void, std::string> restore_from_disk(int depth);
  void end(const std::string& reason);
  [[nodiscard]] bool training_set_is_the_plans();

  // State.
  void save(const std::string& what, std::int64_t next_epoch, std::optional<double> best_value, const Snapshot& now);
  // Tells of the checkpoint that has become durable; `wait` waits for the one that is being written.
  void settle_save(bool wait);
  [[nodiscard]] Snapshot take_snapshot();
  [[nodiscard]] std::string best_checkpoint() const;  // the path of the present phase's; empty: none
  [[nodiscard]] nlohmann::json state(std::int64_t next_epoch) const;
  void restore_state(const checkpoint::Loaded& loaded);  // throws nlohmann's exceptions on another shape
  [[nodiscard]] tl::expected<void, std::string> restore_tensors(const checkpoint::Loaded& loaded);
  // Copies by name; nothing where anything is missing or has another shape.
  [[nodiscard]] tl::expected<void, std::string> load_model(const StateDict& model);
  void restore_gradients(const checkpoint::StoredTensors& stored);
  // The optimizer's state in a checkpoint, not to be written to; it refers to the names in `stored`.
  [[nodiscard]] tl::expected<std::vector<optim::Optimizer::State>, std::string> optimizer_state(
      const checkpoint::StoredTensors& stored) const;
  // Each tensor once, by the module's own first name: what this rank keeps of it.
  [[nodiscard]] std::vector<bind::NamedTensor> named_parameters() const;
  [[nodiscard]] std::vector<bind::NamedTensor> named_buffers() const;
  // The positions of named_parameters().
  [[nodiscard]] std::vector<std::uint32_t> positions() const;
  [[nodiscard]] at::IntArrayRef whole_sizes(std::uint32_t position) const;
  // Several processes: the tensors that this one writes, and what they need beside the snapshot, put together by all.
  [[nodiscard]] std::unordered_set<std::uint32_t> positions_to_write() const;
  void gather(checkpoint::Content& content, const Snapshot& now);
  [[nodiscard]] bool alone() const { return world_ == nullptr; }
  [[nodiscard]] int ranks() const;
  [[nodiscard]] int rank() const;

  // Observers only look: one that throws hears nothing more, and the run goes on.
  template <class Event>
  void tell(void (Observer::*what)(const Event&), const Event& event);
  // Runs `body`; an exception of LibTorch or of the system library is latched as FTS1005 and ends the run.
  template <class Body>
  void guarded(const char* what, Body&& body);
  void fail(Error error);
  [[nodiscard]] PhaseInfo phase_info(int depth) const;
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> trained_and_total() const;

  torch::nn::Module& module_;
  std::shared_ptr<World> world_;  // null: one process
  plan::Plan plan_;
  Settings settings_;
  plan::Strategy strategy_;
  ConnectedSession handle_;
  std::unique_ptr<Adapter> adapter_;
  std::unique_ptr<calls::Calls> calls_;  // null: the plan says nothing of calls
  bind::Bound bound_;
  Names own_names_;  // the module's own, by position
  std::vector<std::shared_ptr<Observer>> observers_;

  phase::Rules rules_;
  phase::PhaseMachine machine_;
  phase::Best best_;
  std::unique_ptr<Training> training_;
  FrozenBatchNorms batch_norms_;
  bool batch_norms_freed_ = false;
  Precision precision_;
  Keeper keeper_;
  std::optional<Snapshot> snapshot_;         // of best_.epoch(), if this process has seen it
  bool monitor_validated_ = false;           // the adapter has been asked about the metric that says what is best
  bool phase0_overridden_ = false;           // the program's own optimizer trained something else than phase 0
  bool all_observe_ = false;                 // every observer is there
  bool snapshot_due_ = false;                // the model is at the best; copied when the phase goes on
  std::vector<std::uint32_t> should_train_;  // what the plan says trains now, ascending

  std::map<std::string, std::string> batching_;
  bool whole_at_end_;
  Epoch epoch_;
  std::int64_t epoch_index_ = 0;  // that runs or comes next
  bool in_epoch_ = false;
  bool cut_ = false;               // the run ended before all batches of the epoch were used
  bool resumed_in_epoch_ = false;  // the epoch to come had begun when its checkpoint was taken
  std::int64_t batch_ = 0;         // batches of this epoch that have been trained
  std::int64_t start_step_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t gathered_ = 0;  // batches since the last optimizer step
  bool stop_asked_ = false;    // of this rank
  bool stops_ = false;         // some rank's, at the end of this step
  std::string stop_reason_;
  // At the last optimizer step, where batches accumulate over several processes.
  std::string step_random_;
  double step_loss_sum_ = 0;
  bool first_step_of_phase_ = true;
  bool calls_checked_ = false;
  Metrics last_metrics_;  // of the epochs so far, each as it was reported last
  at::Tensor last_loss_;
  double loss_sum_ = 0;
  std::int64_t loss_count_ = 0;
  std::string epoch_random_;                  // the generator when the epoch began
  std::optional<std::string> resume_random_;  // to be set when the resumed run goes on

  bool begun_ = false;
  bool ended_ = false;
  bool told_end_ = false;
  std::optional<Error> error_;
  Result result_;
};

}  // namespace fts::session
