// The rules of docs/PLAN.md on units and tensor-parallel splits.
#include <fmt/format.h>

#include "compiler/plan/verify.hpp"

namespace fts::plan {

namespace {

class Checker {
 public:
  explicit Checker(const Plan& plan) : plan_(plan) {}

  std::vector<std::string> run() {
    for (std::size_t i = 0; i < plan_.strategies.size(); ++i) {
      const std::string at = fmt::format("strategies[{}]", i);
      units(plan_.strategies[i], at);
      splits(plan_.strategies[i], at);
    }
    return std::move(violations_);
  }

 private:
  void units(const Strategy& strategy, const std::string& at) {
    std::vector<bool> taken(plan_.parameters.size(), false);
    for (std::size_t u = 0; u < strategy.units.size(); ++u) {
      const std::string here = fmt::format("{}.units[{}]", at, u);
      const Unit& unit = strategy.units[u];
      if (!unit.settings.is_object()) violations_.push_back(here + ".settings: expected an object");
      for (std::size_t i = 0; i < unit.parameters.size(); ++i) {
        const auto position = unit.parameters[i];
        const std::string path = fmt::format("{}.parameters[{}]", here, i);
        if (!in_range(position, path)) continue;
        if (i > 0 && unit.parameters[i - 1] >= position) violations_.push_back(path + ": not ascending");
        if (plan_.parameters[position].tied_to) violations_.push_back(path + ": a later name of a tied tensor");
        if (taken[position]) violations_.push_back(path + ": in another unit too");
        taken[position] = true;
      }
    }
  }

  void splits(const Strategy& strategy, const std::string& at) {
    std::vector<bool> taken(plan_.parameters.size(), false);
    for (std::size_t t = 0; t < strategy.tensor_parallel.size(); ++t) {
      const TensorParallel& shared = strategy.tensor_parallel[t];
      const std::string here = fmt::format("{}.tensor_parallel[{}]", at, t);
      if (shared.style.empty()) violations_.push_back(here + ".style: empty");
      if (!shared.layouts.is_object()) violations_.push_back(here + ".layouts: expected an object");
      for (std::size_t i = 0; i < shared.splits.size(); ++i) {
        const Split& split = shared.splits[i];
        const std::string path = fmt::format("{}.splits[{}]", here, i);
        if (!in_range(split.parameter, path)) continue;
        const Parameter& parameter = plan_.parameters[split.parameter];
        const bool has_dim =
            split.dim >= 0 && (!parameter.shape_known || split.dim < static_cast<std::int64_t>(parameter.shape.size()));
        if (!has_dim || split.parts < 1) violations_.push_back(path + ": no such dimension, or no parts");
        if (taken[split.parameter]) violations_.push_back(path + ": split twice");
        taken[split.parameter] = true;
      }
    }
  }

  bool in_range(std::uint32_t position, const std::string& path) {
    if (position < plan_.parameters.size()) return true;
    violations_.push_back(fmt::format("{}: {} is no position", path, position));
    return false;
  }

  const Plan& plan_;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<std::string> verify_strategies(const Plan& plan) { return Checker(plan).run(); }

}  // namespace fts::plan
