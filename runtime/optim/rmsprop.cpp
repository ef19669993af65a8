// RMSprop (Hinton, "Neural Networks for Machine Learning", lecture 6; centred: Graves 2013), in PyTorch's order of
// operations. ATen has no fused kernel for it.
#include <array>

#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "runtime/optim/registry.hpp"

namespace fts::optim {

namespace {

constexpr std::array<std::string_view, 4> kSlots = {"step", "square_avg", "momentum_buffer", "grad_avg"};
enum Slot : std::size_t { kStep, kSquareAvg, kMomentum, kGradAvg };

struct Options {
  double alpha;
  double eps;
  bool centered;
  bool maximize;
};

class RmsProp final : public Optimizer {
 public:
  explicit RmsProp(plan::Spec spec) : Optimizer(std::move(spec)) {}
  [[nodiscard]] std::span<const std::string_view> slot_names() const override { return kSlots; }

 private:
  [[nodiscard]] double default_lr() const override { return 1e-2; }

  void read(Arguments& a, std::size_t index, Rate& rate) override {
    options_.resize(index + 1);
    a.ignore({"fused"});
    rate.momentum = a.number("momentum", 0);
    options_[index] = {a.number("alpha", 0.99), a.number("eps", 1e-8), a.boolean("centered", false),
                       a.boolean("maximize", false)};
    a.require(!a.boolean("capturable", false), "'capturable' is for CUDA graphs, which this runtime does not record");
    a.require(!a.boolean("differentiable", false), "'differentiable' is not possible here");
  }

  void update(std::size_t index, std::span<const std::size_t> with_gradient) override {
    for (const auto i : with_gradient) step_one(groups()[index], options_[index], i);
  }

  static void step_one(Group& group, const Options& o, std::size_t i) {
    auto& parameter = group.parameters[i];
    const auto slot = [&](Slot s) -> at::Tensor& {
      auto& tensor = group.slots[s][i];
      if (!tensor.defined()) tensor = at::zeros_like(parameter);
      return tensor;
    };
    auto& step = group.slots[kStep][i];
    if (!step.defined()) step = at::zeros({}, at::TensorOptions().dtype(at::kFloat));
    *step.mutable_data_ptr<float>() += 1;

    at::Tensor gradient = o.maximize ? parameter.grad().neg() : parameter.grad();
    if (group.weight_decay != 0) gradient = gradient.add(parameter, group.weight_decay);
    auto& square_avg = slot(kSquareAvg);
    square_avg.mul_(o.alpha).addcmul_(gradient, gradient, 1 - o.alpha);
    at::Tensor root;
    if (o.centered) {
      auto& grad_avg = slot(kGradAvg);
      grad_avg.lerp_(gradient, 1 - o.alpha);
      root = square_avg.addcmul(grad_avg, grad_avg, -1).sqrt_();
    } else {
      root = square_avg.sqrt();
    }
    root.add_(o.eps);
    if (*group.rate.momentum > 0) {
      auto& buffer = slot(kMomentum);
      buffer.mul_(*group.rate.momentum).addcdiv_(gradient, root);
      parameter.add_(buffer, -group.rate.lr);
    } else {
      parameter.addcdiv_(gradient, root, -group.rate.lr);
    }
  }

  std::vector<Options> options_;  // by group
};

}  // namespace

std::unique_ptr<Optimizer> make_rmsprop(plan::Spec spec) { return std::make_unique<RmsProp>(std::move(spec)); }

}  // namespace fts::optim
