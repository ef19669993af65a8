#include "runtime/session/training.hpp"

#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts::session {

namespace {

void append(Error& all, Error&& more) {
  for (auto& d : more.diagnostics) all.diagnostics.push_back(std::move(d));
}

template <class T>
void take(Error& all, tl::expected<T, Error> result) {
  if (!result) append(all, std::move(result.error()));
}

}  // namespace

nlohmann::json merged(const nlohmann::json& under, const nlohmann::json& over) {
  nlohmann::json all = under;
  all.update(over);
  return all;
}

std::unique_ptr<Training> Training::make(const plan::Schedule& schedule, Adapter& adapter, Own own) {
  return (schedule.compat_fts ? make_fts_training : make_native_training)(schedule, adapter, std::move(own));
}

tl::expected<void, Error> Training::check(const plan::Schedule& schedule, const Own& own) {
  Error all;
  const plan::Spec* optimizer = own.optimizer ? &own.optimizer->spec : nullptr;
  if (own.lr_scheduler) take(all, rates::make_schedule(*own.lr_scheduler));
  std::unique_ptr<optim::Optimizer> made;
  for (const auto& phase : schedule.phases) {
    if (phase.optimizer) optimizer = &*phase.optimizer;
    if (phase.lr_scheduler) take(all, rates::make_schedule(*phase.lr_scheduler));
    if (optimizer == nullptr) continue;
    if (phase.optimizer || !made) {
      auto next = optim::make_optimizer(*optimizer);
      if (!next && phase.optimizer) append(all, std::move(next.error()));
      const auto old = std::exchange(made, next ? std::move(*next) : nullptr);
      if (!made) continue;
      // The groups that there are go on under a new optimizer.
      for (std::size_t i = 0; old && i < old->groups().size(); ++i)
        take(all, made->add_group({old->groups()[i].name, {}, {}, optimizer->arguments}));
    }
    for (const auto& group : phase.groups) {
      take(all, made->add_group({group.name, {}, {}, merged(optimizer->arguments, group.arguments)}));
    }
  }
  if (optimizer != nullptr && optimizer->name == "lbfgs" && schedule.settings.value("accumulate_grad_batches", 1) > 1) {
    append(all, make_error(Code::unsupported_at_run_time, "'lbfgs' computes the loss of one batch again and again",
                           "leave accumulate_grad_batches out, and take larger batches"));
  }
  if (!own.optimizer && !schedule.phases.front().optimizer) {
    append(all, make_error(Code::unsupported_at_run_time, "the schedule names no optimizer for its first phase",
                           "write `optimizer = adamw { … }` in the schedule, or give the session the program's own"));
  }
  if (!all.diagnostics.empty()) return tl::unexpected(std::move(all));
  return {};
}

tl::expected<void, std::string> Training::return_to(const nlohmann::json& state,
                                                    const std::vector<optim::Optimizer::State>& tensors) {
  if (!adapter_->load_optimizer_state_dict(*optimizer_, tensors))
    return tl::unexpected(std::string("its optimizer state is another optimizer's"));
  return restore(state);
}

void Training::step_schedule(rates::Pace::Interval interval, std::int64_t count, double metric) {
  if (schedule_due(interval, count)) schedule_->scheduler->step(optimizer_->rates(), metric);
}

nlohmann::json Training::state() const {
  nlohmann::json groups = nlohmann::json::array();
  for (const auto& g : optimizer_->groups()) {
    groups.push_back({{"name", g.name},
                      {"lr", g.rate.lr},
                      {"initial_lr", g.rate.initial_lr},
                      {"momentum", g.rate.momentum ? nlohmann::json(*g.rate.momentum) : nlohmann::json()},
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
      own[i].rate.lr = groups[i].at("lr").get<double>();
      own[i].rate.initial_lr = groups[i].at("initial_lr").get<double>();
      if (own[i].rate.momentum) own[i].rate.momentum = groups[i].at("momentum").get<double>();
      own[i].weight_decay = groups[i].at("weight_decay").get<double>();
    }
    if (schedule_) schedule_->scheduler->restore(state.at("scheduler").at("state"));
  } catch (const nlohmann::json::exception& e) {
    return tl::unexpected(fmt::format("its groups cannot be read: {}", e.what()));
  }
  return {};
}

}  // namespace fts::session
