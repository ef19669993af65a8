// Adagrad (Duchi, Hazan and Singer 2011) by ATen's fused kernel or, with `fused = false`, in PyTorch's order of
// operations.
#include <array>

#include <ATen/ops/_fused_adagrad.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros.h>
#include <c10/util/ScopeExit.h>

#include "runtime/optim/registry.hpp"

namespace fts::optim {

namespace {

constexpr std::array<std::string_view, 2> kSlots = {"step", "sum"};
enum Slot : std::size_t { kStep, kSum };

struct Options {
  double lr_decay;
  double eps;
  double initial_sum;
  bool maximize;
  bool fused;
};

class Adagrad final : public Optimizer {
 public:
  explicit Adagrad(plan::Spec spec) : Optimizer(std::move(spec)) {}
  [[nodiscard]] std::span<const std::string_view> slot_names() const override { return kSlots; }

 private:
  [[nodiscard]] double default_lr() const override { return 1e-2; }

  void read(Arguments& a, std::size_t index, Rate& /*rate*/) override {
    options_.resize(index + 1);
    options_[index] = {a.number("lr_decay", 0), a.number("eps", 1e-10), a.number("initial_accumulator_value", 0),
                       a.boolean("maximize", false), a.boolean("fused", true)};
    a.require(!a.boolean("differentiable", false), "'differentiable' is not possible with a fused step");
  }

  void update(std::size_t index, std::span<const std::size_t> with_gradient) override {
    auto& group = groups()[index];
    const auto& o = options_[index];
    // Held on, gradients would lie beside the next step's.
    const auto forget = c10::make_scope_exit([&] {
      for (auto* list : {&parameters_, &gradients_, &sums_, &steps_}) list->clear();
    });
    for (const auto i : with_gradient) {
      auto& step = group.slots[kStep][i];
      if (!step.defined()) {
        step = at::zeros({}, at::TensorOptions().dtype(at::kFloat));
        group.slots[kSum][i] = at::full_like(group.parameters[i], o.initial_sum);
      }
      *step.mutable_data_ptr<float>() += 1;
      if (!o.fused) {
        step_one(group, o, i);
        continue;
      }
      parameters_.push_back(group.parameters[i]);
      gradients_.push_back(group.parameters[i].grad());
      sums_.push_back(group.slots[kSum][i]);
      steps_.push_back(step);
    }
    if (!o.fused) return;
    at::_fused_adagrad_(parameters_, gradients_, sums_, steps_, group.rate.lr, o.lr_decay, group.weight_decay, o.eps,
                        o.maximize);
  }

  static void step_one(Group& group, const Options& o, std::size_t i) {
    auto& parameter = group.parameters[i];
    auto& sum = group.slots[kSum][i];
    at::Tensor gradient = o.maximize ? parameter.grad().neg() : parameter.grad();
    if (group.weight_decay != 0) gradient = gradient.add(parameter, group.weight_decay);
    const auto steps = static_cast<double>(*group.slots[kStep][i].const_data_ptr<float>());
    sum.addcmul_(gradient, gradient, 1);
    parameter.addcdiv_(gradient, sum.sqrt().add_(o.eps), -group.rate.lr / (1 + (steps - 1) * o.lr_decay));
  }

  std::vector<Options> options_;  // by group
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> gradients_;
  std::vector<at::Tensor> sums_;
  std::vector<at::Tensor> steps_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adagrad(plan::Spec spec) { return std::make_unique<Adagrad>(std::move(spec)); }

}  // namespace fts::optim
