#include "runtime/session/run.hpp"

#include <algorithm>
#include <iostream>
#include <unordered_set>

#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/nn/module.h>
#include <unistd.h>

#include "runtime/optim/clip.hpp"
#include "runtime/session/guarded.hpp"
#include "runtime/session/observe/jsonl.hpp"
#include "runtime/session/observe/progress.hpp"
#include "runtime/session/random.hpp"

namespace fts::session {

tl::expected<plan::Strategy, Error> pick_strategy(const plan::Plan& plan, const std::string& name) {
  const auto& all = plan.strategies;
  const auto unknown = [&](const std::string& message) {
    std::string names;
    for (const auto& s : all) names += (names.empty() ? "" : ", ") + s.name;
    return tl::unexpected(make_error(Code::unknown_strategy, message, names.empty() ? "" : "there are " + names));
  };
  if (!name.empty()) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.name == name; });
    if (it == all.end()) return unknown(fmt::format("the plan has no strategy '{}'", name));
    return *it;
  }
  if (all.size() > 1) return unknown("the plan has several strategies and none was chosen");
  return all.empty() ? plan::Strategy{"base", "base", nlohmann::json::object()} : all.front();
}

namespace {

tl::expected<Own, Error> read_own(const Options& options, const std::vector<at::Tensor>& parameters) {
  Own own;
  if (options.lr_scheduler) own.lr_scheduler = *options.lr_scheduler;
  if (!options.optimizer) return own;
  auto optimizer = read_optimizer(*options.optimizer, parameters);
  if (!optimizer) return tl::unexpected(std::move(optimizer.error()));
  own.optimizer = std::move(*optimizer);
  return own;
}

}  // namespace

Run::Run(torch::nn::Module& module, plan::Plan plan, Settings settings, plan::Strategy strategy, bind::Bound bound,
         std::unique_ptr<Adapter> adapter, Own own, Precision precision, const Options& options)
    : module_(module),
      plan_(std::move(plan)),
      settings_(std::move(settings)),
      strategy_(std::move(strategy)),
      bound_(std::move(bound)),
      adapter_(std::move(adapter)),
      observers_(options.observers),
      rules_(phase::Rules::of(plan_.schedule)),
      machine_(plan_.schedule),
      best_(settings_.best_metric, settings_.best_maximize),
      training_(Training::make(plan_.schedule, *adapter_, std::move(own))),
      precision_(precision),
      keeper_(options.checkpoints, {settings_.save_top_k, settings_.restore_best, settings_.best_maximize}),
      epoch_(*this) {}

tl::expected<std::unique_ptr<Run>, Error> Run::open(torch::nn::Module& module, plan::Plan plan,
                                                    const Options& options) {
  if (auto violations = plan::verify(plan); !violations.empty()) {
    auto error = make_error(Code::plan_invalid, "the plan breaks its own rules");
    for (auto& violation : violations) error.diagnostics.front().notes.push_back({std::move(violation), {}});
    return tl::unexpected(std::move(error));
  }
  Error refused;
  const auto take = [&](auto result) {
    if (!result)
      refused.diagnostics.insert(refused.diagnostics.end(), result.error().diagnostics.begin(),
                                 result.error().diagnostics.end());
    return result;
  };
  auto settings = take(read_settings(plan.schedule));
  auto strategy = take(pick_strategy(plan, options.strategy));
  auto precision = strategy ? take(Precision::of(*strategy)) : tl::unexpected(Error{});
  auto adapter = strategy ? take(make_adapter(strategy->adapter)) : tl::unexpected(Error{});
  auto bound = take(bind::bind(module, plan));
  const std::vector<at::Tensor> none;
  auto own =
      bound || !options.optimizer ? take(read_own(options, bound ? bound->parameters : none)) : tl::unexpected(Error{});
  if (own) take(Training::check(plan.schedule, *own));
  if (!refused.diagnostics.empty()) return tl::unexpected(std::move(refused));

  std::unique_ptr<Run> run(new Run(module, std::move(plan), std::move(*settings), std::move(*strategy),
                                   std::move(*bound), std::move(*adapter), std::move(*own), *precision, options));
  if (auto begun = run->begin(options); !begun) return tl::unexpected(std::move(begun.error()));
  return run;
}

tl::expected<void, Error> Run::begin(const Options& options) {
  if (auto connected = adapter_->connect({module_, plan_, strategy_, bound_.parameters}); !connected) return connected;
  if (!options.log.empty()) {
    auto log = open_jsonl(options.log, std::max(1, options.log_every_n_steps));
    if (!log) return tl::unexpected(std::move(log.error()));
    observers_.push_back(std::move(*log));
  }
  if (options.progress) {
    observers_.push_back(make_progress(std::cerr, {.terminal = ::isatty(STDERR_FILENO) == 1}, steady_clock()));
  }
  keeper_.begin();
  adapter_->on_before_init_fts();
  enter_phase(plan_.schedule.phases.front(), true);
  adapter_->on_after_init_fts();
  if (!options.resume.empty()) return resume(options);
  return {};
}

void Run::enter_phase(const plan::Phase& phase, bool first) {
  adapter_->exec_ft_phase(phase, first);
  std::vector<std::uint32_t> trains;
  std::set_union(should_train_.begin(), should_train_.end(), phase.thaw.begin(), phase.thaw.end(),
                 std::back_inserter(trains));
  should_train_.clear();
  std::set_difference(trains.begin(), trains.end(), phase.freeze.begin(), phase.freeze.end(),
                      std::back_inserter(should_train_));
  training_->enter(phase);
  if (!settings_.frozen_bn_track_running_stats) hold_batch_norms(phase, first);
  first_step_of_phase_ = true;
}

void Run::hold_batch_norms(const plan::Phase& phase, bool first) {
  batch_norms_freed_ = batch_norms_freed_ || (rules_.restoring_frees_batch_norms && !first &&
                                              (settings_.restore_best || phase.optimizer.has_value()));
  if (!batch_norms_freed_) return batch_norms_.update(module_);
  std::unordered_set<const c10::TensorImpl*> scheduled;
  for (const auto& p : plan_.schedule.phases) {
    for (const auto position : p.thaw) scheduled.insert(bound_.parameters[position].unsafeGetTensorImpl());
  }
  batch_norms_.update(module_, [&](const at::Tensor& p) { return scheduled.contains(p.unsafeGetTensorImpl()); });
}

bool Run::step(const at::Tensor& loss) {
  if (!more()) return false;
  if (!in_epoch_) {
    fail(make_error(Code::misused_session, "step() was called outside of an epoch",
                    "call it in the loop over epochs()"));
    return false;
  }
  guarded("training", [&] {
    const Precision::Pause pause(precision_);
    (settings_.accumulate > 1 ? loss / settings_.accumulate : loss).backward();
    last_loss_ = loss.detach();
    loss_sum_ += last_loss_.item<double>();
    ++loss_count_;
    ++batch_;
    if (++gathered_ == settings_.accumulate) optimizer_step();
  });
  return more();
}

void Run::optimizer_step() {
  if (std::exchange(first_step_of_phase_, false)) check_gradients();
  if (auto fault = training_->fault()) return fail(std::move(*fault));
  auto& optimizer = training_->optimizer();
  if (settings_.clip) (settings_.clip_by_value ? optim::clip_value : optim::clip_norm)(optimizer, *settings_.clip);
  const double lr = training_->phase_group().rate.lr;
  optimizer.step();
  optimizer.zero_grad();
  gathered_ = 0;
  ++steps_;
  training_->step_schedule(rates::Pace::Interval::step, rules_.frequency_counts_batches ? batch_ : steps_, 0);
  if (!observers_.empty()) {
    const StepEvent event{
        phase_info(depth()), epoch_index_, steps_, batch_, lr, [this] { return last_loss_.item<double>(); }};
    for (const auto& observer : observers_) observer->on_step(event);
  }

  const int from = depth();
  act_on(machine_.end_step(steps_), from);
  if (settings_.every_n_steps > 0 && steps_ % settings_.every_n_steps == 0 && keeper_.active() && !error_) {
    save(fmt::format("step{}", steps_), epoch_index_, batch_, std::nullopt);
  }
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
    const auto& parameter = bound_.parameters[position];
    if (parameter.requires_grad() && !parameter.grad().defined())
      d.notes.push_back({"'" + plan_.parameters[position].name + "'", {}});
  }
  if (d.notes.empty()) return;
  d.message = fmt::format("{} of the {} parameters that phase '{}' thawed got no gradient in its first step",
                          d.notes.size(), phase().thaw.size(), phase().name);
  d.help = "the loss does not depend on them: they will not be trained";
  warn(std::move(d));
}

std::int64_t Run::before_batches() {
  if (start_step_ > 0 && !epoch_random_.empty()) FTS_CHECK(set_random_state(epoch_random_));
  return start_step_;
}

void Run::after_skip() {
  if (resume_random_) FTS_CHECK(set_random_state(*std::exchange(resume_random_, std::nullopt)));
}

// What is left over of an accumulation takes its step with the epoch's last batch, before any validation.
void Run::batches_ended() {
  if (gathered_ > 0 && !error_ && in_epoch_) guarded("training", [&] { optimizer_step(); });
}

void Run::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Run::warn(Diagnostic diagnostic) {
  for (const auto& observer : observers_) observer->on_warning(diagnostic);
  result_.warnings.push_back(std::move(diagnostic));
}

tl::expected<Result, Error> Run::result() {
  end(result_.reason.empty() ? "the program left the loop" : result_.reason);
  if (error_) return tl::unexpected(*error_);
  result_.epochs = epoch_index_;
  result_.steps = steps_;
  result_.depth = depth();
  result_.checkpoint = keeper_.last().empty() ? "" : keeper_.path(keeper_.last());
  return result_;
}

}  // namespace fts::session
