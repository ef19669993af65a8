// Optimizers over LibTorch tensors: parameter groups, state by parameter, ATen's fused kernels. A parameter is known by
// its position in the plan; names come back only in checkpoints, so nothing is looked up by name in a step.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"
#include "compiler/rates/arguments.hpp"
#include "compiler/rates/scheduler.hpp"

namespace fts::optim {

using rates::Arguments;
using rates::Rate;

// What a new group is made of. `arguments` hold all of the optimizer's arguments with the group's own over them.
struct GroupInit {
  std::string name;
  std::vector<std::uint32_t> positions;
  std::vector<at::Tensor> parameters;
  nlohmann::json arguments;
};

struct Group {
  std::string name;
  std::vector<std::uint32_t> positions;         // in Plan::parameters
  std::vector<at::Tensor> parameters;           // the module's own, in the same order
  std::vector<std::vector<at::Tensor>> slots;   // [slot][parameter]; undefined until the first step uses it
  std::vector<std::vector<std::size_t>> alike;  // indices of one device and dtype, as fused kernels want them
  nlohmann::json arguments;
  Rate rate;
  double weight_decay = 0;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  [[nodiscard]] const plan::Spec& spec() const { return spec_; }

  // Adds a group with its own rate (`lr` of its arguments, which is its initial_lr too). FTS1002: an argument that the
  // optimizer does not take, or a parameter whose memory has gaps. A parameter in two groups breaks an invariant.
  tl::expected<void, Error> add_group(GroupInit init);

  // One step of every parameter that has a gradient; the others keep their state. Throws LibTorch's exceptions.
  void step();
  // Makes gradients anew at the weights as they are, and gives the loss.
  using Closure = std::function<double()>;
  // Whether a step evaluates the loss as often as it likes: then it is made by step(evaluate), not by step().
  [[nodiscard]] virtual bool evaluates_again() const { return false; }
  virtual void step(const Closure& evaluate) {
    evaluate();
    step();
  }
  // Drops all gradients (PyTorch's set_to_none).
  void zero_grad();

  [[nodiscard]] std::vector<Group>& groups() { return groups_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] std::vector<Rate*> rates();

  // State as named tensors: one for each slot in use, of the parameter at `position`.
  struct State {
    std::uint32_t position;
    std::string_view slot;
    at::Tensor tensor;  // shares the optimizer's memory
  };
  [[nodiscard]] std::vector<State> state() const;
  // Replaces the whole state: slots that are not named become unused. Tensors are copied. False if a slot or a
  // parameter is not the optimizer's, or a shape differs; then the state is as it was.
  [[nodiscard]] bool load_state(const std::vector<State>& state);

  // The names of the slots, the same for every parameter.
  [[nodiscard]] virtual std::span<const std::string_view> slot_names() const = 0;

 protected:
  explicit Optimizer(plan::Spec spec) : spec_(std::move(spec)) {}
  // Reads the arguments of the group that is about to be groups()[index], beside lr and weight_decay. A momentum that
  // schedulers may move belongs into `rate`.
  virtual void read(Arguments& arguments, std::size_t index, Rate& rate) = 0;
  [[nodiscard]] virtual double default_lr() const { return 1e-3; }
  [[nodiscard]] virtual double default_weight_decay() const { return 0; }
  // Steps the parameters groups()[group].parameters[i], i in `with_gradient`: of one device and dtype, not empty.
  virtual void update(std::size_t group, std::span<const std::size_t> with_gradient) = 0;
  virtual void state_loaded() {}  // the slots have been replaced

 private:
  plan::Spec spec_;
  std::vector<Group> groups_;
  std::vector<std::size_t> with_gradient_;  // kept between steps for its memory
};

// The optimizer of a plan, without groups; FTS1002: none of that name.
[[nodiscard]] tl::expected<std::unique_ptr<Optimizer>, Error> make_optimizer(const plan::Spec& spec);

}  // namespace fts::optim
