// Batches, and the steps that they make.
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/optim/clip.hpp"
#include "runtime/session/guarded.hpp"
#include "runtime/session/random.hpp"
#include "runtime/session/tell.hpp"

namespace fts::session {

bool Run::may_step(bool can_evaluate_again) {
  if (!more()) return false;
  if (!in_epoch_) {
    fail(make_error(Code::misused_session, "step() was called outside of an epoch",
                    "call it in the loop over epochs()"));
  } else if (training_->optimizer().evaluates_again() && !can_evaluate_again) {
    fail(make_error(Code::misused_session,
                    fmt::format("'{}' computes the loss several times a step", training_->optimizer().spec().name),
                    "give step() a function: session.step([&] { return loss_of(batch); })"));
  } else if (training_->optimizer().evaluates_again() && !alone()) {
    fail(make_error(Code::unsupported_at_run_time,
                    fmt::format("'{}' is for one process", training_->optimizer().spec().name),
                    "each would search by the loss of its own batches: take another optimizer"));
  }
  return more();
}

void Run::take_loss(const at::Tensor& loss) {
  last_loss_ = loss.detach();
  loss_sum_ += last_loss_.item<double>();
  ++loss_count_;
  ++batch_;
}

bool Run::step(const at::Tensor& loss) {
  if (!may_step(false)) return false;
  guarded("training", [&] {
    {
      RECORD_USER_SCOPE("backward");
      const Precision::Pause pause(precision_);
      backward(settings_.accumulate > 1 ? loss / settings_.accumulate : loss);
    }
    batch_norms_.pin();
    take_loss(loss);
    if (++gathered_ == settings_.accumulate) optimizer_step();
  });
  return more();
}

void Run::backward(const at::Tensor& loss) {
  const bool reduces = !loss.defined() || gathered_ + 1 == settings_.accumulate;
  if (adapter_->backward(loss, reduces, stop_asked_)) stops_ = true;
  if (calls_ && !std::exchange(calls_checked_, true)) check_calls();
}

bool Run::step(const std::function<at::Tensor()>& loss_of) {
  if (!may_step(true)) return false;
  if (!training_->optimizer().evaluates_again()) return step(loss_of());
  guarded("training", [&] {
    bool first = true;
    optimizer_step([&] {
      const at::AutoGradMode with_gradients(true);
      training_->optimizer().zero_grad();
      const auto loss = loss_of();
      {
        const Precision::Pause pause(precision_);
        backward(loss);
      }
      batch_norms_.pin();
      if (std::exchange(first, false)) take_loss(loss);
      prepare_gradients();
      return loss.item<double>();
    });
  });
  return more();
}

bool Run::try_step(const at::Tensor& loss) {
  if (!more()) return false;
  if (begun_) {
    fail(
        make_error(Code::misused_session, "try_step() was called after training had begun", "call it before epochs()"));
    return false;
  }
  guarded("trying a step", [&] {
    {
      const Precision::Pause pause(precision_);
      adapter_->backward(loss, true, false);
    }
    check_gradients();
    training_->optimizer().zero_grad();
  });
  return !error_;
}

// The gradients of a step are there: the optimizer gets them clipped.
void Run::prepare_gradients() {
  if (std::exchange(first_step_of_phase_, false)) check_gradients();
  auto& optimizer = training_->optimizer();
  if (!settings_.clip) return;
  if (settings_.clip_by_value) {
    optim::clip_value(optimizer, *settings_.clip);
  } else {
    optim::clip_norm(optimizer, *settings_.clip, adapter_->gradient_norm(optimizer));
  }
}

void Run::optimizer_step(const optim::Optimizer::Closure& evaluate) {
  // What is being written may share the memory of what this phase has thawed.
  if (first_step_of_phase_) settle_save(true);
  if (auto fault = training_->fault()) return fail(std::move(*fault));
  if (!evaluate) prepare_gradients();
  auto& optimizer = training_->optimizer();
  const double lr = training_->phase_group().rate.lr;
  {
    RECORD_USER_SCOPE("optimizer");
    evaluate ? optimizer.step(evaluate) : optimizer.step();
    optimizer.zero_grad();
  }
  gathered_ = 0;
  settle_step();
  ++steps_;
  training_->step_schedule(rates::Pace::Interval::step, rules_.frequency_counts_batches ? batch_ : steps_, 0);
  if (!observers_.empty()) {
    const StepEvent event{
        phase_info(depth()), epoch_index_, steps_, batch_, lr, [this] { return last_loss_.item<double>(); }};
    tell(&Observer::on_step, event);
  }

  const int from = depth();
  act_on(machine_.end_step(steps_), from);
  // A run that has ended saves at the end of its epoch, with the metrics.
  if (settings_.every_n_steps > 0 && steps_ % settings_.every_n_steps == 0 && keeper_.active() && more())
    save(fmt::format("step{}", steps_), epoch_index_, std::nullopt, take_snapshot());
  if (std::exchange(stops_, false)) stop_now();
}

void Run::settle_step() {
  if (alone() || settings_.accumulate == 1) return;
  step_random_ = random_state();
  step_loss_sum_ = loss_sum_;
}

void Run::stop(const std::string& reason) {
  if (!more() || std::exchange(stop_asked_, true)) return;
  stop_reason_ = reason;
  if (alone()) stop_now();
}

void Run::stop_now() {
  if (!more()) return;
  if (keeper_.active() && !save()) return;
  ended_ = result_.stopped = true;
  result_.reason = stop_reason_.empty() ? "another process was told to stop" : stop_reason_;
}

void Run::act_on(const phase::Decision& decision, int from) {
  if (decision.kind == phase::Decision::Kind::move) move(from, decision.reason);
  if (decision.kind == phase::Decision::Kind::end) {
    ended_ = true;
    result_.reason = decision.reason;
  }
}

// The first step of a phase: what was thawed must take part in the loss, or the schedule trains less than it says.
void Run::check_gradients() {
  Diagnostic d;
  d.code = Code::no_gradient;
  d.severity = info(d.code).severity;
  for (const auto position : phase().thaw) {
    if (bound_.parameters[position].requires_grad() && !adapter_->local(position).grad().defined())
      d.notes.push_back({"'" + plan_.parameters[position].name + "'", {}});
  }
  if (d.notes.empty()) return;
  d.message = fmt::format("{} of the {} parameters that phase '{}' thawed got no gradient in its first step",
                          d.notes.size(), phase().thaw.size(), phase().name);
  d.help = "the loss does not depend on them: they will not be trained";
  warn(std::move(d));
}

// The first step: what the plan checkpoints or casts must have been called where the session can see it.
void Run::check_calls() {
  Diagnostic d;
  d.code = Code::unsupported_at_run_time;
  d.severity = Severity::warning;  // what is asked is not done; the run goes on
  for (const auto& module : calls_->never_called()) d.notes.push_back({"'" + module + "'", {}});
  if (d.notes.empty()) return;
  d.message =
      fmt::format("{} of the modules that the plan has act_ckpt or output_dtype for {} not called through fts::call",
                  d.notes.size(), d.notes.size() == 1 ? "is" : "are");
  d.help = "nothing is done there: write fts::call(layer, x) in place of layer(x) in the model's forward";
  warn(std::move(d));
}

std::int64_t Run::before_batches() {
  if (start_step_ > 0 && !epoch_random_.empty()) FTS_CHECK(set_random_state(epoch_random_));
  return start_step_;
}

void Run::after_skip() {
  if (resume_random_) FTS_CHECK(set_random_state(*std::exchange(resume_random_, std::nullopt)));
  settle_step();
}

// What is left over of an accumulation takes its step with the epoch's last batch, before any validation.
void Run::batches_ended(bool all) {
  cut_ = cut_ || !all;
  if (gathered_ == 0 || !more() || !in_epoch_) return;
  guarded("training", [&] {
    if (!alone()) backward({});
    optimizer_step();
  });
}

}  // namespace fts::session
