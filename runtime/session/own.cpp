#include "runtime/session/own.hpp"

#include <algorithm>
#include <unordered_map>

#include <torch/optim.h>

#include "compiler/base/code.hpp"

namespace fts::session {

namespace {

using nlohmann::json;
using torch::optim::OptimizerOptions;

std::optional<plan::Spec> spec_of(OptimizerOptions& options) {
  if (const auto* o = dynamic_cast<torch::optim::SGDOptions*>(&options)) {
    return plan::Spec{"sgd",
                      {{"lr", o->lr()},
                       {"momentum", o->momentum()},
                       {"dampening", o->dampening()},
                       {"weight_decay", o->weight_decay()},
                       {"nesterov", o->nesterov()}}};
  }
  const auto adam = [](const char* name, const auto& o) {
    const auto [beta1, beta2] = o.betas();
    return plan::Spec{name,
                      {{"lr", o.lr()},
                       {"betas", {beta1, beta2}},
                       {"eps", o.eps()},
                       {"weight_decay", o.weight_decay()},
                       {"amsgrad", o.amsgrad()}}};
  };
  if (const auto* o = dynamic_cast<torch::optim::AdamOptions*>(&options)) return adam("adam", *o);
  if (const auto* o = dynamic_cast<torch::optim::AdamWOptions*>(&options)) return adam("adamw", *o);
  if (const auto* o = dynamic_cast<torch::optim::AdagradOptions*>(&options)) {
    return plan::Spec{"adagrad",
                      {{"lr", o->lr()},
                       {"lr_decay", o->lr_decay()},
                       {"weight_decay", o->weight_decay()},
                       {"initial_accumulator_value", o->initial_accumulator_value()},
                       {"eps", o->eps()}}};
  }
  if (const auto* o = dynamic_cast<torch::optim::RMSpropOptions*>(&options)) {
    return plan::Spec{"rmsprop",
                      {{"lr", o->lr()},
                       {"alpha", o->alpha()},
                       {"eps", o->eps()},
                       {"weight_decay", o->weight_decay()},
                       {"momentum", o->momentum()},
                       {"centered", o->centered()}}};
  }
  if (const auto* o = dynamic_cast<torch::optim::LBFGSOptions*>(&options)) {
    plan::Spec spec{"lbfgs",
                    {{"lr", o->lr()},
                     {"max_iter", o->max_iter()},
                     {"tolerance_grad", o->tolerance_grad()},
                     {"tolerance_change", o->tolerance_change()},
                     {"history_size", o->history_size()}}};
    if (o->max_eval()) spec.arguments["max_eval"] = *o->max_eval();
    if (o->line_search_fn()) spec.arguments["line_search_fn"] = *o->line_search_fn();
    return spec;
  }
  return std::nullopt;
}

}  // namespace

tl::expected<OwnOptimizer, Error> read_optimizer(torch::optim::Optimizer& optimizer,
                                                 const std::vector<at::Tensor>& parameters) {
  auto spec = spec_of(optimizer.defaults());
  if (!spec) {
    return tl::unexpected(make_error(Code::unsupported_at_run_time, "the program's optimizer is none of LibTorch's",
                                     "give SGD, Adam, AdamW, Adagrad, RMSprop or LBFGS, or name one in the schedule"));
  }
  std::unordered_map<const c10::TensorImpl*, std::uint32_t> positions;
  for (std::uint32_t i = 0; i < parameters.size(); ++i) positions.emplace(parameters[i].unsafeGetTensorImpl(), i);
  OwnOptimizer own{std::move(*spec), {}};
  for (auto& group : optimizer.param_groups()) {
    OwnOptimizer::Group mine{{}, spec_of(group.options())->arguments};
    for (const auto& parameter : group.params()) {
      const auto it = positions.find(parameter.unsafeGetTensorImpl());
      if (it == positions.end()) {
        return tl::unexpected(make_error(Code::unsupported_at_run_time,
                                         "the program's optimizer has a parameter that the model does not have"));
      }
      mine.positions.push_back(it->second);
    }
    std::sort(mine.positions.begin(), mine.positions.end());
    own.groups.push_back(std::move(mine));
  }
  return own;
}

}  // namespace fts::session
