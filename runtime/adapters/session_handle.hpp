// What an adapter reaches of the run that it serves: pure virtual, so that a plugin needs nothing of the runtime's
// libraries.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"
#include "runtime/optim/optimizer.hpp"

namespace torch::nn {
class Module;
}

namespace fts {

class World;
namespace bind {
class Weights;
}

using Names = std::vector<std::string>;  // of parameters, each name of a tied one
using NamedParameters = std::vector<std::pair<std::string, at::Tensor>>;
using StateDict = std::map<std::string, at::Tensor>;
using OptimizerState = std::vector<optim::Optimizer::State>;

// What exec_ft_phase did, in the optimizer's names.
struct Thawed {
  Names newly;
  Names all;
};

// What validate_ft_sched found: how deep the run goes, and the greatest `epoch(n)` (-1: none).
struct ScheduleLimits {
  int max_depth = 0;
  std::int64_t greatest_epoch = -1;
};

class SessionHandle {
 public:
  virtual ~SessionHandle() = default;
  [[nodiscard]] virtual torch::nn::Module& module() = 0;
  [[nodiscard]] virtual const plan::Plan& plan() const = 0;
  [[nodiscard]] virtual const plan::Strategy& strategy() const = 0;
  // The processes that run together; null: the program gave none.
  [[nodiscard]] virtual std::shared_ptr<World> world() = 0;
  // What the module's values are read from (Options::weights); null: it has them.
  [[nodiscard]] virtual const bind::Weights* weights() const = 0;
  // Reads all of it into the module.
  virtual void load_weights() = 0;
  // Reports FTS1104 as a warning of the run.
  virtual void warn(std::string message, std::string help) = 0;

  // The names of plan positions, as schedules have them.
  [[nodiscard]] virtual Names names(const std::vector<std::uint32_t>& positions) const = 0;
  // From the scheme that schedules are written in to the module's own names and back, by the renames of the adapter's
  // schema. A name that they do not tell of stays.
  [[nodiscard]] virtual Names to_model(const Names& names) const = 0;
  [[nodiscard]] virtual Names to_schedule(const Names& names) const = 0;

  // What the hooks of those names do where an adapter does not replace them.
  [[nodiscard]] virtual NamedParameters named_parameters() const = 0;  // in the schedule's names
  [[nodiscard]] virtual tl::expected<ScheduleLimits, Error> validate_ft_sched(const NamedParameters& named) = 0;
  virtual Thawed base_ft_phase(const Names& thaw, bool init_thaw) = 0;
  virtual void freeze(const Names& names) = 0;
  [[nodiscard]] virtual at::Tensor parameter(const std::string& name) const = 0;  // undefined: there is none
  [[nodiscard]] virtual at::Tensor gradient_norm(const optim::Optimizer& optimizer) const = 0;
  [[nodiscard]] virtual OptimizerState optimizer_state(const optim::Optimizer& optimizer) const = 0;
  [[nodiscard]] virtual bool load_optimizer_state_dict(optim::Optimizer& optimizer, const OptimizerState& state) = 0;
};

}  // namespace fts
