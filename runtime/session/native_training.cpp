// The project's own rules. A group's schedule begins when the group joins; a new optimizer brings its own rate.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/session/training.hpp"

namespace fts::session {

namespace {

using Positions = std::vector<std::uint32_t>;

Positions common(const Positions& a, const Positions& b) {
  Positions both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

Positions without(const Positions& a, const Positions& b) {
  Positions left;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(left));
  return left;
}

class NativeTraining final : public Training {
 public:
  NativeTraining(const plan::Schedule& schedule, Adapter& adapter, Own own)
      : Training(schedule, adapter, std::move(own)) {}

  void enter(const plan::Phase& phase) override {
    const auto& spec = phase.optimizer ? phase.optimizer : first_of(phase, own_spec());
    if (spec) take_over(must(optim::make_optimizer(*spec)), phase.optimizer.has_value());
    const std::size_t before = optimizer_->groups().size();
    if (phase.depth == 0 && !phase.optimizer && !setting("enforce_phase0_params", true)) {
      for (std::size_t i = 0; i < own_.optimizer->groups.size(); ++i) {
        const auto& group = own_.optimizer->groups[i];
        add(fmt::format("{}.{}", phase.name, i), group.positions, group.arguments);
      }
    }
    for (const auto& group : phase.groups) add_parts(group);
    phase_group_ = optimizer_->groups().size() > before ? before : 0;
    const auto& scheduler = phase.lr_scheduler ? phase.lr_scheduler : first_of(phase, own_.lr_scheduler);
    if (scheduler) {
      begin_schedule(must(rates::make_schedule(*scheduler)));
    } else if (schedule_) {
      for (std::size_t i = before; i < optimizer_->groups().size(); ++i)
        schedule_->scheduler->join(optimizer_->groups()[i].rate);
    }
  }

 private:
  [[nodiscard]] static const std::optional<plan::Spec>& first_of(const plan::Phase& phase,
                                                                 const std::optional<plan::Spec>& own) {
    static const std::optional<plan::Spec> kNone;
    return phase.depth == 0 ? own : kNone;
  }
  [[nodiscard]] const std::optional<plan::Spec>& own_spec() {
    if (own_.optimizer && !own_spec_) own_spec_ = own_.optimizer->spec;
    return own_spec_;
  }

  // The groups that there are go on under the new optimizer, with its rate and arguments; a weight decay of nought
  // stays.
  void take_over(std::unique_ptr<optim::Optimizer> optimizer, bool of_schedule) {
    own_in_force_ = !of_schedule;
    const auto old = std::exchange(optimizer_, std::move(optimizer));
    if (!old) return;
    for (const auto& group : old->groups()) {
      nlohmann::json arguments = optimizer_->spec().arguments;
      if (group.weight_decay == 0) arguments["weight_decay"] = 0.0;
      must(optimizer_->add_group({group.name, group.positions, group.parameters, std::move(arguments)}));
    }
    if (!schedule_) return;
    schedule_ = must(rates::make_schedule(schedule_->spec));
    for (auto* rate : optimizer_->rates()) schedule_->scheduler->join(*rate);
  }

  void begin_schedule(rates::Schedule schedule) {
    schedule_ = std::move(schedule);
    const auto& pace = schedule_->pace;
    auto& groups = optimizer_->groups();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      auto& rate = groups[i].rate;
      if (pace.use_current_optimizer_pg_lrs) rate.initial_lr = rate.lr;
      if (pace.init_pg_lrs && i < pace.init_pg_lrs->size()) rate.initial_lr = (*pace.init_pg_lrs)[i];
      rate.lr = rate.initial_lr;
      schedule_->scheduler->join(rate);
    }
  }

  // Where the program's own optimizer has several groups, a parameter keeps its own group's arguments.
  void add_parts(const plan::Group& group) {
    Positions left = group.parameters;
    if (own_in_force_ && own_.optimizer->groups.size() > 1) {
      for (std::size_t i = 0; i < own_.optimizer->groups.size(); ++i) {
        const auto& own = own_.optimizer->groups[i];
        const auto part = common(left, own.positions);
        left = without(left, part);
        add(fmt::format("{}.{}", group.name, i), part, merged(own.arguments, group.arguments));
      }
    }
    add(group.name, left, merged(optimizer_->spec().arguments, group.arguments));
  }

  // Only what no group owns yet is added.
  void add(std::string name, Positions positions, nlohmann::json arguments) {
    for (const auto& group : optimizer_->groups()) {
      Positions owned = group.positions;
      std::sort(owned.begin(), owned.end());
      positions = without(positions, owned);
    }
    if (positions.empty()) return;
    auto tensors = adapter_->optimizer_parameters(positions);
    must(optimizer_->add_group({std::move(name), std::move(positions), std::move(tensors), std::move(arguments)}));
  }

  std::optional<plan::Spec> own_spec_;
  bool own_in_force_ = false;  // the optimizer is the program's, not one of the schedule's
};

}  // namespace

std::unique_ptr<Training> make_native_training(const plan::Schedule& schedule, Adapter& adapter, Own own) {
  return std::make_unique<NativeTraining>(schedule, adapter, std::move(own));
}

}  // namespace fts::session
