#include "runtime/session/training.hpp"

#include <fmt/format.h>

namespace fts::session {

namespace {

nlohmann::json merged(const nlohmann::json& under, const nlohmann::json& over) {
  nlohmann::json all = under;
  all.update(over);
  return all;
}

void append(Error& all, Error&& more) {
  for (auto& d : more.diagnostics) all.diagnostics.push_back(std::move(d));
}

// check() has let through every argument that is used later.
template <class T>
T must(tl::expected<T, Error> result) {
  FTS_CHECK(result.has_value());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

tl::expected<void, Error> Training::check(const plan::Schedule& schedule) {
  Error all;
  const plan::Spec* optimizer = nullptr;
  for (const auto& phase : schedule.phases) {
    if (phase.optimizer) optimizer = &*phase.optimizer;
    if (phase.lr_scheduler) {
      if (auto made = optim::make_schedule(*phase.lr_scheduler); !made) append(all, std::move(made.error()));
    }
    if (optimizer == nullptr) continue;
    auto made = optim::make_optimizer(*optimizer);
    if (!made) {
      if (phase.optimizer) append(all, std::move(made.error()));
      continue;
    }
    for (const auto& group : phase.groups) {
      auto added = (*made)->add_group({group.name, {}, {}, merged(optimizer->arguments, group.arguments)});
      if (!added) append(all, std::move(added.error()));
    }
  }
  if (optimizer == nullptr || !schedule.phases.front().optimizer) {
    append(all, make_error(Code::unsupported_at_run_time, "the schedule names no optimizer for its first phase",
                           "write `optimizer = adamw { … }` in the schedule"));
  }
  if (!all.diagnostics.empty()) return tl::unexpected(std::move(all));
  return {};
}

void Training::take_over(std::unique_ptr<optim::Optimizer> optimizer) {
  const auto old = std::exchange(optimizer_, std::move(optimizer));
  if (!old) return;
  for (const auto& group : old->groups()) {
    nlohmann::json arguments = optimizer_->spec().arguments;
    if (group.weight_decay == 0) arguments["weight_decay"] = 0.0;
    must(optimizer_->add_group({group.name, group.positions, group.parameters, std::move(arguments)}));
    if (schedule_) schedule_->scheduler->join(optimizer_->groups().back().rate);
  }
}

void Training::begin_schedule(optim::Schedule schedule) {
  schedule_ = std::move(schedule);
  const auto& pace = schedule_->pace;
  auto& groups = optimizer_->groups();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto& rate = groups[i].rate;
    if (pace.use_current_optimizer_pg_lrs) rate.initial_lr = rate.lr;
    if (i < pace.init_pg_lrs.size()) rate.initial_lr = pace.init_pg_lrs[i];
    rate.lr = rate.initial_lr;
    schedule_->scheduler->join(rate);
  }
}

void Training::add_groups(const plan::Phase& phase) {
  for (const auto& group : phase.groups) {
    must(optimizer_->add_group({group.name, group.parameters, adapter_->fts_optim_transform(group.parameters, false),
                                merged(optimizer_->spec().arguments, group.arguments)}));
  }
}

void Training::enter(const plan::Phase& phase) {
  if (phase.optimizer) take_over(must(optim::make_optimizer(*phase.optimizer)));
  const std::size_t before = optimizer_->groups().size();
  add_groups(phase);
  phase_group_ = optimizer_->groups().size() > before ? before : 0;
  if (phase.lr_scheduler) {
    begin_schedule(must(optim::make_schedule(*phase.lr_scheduler)));
  } else if (schedule_) {
    for (std::size_t i = before; i < optimizer_->groups().size(); ++i)
      schedule_->scheduler->join(optimizer_->groups()[i].rate);
  }
}

void Training::step_schedule(optim::Pace::Interval interval, std::int64_t count, double metric) {
  if (schedule_ && schedule_->pace.due(interval, count)) schedule_->scheduler->step(optimizer_->rates(), metric);
}

nlohmann::json Training::state() const {
  nlohmann::json groups = nlohmann::json::array();
  for (const auto& g : optimizer_->groups()) {
    groups.push_back({{"name", g.name},
                      {"lr", g.rate.lr},
                      {"initial_lr", g.rate.initial_lr},
                      {"position", g.rate.position},
                      {"weight_decay", g.weight_decay}});
  }
  nlohmann::json scheduler;
  if (schedule_) scheduler = {{"name", schedule_->spec.name}, {"state", schedule_->scheduler->state()}};
  return {{"optimizer", optimizer_->spec().name}, {"groups", groups}, {"scheduler", scheduler}};
}

tl::expected<void, std::string> Training::restore(const nlohmann::json& state) {
  try {
    const auto& groups = state.at("groups");
    auto& own = optimizer_->groups();
    if (state.at("optimizer") != optimizer_->spec().name || groups.size() != own.size()) {
      return tl::unexpected(fmt::format("it has {} groups of {}, the schedule has {} of {}", groups.size(),
                                        state.at("optimizer").get<std::string>(), own.size(), optimizer_->spec().name));
    }
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (groups[i].at("name") != own[i].name) {
        return tl::unexpected(fmt::format("its group {} is '{}', the schedule's is '{}'", i,
                                          groups[i].at("name").get<std::string>(), own[i].name));
      }
      own[i].rate = {groups[i].at("lr").get<double>(), groups[i].at("initial_lr").get<double>(),
                     groups[i].at("position").get<std::int64_t>()};
      own[i].weight_decay = groups[i].at("weight_decay").get<double>();
    }
    if (schedule_) schedule_->scheduler->restore(state.at("scheduler").at("state"));
  } catch (const nlohmann::json::exception& e) {
    return tl::unexpected(fmt::format("its groups cannot be read: {}", e.what()));
  }
  return {};
}

}  // namespace fts::session
