// ftsc plan: what will happen, phase by phase.
#include <unistd.h>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/driver/commands.hpp"
#include "compiler/plan/memory.hpp"
#include "compiler/rates/curves.hpp"

namespace fts::driver {

namespace {

struct Options {
  FileOptions file;
  std::string format = "human";
  std::int64_t world = 0;        // processes; 0: what a strategy's mesh says
  std::uint64_t device_mem = 0;  // bytes; 0: not compared
  std::size_t rates = 0;         // epochs or steps to simulate; 0: none
};

// Makes of "80GiB" a number of bytes, or says what is wrong. A number alone is refused, for few mean 80 bytes; a sign
// too, of which CLI11 would make a very large size.
std::string to_bytes(std::string& size) {
  constexpr std::string_view kUnits = " b k kb ki kib m mb mi mib g gb gi gib t tb ti tib p pb pi pib e eb ei eib ";
  const auto unit = size.find_first_not_of("0123456789");
  const bool right = unit != 0 && unit != std::string::npos &&
                     kUnits.find(" " + CLI::detail::to_lower(size.substr(unit)) + " ") != std::string_view::npos;
  return right ? CLI::AsSizeValue(true)(size)
               : fmt::format("'{}' is no whole number with a unit, such as 80GiB or 512MiB", size);
}

Span place_of(const Compilation& compilation, const plan::Strategy& strategy) {
  for (const auto& written : compilation.program->strategies) {
    if (written.name == strategy.name) return written.name_span;
  }
  return {};
}

void compare(const plan::StrategyMemory& memory, const plan::Plan& plan, std::uint64_t device, Span place,
             Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < memory.phases.size(); ++i) {
    const double needed = memory.phases[i].device();
    if (needed <= static_cast<double>(device)) continue;
    auto& d = diagnostics.report(Code::exceeds_device, place,
                                 fmt::format("phase '{}' needs {} on each rank of strategy '{}', and the device has {}",
                                             plan.schedule.phases[i].name, plan::bytes_in_words(needed),
                                             memory.strategy->name, plan::bytes_in_words(static_cast<double>(device))));
    d.help = "activations come on top; more ranks, smaller units, offload, or fewer parameters in the phase need less";
  }
}

// Of the strategies that shard something; of all, where it was asked for.
std::vector<plan::StrategyMemory> memory_of(Compilation& compilation, const Options& options) {
  std::vector<plan::StrategyMemory> all;
  const bool asked = options.world > 0 || options.device_mem > 0;
  for (const auto& strategy : compilation.plan->strategies) {
    if (!asked && strategy.units.empty() && strategy.tensor_parallel.empty()) continue;
    const auto ranks = plan::ranks_of(strategy, options.world);
    const Span place = place_of(compilation, strategy);
    if (!ranks) {
      compilation.diagnostics
          .report(Code::mesh_mismatch, place, fmt::format("strategy '{}': {}", strategy.name, ranks.error()))
          .help = "change --world, or the strategy's mesh";
      continue;
    }
    all.push_back({&strategy, *ranks, plan::memory(*compilation.plan, strategy, *ranks)});
    if (options.device_mem > 0)
      compare(all.back(), *compilation.plan, options.device_mem, place, compilation.diagnostics);
  }
  return all;
}

void print_json(const plan::Plan& plan, const std::vector<plan::StrategyMemory>& memory,
                const std::vector<rates::Curve>& curves) {
  if (memory.empty() && curves.empty()) {
    fmt::print("{}", plan::summary_json(plan));
    return;
  }
  auto summary = nlohmann::ordered_json::parse(plan::summary_json(plan));
  for (const auto& m : memory) summary["memory"].push_back(plan::memory_json(plan, m));
  if (!curves.empty()) summary["rates"] = rates::curves_json(curves);
  fmt::print("{}\n", summary.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_table(const plan::Plan& plan, const std::vector<plan::StrategyMemory>& memory,
                 const std::vector<rates::Curve>& curves) {
  const bool coloured = colour(STDOUT_FILENO);
  fmt::print("{}", plan::summary_table(plan, coloured));
  if (!curves.empty()) fmt::print("\n{}", rates::curves_table(curves, coloured));
  for (const auto& m : memory) fmt::print("\n{}", plan::memory_table(plan, m, coloured));
}

int plan_of(Options& options) {
  auto result = run_with(options.file);
  if (!result) return kUsage;
  std::vector<plan::StrategyMemory> memory;
  if (result->plan) memory = memory_of(*result, options);
  print_diagnostics(*result, stderr);
  if (!result->plan) return kErrors;
  std::vector<rates::Curve> curves;
  bool simulated = true;
  if (options.rates != 0) {
    auto made = rates::curves(*result->plan, options.rates);
    simulated = made.has_value();
    if (simulated)
      curves = std::move(*made);
    else
      fmt::print(stderr, "{}", made.error().text());
  }
  options.format == "json" ? print_json(*result->plan, memory, curves) : print_table(*result->plan, memory, curves);
  return result->diagnostics.has_errors() || !simulated ? kErrors : kDone;
}

}  // namespace

void add_plan(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("plan", "show what will happen, phase by phase");
  auto options = std::make_shared<Options>();
  add_file_options(*command, options->file);
  command->add_option("--format", options->format, "human or json")->check(CLI::IsMember({"human", "json"}));
  command->add_option("--world", options->world, "processes: show the memory of a rank and what it moves, by strategy")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20));
  command->add_option("--device-mem", options->device_mem, "a device's memory, such as 80GiB: refuse what does not fit")
      ->transform(CLI::Validator(to_bytes, "SIZE"));
  command
      ->add_option("--rates", options->rates,
                   "show the rates of that many epochs (or steps), as the schedulers make them")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}));
  command->callback([options, &exit_code] { exit_code = plan_of(*options); });
}

}  // namespace fts::driver
