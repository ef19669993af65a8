// SGD with momentum, by ATen's fused kernel or, with `fused = false`, in PyTorch's order of operations.
#include <array>

#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/empty_like.h>
#include <c10/util/ScopeExit.h>

#include "runtime/optim/registry.hpp"

namespace fts::optim {

namespace {

constexpr std::array<std::string_view, 1> kSlots = {"momentum_buffer"};

struct Options {
  double dampening;
  bool nesterov;
  bool maximize;
  bool fused;
};

class Sgd final : public Optimizer {
 public:
  explicit Sgd(plan::Spec spec) : Optimizer(std::move(spec)) {}
  [[nodiscard]] std::span<const std::string_view> slot_names() const override { return kSlots; }

 private:
  void read(Arguments& a, std::size_t index, Rate& rate) override {
    options_.resize(index + 1);
    auto& o = options_[index];
    rate.momentum = a.number("momentum", 0);
    o = {a.number("dampening", 0), a.boolean("nesterov", false), a.boolean("maximize", false),
         a.boolean("fused", true)};
    a.require(!o.nesterov || (*rate.momentum > 0 && o.dampening == 0), "'nesterov' needs a momentum and no dampening");
    a.require(!a.boolean("differentiable", false), "'differentiable' is not possible with a fused step");
  }

  // The kernel takes the first step of a momentum buffer for a whole list, so those that begin now go apart.
  void update(std::size_t index, std::span<const std::size_t> with_gradient) override {
    auto& group = groups()[index];
    if (!options_[index].fused) {
      for (const auto i : with_gradient) step_one(group, options_[index], i);
      return;
    }
    beginning_.clear();
    going_on_.clear();
    const bool momentum = *group.rate.momentum != 0;
    for (const auto i : with_gradient) {
      const bool begins = momentum && !group.slots[0][i].defined();
      if (begins) group.slots[0][i] = at::empty_like(group.parameters[i]);
      (begins ? beginning_ : going_on_).push_back(i);
    }
    apply(index, beginning_, true);
    apply(index, going_on_, false);
  }

  static void step_one(Group& group, const Options& o, std::size_t i) {
    auto& parameter = group.parameters[i];
    const double momentum = *group.rate.momentum;
    at::Tensor gradient = o.maximize ? parameter.grad().neg() : parameter.grad();
    if (group.weight_decay != 0) gradient = gradient.add(parameter, group.weight_decay);
    if (momentum != 0) {
      auto& buffer = group.slots[0][i];
      if (buffer.defined()) {
        buffer.mul_(momentum).add_(gradient, 1 - o.dampening);
      } else {
        buffer = gradient.clone();
      }
      gradient = o.nesterov ? gradient.add(buffer, momentum) : buffer;
    }
    parameter.add_(gradient, -group.rate.lr);
  }

  void apply(std::size_t index, const std::vector<std::size_t>& which, bool first) {
    if (which.empty()) return;
    auto& group = groups()[index];
    const auto& o = options_[index];
    // Held on, gradients would lie beside the next step's.
    const auto forget = c10::make_scope_exit([&] {
      for (auto* list : {&parameters_, &gradients_, &buffers_}) list->clear();
    });
    for (const auto i : which) {
      parameters_.push_back(group.parameters[i]);
      gradients_.push_back(group.parameters[i].grad());
      if (*group.rate.momentum != 0) buffers_.push_back(group.slots[0][i]);
    }
    at::_fused_sgd_(parameters_, gradients_, buffers_, group.weight_decay, *group.rate.momentum, group.rate.lr,
                    o.dampening, o.nesterov, o.maximize, first);
  }

  std::vector<Options> options_;  // by group
  std::vector<std::size_t> beginning_;
  std::vector<std::size_t> going_on_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> gradients_;
  std::vector<at::Tensor> buffers_;
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(plan::Spec spec) { return std::make_unique<Sgd>(std::move(spec)); }

}  // namespace fts::optim
