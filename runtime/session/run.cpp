#include "runtime/session/run.hpp"

#include <algorithm>
#include <iostream>
#include <unordered_set>

#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/nn/module.h>
#include <unistd.h>

#include "compiler/base/code.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/session/guarded.hpp"
#include "runtime/session/observe/jsonl.hpp"
#include "runtime/session/observe/progress.hpp"
#include "runtime/session/tell.hpp"

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

// Whether the program's own optimizer trains other parameters than phase 0 thaws.
bool differs_from_phase0(const OwnOptimizer& own, const plan::Phase& phase) {
  std::vector<std::uint32_t> its, phases;
  for (const auto& group : own.groups) its.insert(its.end(), group.positions.begin(), group.positions.end());
  for (const auto& group : phase.groups) phases.insert(phases.end(), group.parameters.begin(), group.parameters.end());
  std::sort(its.begin(), its.end());
  std::sort(phases.begin(), phases.end());
  return its != phases;
}

// Optimizers and shards see a parameter as one run of memory.
tl::expected<void, Error> check_memory_layout(const plan::Plan& plan, const std::vector<at::Tensor>& parameters) {
  std::vector<std::string> gaps;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    if (!parameters[p].is_non_overlapping_and_dense()) gaps.push_back(fmt::format("'{}'", plan.parameters[p].name));
  }
  if (gaps.empty()) return {};
  return tl::unexpected(
      make_error(Code::unsupported_at_run_time,
                 fmt::format("these parameters are views with gaps in memory: {}", fmt::join(gaps, ", ")),
                 "make them contiguous before the session is opened"));
}

comm::Timeouts timeouts_of(const plan::Strategy& strategy) {
  comm::Timeouts timeouts;
  const auto given = strategy.settings.value("timeout", nlohmann::json());
  const auto read = [&](const char* name, std::chrono::milliseconds& into) {
    const auto seconds = given.find(name);
    if (seconds != given.end() && seconds->is_number())
      into = std::chrono::milliseconds(static_cast<std::int64_t>(seconds->get<double>() * 1000));
  };
  if (given.is_object()) read("setup", timeouts.setup), read("train", timeouts.train);
  return timeouts;
}

// The processes that carry out a strategy; null: one, without any world.
tl::expected<std::shared_ptr<World>, Error> world_for(const plan::Strategy& strategy, const Options& options) {
  const bool for_one = strategy.adapter == "base";
  if (options.world && for_one && options.world->size() > 1) {
    return tl::unexpected(make_error(
        Code::world_mismatch,
        fmt::format("strategy '{}' is for one process, but there are {}", strategy.name, options.world->size()),
        "write a strategy with adapter = ddp, fsdp or model_parallel, or start one process"));
  }
  if (options.world || for_one || strategy.adapter == "plugin") return for_one ? nullptr : options.world;
  return World::from_env(timeouts_of(strategy));
}

// What the module's values are read from; nothing: it has them.
tl::expected<std::optional<bind::Weights>, Error> weights_for(const torch::nn::Module& module, const Options& options) {
  if (!options.weights.empty()) return bind::Weights::open(module, options.weights, options.weights_options);
  auto all = module.parameters();
  const auto buffers = module.buffers();
  all.insert(all.end(), buffers.begin(), buffers.end());
  if (std::ranges::all_of(all, bind::has_memory)) return std::nullopt;
  return tl::unexpected(make_error(Code::weights_mismatch, "the model was made under MetaInit and has no values",
                                   "name the file that has them in Options::weights"));
}

// A checkpoint has no words for some dtypes, such as those of complex numbers: better said now than after the training.
tl::expected<void, Error> storable(const torch::nn::Module& module, const Options& options) {
  if (options.checkpoints.empty()) return {};
  auto error = make_error(Code::unsupported_at_run_time, "tensors of these dtypes cannot be written in a checkpoint",
                          "keep them out of the module's parameters and buffers, or train without checkpoints");
  const auto look = [&](const auto& named) {
    for (const auto& t : named) {
      if (!bind::scalar_type(bind::dtype_of(t.value())))
        error.diagnostics.front().notes.push_back({fmt::format("'{}' is {}", t.key(), t.value().dtype().name()), {}});
    }
  };
  look(module.named_parameters());
  look(module.named_buffers());
  if (error.diagnostics.front().notes.empty()) return {};
  return tl::unexpected(std::move(error));
}

checkpoint::Writers writers_of(World* world, const Options& options) {
  if (world == nullptr || options.checkpoints.empty()) return {};
  return {world->rank(), world->size(), world->new_exchange()};
}

tl::expected<AdapterChoice, Error> adapter_for(const plan::Strategy& strategy, const Options& options) {
  const auto custom = options.adapters.find(strategy.name);
  return choose_adapter(strategy, {.custom = custom == options.adapters.end() ? "" : custom->second,
                                   .folder = options.adapter_folder,
                                   .allow_untested = options.allow_untested});
}

}  // namespace

Run::Run(torch::nn::Module& module, plan::Plan plan, Settings settings, plan::Strategy strategy, AdapterChoice choice,
         std::shared_ptr<World> world, Precision precision, std::optional<bind::Weights> weights,
         const Options& options)
    : module_(module),
      world_(std::move(world)),
      plan_(std::move(plan)),
      settings_(std::move(settings)),
      strategy_(std::move(strategy)),
      handle_(module_, plan_, strategy_, world_, [this](Diagnostic d) { warn(std::move(d)); }),
      adapter_(std::move(choice.adapter)),
      observers_(options.observers),
      rules_(phase::Rules::of(plan_.schedule)),
      machine_(plan_.schedule),
      best_(settings_.best_metric, settings_.best_maximize),
      precision_(precision),
      keeper_(options.checkpoints, {settings_.save_top_k, settings_.restore_best, settings_.best_maximize,
                                    writers_of(world_.get(), options)}),
      batching_(options.batching),
      whole_at_end_(options.whole_at_end),
      epoch_(*this) {
  result_.warnings = std::move(choice.warnings);
  handle_.set_weights(std::move(weights));
}

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
  auto choice = strategy ? take(adapter_for(*strategy, options)) : tl::unexpected(Error{});
  auto world = strategy ? take(world_for(*strategy, options)) : tl::unexpected(Error{});
  auto weights = take(weights_for(module, options));
  (void)take(storable(module, options));
  // Everything at once; under an adapter's own names the model is held against the plan when it is connected.
  if (options.adapters.empty() && (!strategy || strategy->adapter != "plugin")) {
    const auto bound = take(bind::bind(module, plan));
    const auto own = bound || !options.optimizer
                         ? take(read_own(options, bound ? bound->parameters : std::vector<at::Tensor>()))
                         : tl::unexpected(Error{});
    if (own) take(Training::check(plan.schedule, *own));
  }
  if (!refused.diagnostics.empty()) return tl::unexpected(std::move(refused));

  std::unique_ptr<Run> run(new Run(module, std::move(plan), std::move(*settings), std::move(*strategy),
                                   std::move(*choice), std::move(*world), *precision, std::move(*weights), options));
  if (auto begun = run->begin(options); !begun) return tl::unexpected(std::move(begun.error()));
  return run;
}

tl::expected<void, Error> Run::begin(const Options& options) {
  if (auto connected = adapter_->connect(handle_); !connected) return connected;
  calls_ = calls::Calls::of(strategy_, module_);
  if (handle_.weights() != nullptr) adapter_->load_weights();
  if (!options.log.empty() && rank() == 0) {
    auto log = open_jsonl(options.log, std::max(1, options.log_every_n_steps));
    if (!log) return tl::unexpected(std::move(log.error()));
    observers_.push_back(std::move(*log));
  }
  if (options.progress && rank() == 0) {
    // First, so that its line is ended before others write theirs.
    observers_.insert(observers_.begin(),
                      make_progress(std::cerr, {.terminal = ::isatty(STDERR_FILENO) == 1}, steady_clock()));
  }
  all_observe_ = true;
  for (auto& warning : std::exchange(result_.warnings, {})) warn(std::move(warning));  // of the adapter's choice
  adapter_->on_before_init_fts();
  if (auto met = init_schedule(options); !met) return met;
  keeper_.begin();
  if (!alone()) world_->all().barrier();  // before the first checkpoint: all name it alike
  handle_.freeze_all();
  adapter_->on_after_init_fts();
  enter_phase(plan_.schedule.phases.front(), true);
  if (!options.resume.empty()) return resume(options);
  return {};
}

tl::expected<void, Error> Run::init_schedule(const Options& options) {
  auto& schedule = plan_.schedule;
  if (schedule.implicit) {
    const auto depth = schedule.max_depth;
    schedule.phases = adapter_->gen_ft_schedule(std::move(schedule.phases));
    schedule.max_depth = std::min(depth, static_cast<int>(schedule.phases.size()) - 1);
    if (const auto violations = plan::verify(plan_); !violations.empty()) {
      auto error = make_error(Code::adapter_failed, "the schedule that the adapter generated is not valid");
      for (const auto& violation : violations) error.diagnostics.front().notes.push_back({violation, {}});
      return tl::unexpected(std::move(error));
    }
  }
  const auto limits = adapter_->validate_ft_sched();
  if (!limits) return tl::unexpected(limits.error());
  schedule.max_depth = std::clamp(limits->max_depth, 0, static_cast<int>(schedule.phases.size()) - 1);
  const auto raising =
      rules_.raised_by_written_last_phase ? schedule.phases.size() - 1 : static_cast<std::size_t>(schedule.max_depth);
  if (schedule.max_epochs >= 0 && phase::greatest_epoch(schedule.phases[raising].until) >= 0)
    schedule.max_epochs = std::max<int>(schedule.max_epochs, static_cast<int>(limits->greatest_epoch));
  auto bound = handle_.bound(*adapter_);
  if (!bound) return tl::unexpected(std::move(bound.error()));
  if (auto fits = check_transforms(*adapter_, handle_); !fits) return fits;
  bound_ = std::move(*bound);
  if (auto dense = check_memory_layout(plan_, bound_.parameters); !dense) return dense;
  own_names_ = handle_.own_names(bound_.parameters);
  auto own = read_own(options, bound_.parameters);
  if (!own) return tl::unexpected(std::move(own.error()));
  if (auto fits = Training::check(schedule, *own); !fits) return fits;
  phase0_overridden_ = own->optimizer && differs_from_phase0(*own->optimizer, schedule.phases.front()) &&
                       schedule.settings.value("enforce_phase0_params", true);
  machine_ = phase::PhaseMachine(schedule);
  training_ = Training::make(schedule, *adapter_, std::move(*own));
  return {};
}

void Run::enter_phase(const plan::Phase& phase, bool first) {
  if (!first) adapter_->exec_ft_phase(adapter_->fts_optim_transform(handle_.names(phase.thaw)), false);
  if (!phase.freeze.empty()) adapter_->freeze(adapter_->fts_optim_inspect(handle_.names(phase.freeze)));
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

int Run::ranks() const { return world_ ? world_->size() : 1; }
int Run::rank() const { return world_ ? world_->rank() : 0; }
int Run::shares() const { return ranks() / adapter_->ranks_with_one_batch(); }
int Run::share() const { return rank() / adapter_->ranks_with_one_batch(); }

void Run::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Run::warn(Diagnostic diagnostic) {
  if (all_observe_) tell(&Observer::on_warning, diagnostic);  // else later
  result_.warnings.push_back(std::move(diagnostic));
}

tl::expected<Result, Error> Run::result() {
  end(result_.reason.empty() ? "the program left the loop" : result_.reason);
  if (error_) return tl::unexpected(*error_);
  result_.epochs = epoch_index_;
  result_.steps = steps_;
  result_.depth = depth();
  if (!keeper_.last().empty()) result_.checkpoint = keeper_.last();
  return result_;
}

}  // namespace fts::session
