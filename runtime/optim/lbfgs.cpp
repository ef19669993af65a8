// L-BFGS (Liu and Nocedal 1989), with the line search of strong Wolfe conditions if asked for: LibTorch's own, which is
// PyTorch's line for line. Its state is one vector over all parameters; here every parameter has its part of it.
#include <map>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/optim/lbfgs.h>

#include "runtime/optim/registry.hpp"

namespace fts::optim {

namespace {

using SearchState = torch::optim::LBFGSParamState;

// Vectors over all parameters, numbers (which the first parameter keeps), then of each remembered update the change of
// gradient, the step, and 1/(y·s).
enum Slot : std::size_t { kDirection, kGradient, kEvaluations, kIterations, kStep, kLoss, kScale, kHistory };

// The names outlive every optimizer, as other optimizers' do.
const std::vector<std::string_view>& names_for(std::int64_t history) {
  static std::map<std::int64_t, std::pair<std::vector<std::string>, std::vector<std::string_view>>> all;
  auto& [names, views] = all[history];
  if (!names.empty()) return views;
  names = {"d", "prev_flat_grad", "func_evals", "n_iter", "t", "prev_loss", "H_diag"};
  for (std::int64_t k = 0; k < history; ++k) {
    for (const auto* name : {"old_dirs_", "old_stps_", "ro_"}) names.push_back(name + std::to_string(k));
  }
  views.assign(names.begin(), names.end());
  return views;
}

class Lbfgs final : public Optimizer {
 public:
  explicit Lbfgs(plan::Spec spec)
      : Optimizer(std::move(spec)),
        names_(&names_for(this->spec().arguments.value("history_size", std::int64_t{100}))) {}
  [[nodiscard]] std::span<const std::string_view> slot_names() const override { return *names_; }
  [[nodiscard]] bool evaluates_again() const override { return true; }

  void step(const Closure& evaluate) override {
    if (groups().empty()) return;
    auto& group = groups().front();
    if (!theirs_) {
      theirs_.emplace(group.parameters, options_);
      read_state(group);
    }
    theirs_->param_groups().front().options().set_lr(group.rate.lr);
    theirs_->step([&] { return at::scalar_tensor(evaluate(), at::kDouble); });
    write_state(group);
  }

 private:
  [[nodiscard]] double default_lr() const override { return 1; }

  void read(Arguments& a, std::size_t index, Rate&) override {
    a.require(index == 0, "it takes one parameter group only");
    a.ignore({"fused", "weight_decay"});
    options_.max_iter(a.integer("max_iter", 20));
    options_.max_eval(a.integer("max_eval", options_.max_iter() * 5 / 4));
    options_.tolerance_grad(a.number("tolerance_grad", 1e-7)).tolerance_change(a.number("tolerance_change", 1e-9));
    options_.history_size(a.integer("history_size", 100));
    if (a.word("line_search_fn", {"", "strong_wolfe"}) == "strong_wolfe") options_.line_search_fn("strong_wolfe");
  }

  void update(std::size_t, std::span<const std::size_t>) override { FTS_CHECK(!"a step that evaluates again"); }
  void state_loaded() override { theirs_.reset(); }

  // The parts of a vector over all parameters, as views of it.
  static void split(Group& group, std::size_t slot, const at::Tensor& whole) {
    std::int64_t at = 0;
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const auto& p = group.parameters[i];
      group.slots[slot][i] = whole.defined() ? whole.narrow(0, at, p.numel()).view(p.sizes()) : at::Tensor();
      at += p.numel();
    }
  }
  static at::Tensor joined(const Group& group, std::size_t slot) {
    std::vector<at::Tensor> parts;
    for (const auto& part : group.slots[slot]) {
      if (!part.defined()) return {};
      parts.push_back(part.reshape({-1}));
    }
    return at::cat(parts);
  }

  void write_state(Group& group) {
    const auto& states = theirs_->state();
    if (states.empty()) return;
    const auto& s = static_cast<const SearchState&>(*states.begin()->second);
    const auto number = [&](std::size_t slot, double value) {
      group.slots[slot].front() = at::scalar_tensor(value, at::kDouble);
    };
    split(group, kDirection, s.d());
    split(group, kGradient, s.prev_flat_grad());
    number(kEvaluations, static_cast<double>(s.func_evals()));
    number(kIterations, static_cast<double>(s.n_iter()));
    number(kStep, s.t());
    number(kLoss, s.prev_loss());
    group.slots[kScale].front() = s.H_diag();
    for (std::size_t k = 0; k < s.ro().size(); ++k) {
      split(group, kHistory + 3 * k, s.old_dirs()[k]);
      split(group, kHistory + 3 * k + 1, s.old_stps()[k]);
      group.slots[kHistory + 3 * k + 2].front() = s.ro()[k];
    }
  }

  void read_state(const Group& group) {
    if (!group.slots[kDirection].front().defined()) return;
    auto s = std::make_unique<SearchState>();
    const auto number = [&](std::size_t slot) { return group.slots[slot].front().item<double>(); };
    s->d(joined(group, kDirection)).prev_flat_grad(joined(group, kGradient)).H_diag(group.slots[kScale].front());
    s->func_evals(static_cast<std::int64_t>(number(kEvaluations)));
    s->n_iter(static_cast<std::int64_t>(number(kIterations)));
    s->t(number(kStep)).prev_loss(number(kLoss));
    for (std::size_t k = kHistory; k < group.slots.size() && group.slots[k].front().defined(); k += 3) {
      s->old_dirs().push_back(joined(group, k));
      s->old_stps().push_back(joined(group, k + 1));
      s->ro().push_back(group.slots[k + 2].front());
    }
    theirs_->state()[group.parameters.front().unsafeGetTensorImpl()] = std::move(s);
  }

  const std::vector<std::string_view>* names_;
  torch::optim::LBFGSOptions options_;
  std::optional<torch::optim::LBFGS> theirs_;  // made at the first step, and anew once a state is loaded
};

}  // namespace

std::unique_ptr<Optimizer> make_lbfgs(plan::Spec spec) { return std::make_unique<Lbfgs>(std::move(spec)); }

}  // namespace fts::optim
