// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) by ATen's fused kernels, which are what PyTorch runs
// with `fused=True`; with `fused = false` in PyTorch's order of operations.
#include <array>
#include <cmath>

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/util/ScopeExit.h>

#include "runtime/optim/registry.hpp"

namespace fts::optim {

namespace {

constexpr std::array<std::string_view, 4> kSlots = {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"};
enum Slot : std::size_t { kStep, kExpAvg, kExpAvgSq, kMaxExpAvgSq };

struct Options {
  double beta2;
  double eps;
  bool amsgrad;
  bool maximize;
  bool fused;
  bool decoupled;  // AdamW's weight decay, which is no part of the gradient
};

class Adam final : public Optimizer {
 public:
  Adam(plan::Spec spec, bool decoupled) : Optimizer(std::move(spec)), decoupled_(decoupled) {}
  [[nodiscard]] std::span<const std::string_view> slot_names() const override { return kSlots; }

 private:
  [[nodiscard]] double default_weight_decay() const override { return decoupled_ ? 1e-2 : 0; }

  void read(Arguments& a, std::size_t index, Rate& rate) override {
    const auto [beta1, beta2] = a.pair("betas", 0.9, 0.999);
    options_.resize(index + 1);
    rate.momentum = beta1;
    options_[index] = {beta2,
                       a.number("eps", 1e-8),
                       a.boolean("amsgrad", false),
                       a.boolean("maximize", false),
                       a.boolean("fused", true),
                       a.boolean("decoupled_weight_decay", decoupled_)};
    a.require(!a.boolean("capturable", false), "'capturable' is for CUDA graphs, which this runtime does not record");
    a.require(!a.boolean("differentiable", false), "'differentiable' is not possible with a fused step");
  }

  void update(std::size_t index, std::span<const std::size_t> with_gradient) override {
    auto& group = groups()[index];
    const auto& o = options_[index];
    if (!o.fused) {
      for (const auto i : with_gradient) step_one(group, o, i);
      return;
    }
    // Held on, gradients would lie beside the next step's.
    const auto forget = c10::make_scope_exit([&] {
      for (auto& list : lists_) list.clear();
      gradients_.clear();
      parameters_.clear();
    });
    for (const auto i : with_gradient) {
      const auto& parameter = group.parameters[i];
      begin_state(group, i, o.amsgrad);
      *group.slots[kStep][i].mutable_data_ptr<float>() += 1;
      parameters_.push_back(parameter);
      gradients_.push_back(parameter.grad());
      for (std::size_t s = 0; s < kSlots.size(); ++s) {
        if (s == kMaxExpAvgSq && !o.amsgrad) continue;
        const auto& slot = group.slots[s][i];
        lists_[s].push_back(s == kStep ? slot.to(parameter.device()) : slot);  // the kernel reads it where it runs
      }
    }
    const auto kernel = [&](auto fused) {
      fused(parameters_, gradients_, lists_[kExpAvg], lists_[kExpAvgSq], lists_[kMaxExpAvgSq], lists_[kStep],
            group.rate.lr, *group.rate.momentum, o.beta2, group.weight_decay, o.eps, o.amsgrad, o.maximize,
            std::nullopt, std::nullopt);
    };
    if (o.decoupled) {
      kernel([](auto&&... a) { at::_fused_adamw_(a...); });
    } else {
      kernel([](auto&&... a) { at::_fused_adam_(a...); });
    }
  }

  static void step_one(Group& group, const Options& o, std::size_t i) {
    begin_state(group, i, o.amsgrad);
    auto& parameter = group.parameters[i];
    const double beta1 = *group.rate.momentum;
    auto* count = group.slots[kStep][i].mutable_data_ptr<float>();
    const double step = static_cast<double>(*count += 1);
    at::Tensor gradient = o.maximize ? parameter.grad().neg() : parameter.grad();
    if (group.weight_decay != 0) {
      if (o.decoupled) {
        parameter.mul_(1 - group.rate.lr * group.weight_decay);
      } else {
        gradient = gradient.add(parameter, group.weight_decay);
      }
    }
    auto& average = group.slots[kExpAvg][i];
    auto& square = group.slots[kExpAvgSq][i];
    average.lerp_(gradient, 1 - beta1);
    square.mul_(o.beta2).addcmul_(gradient, gradient, 1 - o.beta2);
    if (o.amsgrad) group.slots[kMaxExpAvgSq][i].copy_(at::maximum(group.slots[kMaxExpAvgSq][i], square));
    const auto& variance = o.amsgrad ? group.slots[kMaxExpAvgSq][i] : square;
    const double root = std::sqrt(1 - std::pow(o.beta2, step));
    parameter.addcdiv_(average, variance.sqrt().div_(root).add_(o.eps), -group.rate.lr / (1 - std::pow(beta1, step)));
  }

  static void begin_state(Group& group, std::size_t i, bool amsgrad) {
    if (group.slots[kStep][i].defined()) return;
    const auto& parameter = group.parameters[i];
    group.slots[kStep][i] = at::zeros({}, at::TensorOptions().dtype(at::kFloat));
    group.slots[kExpAvg][i] = at::zeros_like(parameter);
    group.slots[kExpAvgSq][i] = at::zeros_like(parameter);
    if (amsgrad) group.slots[kMaxExpAvgSq][i] = at::zeros_like(parameter);
  }

  bool decoupled_;
  std::vector<Options> options_;  // by group
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> gradients_;
  std::array<std::vector<at::Tensor>, kSlots.size()> lists_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adam(plan::Spec spec) { return std::make_unique<Adam>(std::move(spec), false); }
std::unique_ptr<Optimizer> make_adamw(plan::Spec spec) { return std::make_unique<Adam>(std::move(spec), true); }

}  // namespace fts::optim
