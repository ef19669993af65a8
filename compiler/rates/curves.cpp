#include "compiler/rates/curves.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/rates/scheduler.hpp"

namespace fts::rates {

namespace {

constexpr std::size_t kLongest = 100'000;

std::size_t length_of(const plan::Schedule& schedule, Pace::Interval interval) {
  const bool epochs = interval == Pace::Interval::epoch;
  const std::int64_t limit = epochs ? schedule.max_epochs : schedule.max_steps;
  if (limit > 0) return std::min(static_cast<std::size_t>(limit), kLongest);
  return epochs ? 10 : 1000;
}

std::optional<double> momentum_of(const plan::Spec* optimizer) {
  if (optimizer == nullptr) return std::nullopt;
  const auto& arguments = optimizer->arguments;
  if (const auto betas = arguments.find("betas"); betas != arguments.end()) return betas->at(0).get<double>();
  if (const auto momentum = arguments.find("momentum"); momentum != arguments.end()) return momentum->get<double>();
  return std::nullopt;
}

// Those phases whose groups follow the scheduler of phase `first`.
std::size_t end_of_era(const plan::Schedule& schedule, std::size_t first) {
  std::size_t end = first + 1;
  while (end < schedule.phases.size() && !schedule.phases[end].lr_scheduler) ++end;
  return end;
}

// The groups of an era with the earlier ones in front: a scheduler's lists have an entry for each, in that order.
struct Groups {
  std::vector<Rate> rates;
  std::vector<Curve> curves;  // one a rate; without a phase of the era: not wanted
  std::vector<bool> wanted;
};

Groups groups_of(const plan::Plan& plan, std::size_t first, std::size_t end) {
  Groups all;
  for (std::size_t phase = 0; phase < end; ++phase) {
    const auto momentum = momentum_of(plan::optimizer_in_force(plan.schedule, phase));
    for (const auto& group : plan.schedule.phases[phase].groups) {
      const auto lr = group.arguments.find("lr");
      const bool known = lr != group.arguments.end() && lr->is_number();
      const double rate = known ? lr->get<double>() : 0;
      all.rates.push_back({rate, group.arguments.value("initial_lr", rate), momentum});
      all.curves.push_back({phase, group.name, {}, {}, {}});
      all.wanted.push_back(known && phase >= first && (phase == 0 || !plan.schedule.compat_fts));
    }
  }
  return all;
}

void run_era(Groups& all, Schedule& schedule, std::size_t length) {
  std::vector<Rate*> rates;
  for (auto& rate : all.rates) {
    schedule.scheduler->join(rate);
    rates.push_back(&rate);
  }
  for (std::size_t done = 0; done < length; ++done) {
    if (done != 0 && schedule.pace.due(schedule.pace.interval, static_cast<std::int64_t>(done)))
      schedule.scheduler->step(rates, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < all.rates.size(); ++i) all.curves[i].rates.push_back(all.rates[i].lr);
  }
}

}  // namespace

tl::expected<std::vector<Curve>, Error> curves(const plan::Plan& plan, std::size_t length) {
  std::vector<Curve> result;
  for (std::size_t first = 0, end = 0; first < plan.schedule.phases.size(); first = end) {
    end = end_of_era(plan.schedule, first);
    const auto& spec = plan.schedule.phases[first].lr_scheduler;
    if (!spec || spec->name == "reduce_on_plateau") continue;
    auto schedule = make_schedule(*spec);
    if (!schedule) return tl::unexpected(std::move(schedule.error()));
    Groups all = groups_of(plan, first, end);
    run_era(all, *schedule, length != 0 ? length : length_of(plan.schedule, schedule->pace.interval));
    for (std::size_t i = 0; i < all.curves.size(); ++i) {
      if (!all.wanted[i]) continue;
      all.curves[i].scheduler = spec->name;
      all.curves[i].unit = schedule->pace.interval == Pace::Interval::epoch ? "epoch" : "step";
      result.push_back(std::move(all.curves[i]));
    }
  }
  return result;
}

}  // namespace fts::rates
