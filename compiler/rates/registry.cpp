#include "compiler/rates/registry.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"

namespace fts::rates {

namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<LrScheduler> (*make)(Arguments&);
};

constexpr std::array kSchedulers = {
    Entry{"chained", make_chained},
    Entry{"constant", make_constant},
    Entry{"cosine_annealing", make_cosine_annealing},
    Entry{"cosine_annealing_warm_restarts", make_cosine_annealing_warm_restarts},
    Entry{"cyclic", make_cyclic},
    Entry{"exponential", make_exponential},
    Entry{"lambda", make_lambda},
    Entry{"linear", make_linear},
    Entry{"multi_step", make_multi_step},
    Entry{"multiplicative", make_multiplicative},
    Entry{"one_cycle", make_one_cycle},
    Entry{"polynomial", make_polynomial},
    Entry{"reduce_on_plateau", make_reduce_on_plateau},
    Entry{"sequential", make_sequential},
    Entry{"step", make_step},
};

Pace read_pace(const nlohmann::json& values, Arguments& a) {
  Pace pace;
  a.ignore({"interval", "monitor", "init_pg_lrs"});
  pace.frequency = a.integer("frequency", 1);
  a.require(pace.frequency >= 1, "'frequency' must be at least 1");
  const auto interval = values.value("interval", nlohmann::json("epoch"));
  a.require(interval == "epoch" || interval == "step", "'interval' must be epoch or step");
  if (interval == "step") pace.interval = Pace::Interval::step;
  if (const auto it = values.find("monitor"); it != values.end() && it->is_string())
    pace.monitor = it->get<std::string>();
  pace.use_current_optimizer_pg_lrs = a.boolean("use_current_optimizer_pg_lrs", false);
  if (const auto it = values.find("init_pg_lrs"); it != values.end() && !it->is_null()) {
    const bool numbers =
        it->is_array() && std::all_of(it->begin(), it->end(), [](const auto& v) { return v.is_number(); });
    a.require(numbers, "'init_pg_lrs' must be a list of numbers");
    if (numbers) pace.init_pg_lrs = it->get<std::vector<double>>();
  }
  return pace;
}

}  // namespace

tl::expected<Schedule, Error> make_schedule(const plan::Spec& spec) {
  const auto* entry =
      std::find_if(kSchedulers.begin(), kSchedulers.end(), [&](const auto& e) { return e.name == spec.name; });
  if (entry == kSchedulers.end()) {
    std::string known;
    for (const auto& e : kSchedulers) known += (known.empty() ? "" : ", ") + std::string(e.name);
    return tl::unexpected(make_error(Code::unsupported_at_run_time,
                                     fmt::format("there is no scheduler '{}'", spec.name), "there are " + known));
  }
  Schedule schedule{spec, {}, nullptr};
  Arguments arguments(fmt::format("scheduler '{}'", spec.name), spec.arguments);
  schedule.pace = read_pace(spec.arguments, arguments);
  const bool has_metric = spec.name != "reduce_on_plateau" || schedule.pace.interval == Pace::Interval::epoch;
  arguments.require(has_metric, "'interval' must be epoch: the metric comes once an epoch");
  schedule.scheduler = entry->make(arguments);
  if (auto done = arguments.finish(); !done) return tl::unexpected(std::move(done.error()));
  return schedule;
}

}  // namespace fts::rates
