#include "runtime/optim/registry.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts::optim {

namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Optimizer> (*make)(plan::Spec);
};

constexpr std::array kOptimizers = {
    Entry{"adagrad", make_adagrad}, Entry{"adam", make_adam},       Entry{"adamw", make_adamw},
    Entry{"lbfgs", make_lbfgs},     Entry{"rmsprop", make_rmsprop}, Entry{"sgd", make_sgd},
};

}  // namespace

tl::expected<std::unique_ptr<Optimizer>, Error> make_optimizer(const plan::Spec& spec) {
  const auto* entry =
      std::find_if(kOptimizers.begin(), kOptimizers.end(), [&](const auto& e) { return e.name == spec.name; });
  if (entry != kOptimizers.end()) return entry->make(spec);
  std::string known;
  for (const auto& e : kOptimizers) known += (known.empty() ? "" : ", ") + std::string(e.name);
  return tl::unexpected(make_error(Code::unsupported_at_run_time,
                                   fmt::format("the runtime has no optimizer '{}'", spec.name), "it has " + known));
}

}  // namespace fts::optim
