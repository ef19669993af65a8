// `compat = fts`: groups and rates as finetuning-scheduler 2.14 leaves them (fts.py `step`, `step_pg`;
// fts_supporters.py `add_optimizer_groups`, `reinit_optimizer`, `reinit_lr_scheduler`), its quirks included. A move
// works on a model of FTS's state, from which the real optimizer is then made.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/session/training.hpp"

namespace fts::session {

namespace {

using nlohmann::json;
using Positions = std::vector<std::uint32_t>;
using Tensors = std::vector<optim::Optimizer::State>;

struct FtsGroup {
  std::string name;
  Positions positions;
  json arguments;
  rates::Rate rate;
  bool has_initial_lr = false;  // PyTorch sets the key only with a scheduler, FTS with every later group
};

[[nodiscard]] bool has_lambdas(const std::string& scheduler) {
  return scheduler == "lambda" || scheduler == "multiplicative";
}

// FTS's optimizer as it is being changed.
struct Work {
  plan::Spec optimizer;
  std::vector<FtsGroup> groups;
  Tensors tensors;
  std::int64_t position = 0;  // the scheduler's `last_epoch` while groups of earlier phases are added again
};

class FtsTraining final : public Training {
 public:
  FtsTraining(const plan::Schedule& schedule, Adapter& adapter, Own own)
      : Training(schedule, adapter, std::move(own)) {}

  void leave() override {
    previous_lrs_.clear();
    for (const auto* rate : optimizer_->rates()) previous_lrs_.push_back(rate->lr);
  }

  void enter(const plan::Phase& phase) override {
    phase_group_ = 0;
    Work work = begin_work(phase);
    if (phase.depth > 0) move_to(phase, work);
    depth_ = phase.depth;
    pending_.reset();
    for (auto i = metadata_.size(); i < work.groups.size(); ++i) metadata_.push_back(work.groups[i].positions);
    make_real(std::move(work));
  }

  // The groups that FTS remembers by name, with the checkpoint's arguments and, index by index, its state.
  tl::expected<void, std::string> return_to(const json& state, const Tensors& tensors) override {
    const auto groups = read_groups(state.at("groups"));
    const auto names = state.at("metadata").get<std::vector<Positions>>();
    if (names.size() != groups.size()) {
      return tl::unexpected(
          std::string("FTS stops here: \"loaded state dict has a different number of parameter groups\""));
    }
    Work work{optimizer_->spec(), groups, {}, 0};
    const auto slots = optimizer_->slot_names();
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto& saved = groups[g].positions;
      if (names[g].size() != saved.size()) {
        return tl::unexpected(
            std::string("FTS stops here: \"loaded state dict contains a parameter group that doesn't "
                        "match the size of optimizer's group\""));
      }
      work.groups[g].positions = names[g];
      for (const auto& t : tensors) {
        const auto at = std::find(saved.begin(), saved.end(), t.position);
        if (at == saved.end()) continue;
        const auto slot = std::find(slots.begin(), slots.end(), t.slot);
        if (slot == slots.end()) continue;  // another optimizer's: its group's arguments tell of it
        work.tensors.push_back({names[g][static_cast<std::size_t>(at - saved.begin())], *slot, t.tensor});
      }
    }
    if (state.at("scheduler").is_object() && schedule_) {
      const bool then = has_lambdas(state.at("scheduler").at("name").get<std::string>());
      const bool now = has_lambdas(schedule_->spec.name);
      if (then && !now && setting("apply_lambdas_new_pgs", false))
        return tl::unexpected(std::string("FTS stops here: \"'NoneType' object is not callable\""));
      const auto& tracks = state.at("scheduler").at("state").at("groups");
      if (now && !then) {  // PyTorch's LambdaLR refuses a state without lambdas, and FTS goes on with its own
        if (schedule_->scheduler->groups() > 0) work.position = schedule_->scheduler->position(0);
      } else if (!tracks.empty()) {
        work.position = tracks.front().at("position").get<std::int64_t>();
      }
    }
    // FTS takes the depth at which it was resumed for the best checkpoint's, until there is a new best.
    restored_depth_ = state.at("resumes").get<int>() < resumes_ ? resumed_depth_ : state.at("depth").get<int>();
    pending_ = std::move(work);
    return {};
  }

  [[nodiscard]] std::optional<Error> fault() const override { return fault_; }

  [[nodiscard]] json state() const override {
    json all = Training::state();
    for (std::size_t i = 0; i < all["groups"].size(); ++i) {
      const auto& group = optimizer_->groups()[i];
      all["groups"][i].update(
          {{"positions", group.positions}, {"arguments", group.arguments}, {"has_initial_lr", has_initial_lr_[i]}});
    }
    all["arguments"] = optimizer_->spec().arguments;
    all["metadata"] = metadata_;
    all["depth"] = depth_;
    all["resumes"] = resumes_;
    if (schedule_) all["scheduler"]["arguments"] = schedule_->spec.arguments;
    return all;
  }

  tl::expected<void, std::string> resume(const json& state, const Tensors& tensors) override {
    try {
      const plan::Spec spec{state.at("optimizer").get<std::string>(), state.at("arguments")};
      const auto& first = plan_->phases.front().optimizer;
      const auto& initial = first ? first->name : own_.optimizer->spec.name;
      if (spec.name != initial) {
        return tl::unexpected(fmt::format("FTS stops here: it resumes with '{}', and loads the state of '{}' into it",
                                          initial, spec.name));
      }
      metadata_ = state.at("metadata").get<std::vector<Positions>>();
      depth_ = resumed_depth_ = state.at("depth").get<int>();
      resumes_ = state.at("resumes").get<int>() + 1;
      if (state.at("scheduler").is_object()) {
        const auto& s = state.at("scheduler");
        schedule_ = must(rates::make_schedule({s.at("name").get<std::string>(), s.at("arguments")}));
        schedule_->scheduler->restore(s.at("state"));
      }
      make_real({spec, read_groups(state.at("groups")), tensors, 0});
    } catch (const json::exception& e) {
      return tl::unexpected(fmt::format("its groups cannot be read: {}", e.what()));
    }
    return {};
  }

 private:
  // Phase 0, or what there is when a move begins.
  Work begin_work(const plan::Phase& phase) {
    if (phase.depth == 0) return first_phase(phase);
    return pending_ ? std::move(*pending_) : present();
  }

  [[nodiscard]] Work present() const {
    Work work{optimizer_->spec(), {}, optimizer_->state(), 0};
    for (std::size_t i = 0; i < optimizer_->groups().size(); ++i) {
      const auto& g = optimizer_->groups()[i];
      work.groups.push_back({g.name, g.positions, g.arguments, g.rate, has_initial_lr_[i]});
    }
    if (schedule_ && schedule_->scheduler->groups() > 0) work.position = schedule_->scheduler->position(0);
    return work;
  }

  // What configure_optimizers gives and, where that is not phase 0, `phase0_optimizer_override`.
  Work first_phase(const plan::Phase& phase) {
    const bool own = !phase.optimizer;
    Work work{own ? own_.optimizer->spec : *phase.optimizer, {}, {}, -1};
    const auto& scheduler = phase.lr_scheduler ? phase.lr_scheduler : own_.lr_scheduler;
    if (scheduler) schedule_ = must(rates::make_schedule(*scheduler));
    const bool override_groups = !own || (setting("enforce_phase0_params", true) && !own_is(phase));
    if (override_groups) {
      add_groups(work, phase, work.optimizer.arguments.at("lr").get<double>(), nullptr);
    } else {
      for (std::size_t i = 0; i < own_.optimizer->groups.size(); ++i) {
        const auto& g = own_.optimizer->groups[i];
        const double lr = g.arguments.at("lr").get<double>();
        work.groups.push_back({fmt::format("{}.{}", phase.name, i), g.positions, g.arguments, {lr, lr, {}}, false});
      }
    }
    if (!schedule_) return work;
    const bool plateau = schedule_->spec.name == "reduce_on_plateau";
    for (auto& g : work.groups) {
      g.has_initial_lr = g.has_initial_lr || !plateau;
      schedule_->scheduler->join(g.rate, override_groups ? work.optimizer.arguments.at("lr").get<double>() : g.rate.lr);
    }
    return work;
  }

  // The program's own optimizer has phase 0's parameters and no others.
  [[nodiscard]] bool own_is(const plan::Phase& phase) const {
    Positions has;
    Positions wanted;
    for (const auto& g : own_.optimizer->groups) has.insert(has.end(), g.positions.begin(), g.positions.end());
    for (const auto& g : phase.groups) wanted.insert(wanted.end(), g.parameters.begin(), g.parameters.end());
    std::sort(has.begin(), has.end());
    std::sort(wanted.begin(), wanted.end());
    return has == wanted;
  }

  // FTS's step_pg.
  void move_to(const plan::Phase& target, Work& work) {
    const bool everything = target.optimizer.has_value();
    int first = target.depth;
    if (everything) {
      first = 0;
    } else if (plan_->restore_best) {
      first = std::min(restored_depth_ + 1, target.depth);
    }
    for (int i = first; i <= target.depth; ++i) {
      const auto& phase = plan_->phases[static_cast<std::size_t>(i)];
      if (i == 0) {
        reinit_optimizer(work, phase, *target.optimizer);
        continue;
      }
      const bool is_target = i == target.depth;
      if (is_target) restore_latest_lrs(work);
      const auto before = work.groups.size();
      add_groups(work, phase, lr_of(phase), is_target ? schedule_of_target(work) : nullptr);
      if (is_target) phase_group_ = work.groups.size() > before ? before : 0;
      if (phase.lr_scheduler) reinit_schedule(work, *phase.lr_scheduler, is_target);
    }
  }

  [[nodiscard]] double lr_of(const plan::Phase& phase) const {
    for (const auto& g : phase.groups) {
      if (g.arguments.contains("lr")) return g.arguments.at("lr").get<double>();
    }
    return plan_->settings.value("base_max_lr", 1e-5);
  }

  void restore_latest_lrs(Work& work) {
    for (std::size_t i = 0; i < work.groups.size() && i < previous_lrs_.size(); ++i)
      work.groups[i].rate.lr = previous_lrs_[i];
  }

  // The scheduler that goes on, with an entry for every group there is.
  rates::LrScheduler* schedule_of_target(Work& work) {
    if (!schedule_) return nullptr;
    auto& scheduler = *schedule_->scheduler;
    while (scheduler.groups() < work.groups.size()) scheduler.join_beside(work.groups[scheduler.groups()].rate.lr);
    if (scheduler.groups() > 0) work.position = scheduler.position(0);
    return &scheduler;
  }

  void reinit_optimizer(Work& work, const plan::Phase& first, const plan::Spec& spec) {
    work.optimizer = spec;
    work.groups.clear();
    work.tensors.clear();
    const double lr = spec.arguments.at("lr").get<double>();
    for (const auto& group : first.groups) work.groups.push_back(group_of(work, group, lr));
  }

  [[nodiscard]] static FtsGroup group_of(const Work& work, const plan::Group& group, double lr) {
    json arguments = work.optimizer.arguments;
    if (group.name.ends_with(".no_decay")) arguments["weight_decay"] = 0.0;
    return {group.name, group.parameters, std::move(arguments), {lr, lr, {}}, true};
  }

  // add_optimizer_groups: parameters that a group owns already are left out; with no_decay both halves are added even
  // if one is empty. `scheduler` null: the new groups join none.
  void add_groups(Work& work, const plan::Phase& phase, double base_lr, rates::LrScheduler* scheduler) {
    double lr = base_lr;
    if (schedule_ && setting("apply_lambdas_new_pgs", false)) {
      if (const auto factor = schedule_->scheduler->lambda_at(work.position)) lr = base_lr * *factor;
    }
    std::vector<FtsGroup> added;
    bool any = false;
    for (const auto& group : phase.groups) {
      auto g = group_of(work, group, lr);
      std::erase_if(g.positions, [&](std::uint32_t position) {
        return std::any_of(work.groups.begin(), work.groups.end(), [&](const auto& other) {
          return std::find(other.positions.begin(), other.positions.end(), position) != other.positions.end();
        });
      });
      any = any || !g.positions.empty();
      added.push_back(std::move(g));
    }
    if (!any) return;
    for (auto& g : added) {
      if (scheduler != nullptr) scheduler->join_beside(base_lr);
      work.groups.push_back(std::move(g));
    }
  }

  // reinit_lr_scheduler. Of an earlier phase only what it leaves in the groups counts: `previous_lrs_` and the
  // scheduler's own state come back afterwards.
  void reinit_schedule(Work& work, const plan::Spec& spec, bool keep) {
    auto fresh = must(rates::make_schedule(spec));
    const auto& pace = fresh.pace;
    for (std::size_t i = 0; i < work.groups.size(); ++i) {
      auto& g = work.groups[i];
      if (!pace.init_pg_lrs) {
        if (!pace.use_current_optimizer_pg_lrs && g.has_initial_lr) g.rate.lr = g.rate.initial_lr;
      } else if (i < pace.init_pg_lrs->size()) {
        g.rate.lr = g.rate.initial_lr = (*pace.init_pg_lrs)[i];
        g.has_initial_lr = true;
      }
      if (spec.name != "reduce_on_plateau" && !g.has_initial_lr) {
        g.rate.initial_lr = g.rate.lr;
        g.has_initial_lr = true;
      }
      fresh.scheduler->join(g.rate);
    }
    work.position = 0;
    if (keep) schedule_ = std::move(fresh);
  }

  [[nodiscard]] static std::vector<FtsGroup> read_groups(const json& groups) {
    std::vector<FtsGroup> all;
    for (const auto& g : groups) {
      all.push_back({g.at("name").get<std::string>(),
                     g.at("positions").get<Positions>(),
                     g.at("arguments"),
                     {g.at("lr").get<double>(), g.at("initial_lr").get<double>(), {}},
                     g.at("has_initial_lr").get<bool>()});
      if (const auto& momentum = g.at("momentum"); momentum.is_number())
        all.back().rate.momentum = momentum.get<double>();
    }
    return all;
  }

  // A group whose arguments are another optimizer's is FTS's KeyError at the next step.
  void make_real(Work work) {
    auto optimizer = must(optim::make_optimizer(work.optimizer));
    for (auto& g : work.groups) {
      g.arguments["lr"] = g.rate.lr;
      g.arguments["fused"] = false;  // as PyTorch's optimizers are by default on the CPU: the same roundings
      // PyTorch's AdamW is an Adam whose groups say so; Adam believes a group that AdamW has left.
      if (work.optimizer.name == "adamw") g.arguments["decoupled_weight_decay"] = true;
      auto added = optimizer->add_group(
          {g.name, g.positions, adapter_->optimizer_parameters(g.positions), std::move(g.arguments)});
      if (!added) return stop_at_next_step(work.optimizer.name);
      auto& rate = optimizer->groups().back().rate;
      rate.lr = g.rate.lr;
      rate.initial_lr = g.rate.initial_lr;
      if (g.rate.momentum && rate.momentum) rate.momentum = g.rate.momentum;
    }
    if (!adapter_->load_optimizer_state_dict(*optimizer, work.tensors)) return stop_at_next_step(work.optimizer.name);
    has_initial_lr_.clear();
    for (const auto& g : work.groups) has_initial_lr_.push_back(g.has_initial_lr);
    optimizer_ = std::move(optimizer);
  }

  void stop_at_next_step(const std::string& optimizer) {
    fault_ = make_error(
        Code::unsupported_at_run_time,
        fmt::format("FTS stops here: the best checkpoint brought back groups that are not those of '{}'", optimizer),
        "give this phase an optimizer too, or leave `compat = fts` out");
  }

  int depth_ = 0;
  int resumes_ = 0;
  int resumed_depth_ = 0;
  int restored_depth_ = 0;            // FTS's best_ckpt_depth
  std::vector<double> previous_lrs_;  // when the move began
  std::vector<Positions> metadata_;   // FTS's _internal_optimizer_metadata: what each group was when it appeared
  std::vector<bool> has_initial_lr_;  // by group
  std::optional<Work> pending_;       // brought back, and not made real yet
  std::optional<Error> fault_;
};

}  // namespace

std::unique_ptr<Training> make_fts_training(const plan::Schedule& schedule, Adapter& adapter, Own own) {
  return std::make_unique<FtsTraining>(schedule, adapter, std::move(own));
}

}  // namespace fts::session
