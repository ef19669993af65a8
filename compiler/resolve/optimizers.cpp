// The optimizers: torch.optim's classes with their arguments and defaults (torch 2.15, torch/optim/*.py).
#include "compiler/resolve/schema.hpp"

namespace fts::resolve {

namespace {

AttributeSchema with_default(std::string name, Type type, nlohmann::json fallback, std::string doc) {
  return {.name = std::move(name), .type = std::move(type), .doc = std::move(doc), .fallback = std::move(fallback)};
}

const Type kNumber = type::number();
const Type kRate = type::number().at_least(0);
const Type kBeta = type::number().at_least(0).below(1);

AttributeSchema lr(double fallback) { return with_default("lr", kRate, fallback, "Learning rate."); }
AttributeSchema weight_decay(double fallback, std::string doc) {
  return with_default("weight_decay", kRate, fallback, std::move(doc));
}
AttributeSchema betas() {
  return with_default("betas", type::list(kBeta), {0.9, 0.999},
                      "Decay rates of the running averages of the gradient and of its square.");
}
AttributeSchema eps(double fallback) { return with_default("eps", kRate, fallback, "Added to the denominator."); }
AttributeSchema flag(std::string name, std::string doc) {
  return with_default(std::move(name), type::boolean(), false, std::move(doc));
}
AttributeSchema maximize() { return flag("maximize", "Maximise the loss instead of minimising it."); }

SpecSchema optimizer(std::string name, std::string class_name, std::string doc,
                     std::vector<AttributeSchema> arguments) {
  SpecSchema spec{.name = name, .class_name = std::move(class_name), .doc = std::move(doc)};
  spec.arguments = {.name = std::move(name), .attributes = std::move(arguments)};
  return spec;
}

std::vector<SpecSchema> table() {
  return {
      optimizer("adamw", "AdamW", "Adam with decoupled weight decay.",
                {lr(1e-3), betas(), eps(1e-8), weight_decay(1e-2, "Decoupled weight decay."),
                 flag("amsgrad", "Use the greatest squared average so far."), maximize()}),
      optimizer("adam", "Adam", "Adam; weight decay is added to the gradient.",
                {lr(1e-3), betas(), eps(1e-8), weight_decay(0, "L2 penalty."),
                 flag("amsgrad", "Use the greatest squared average so far."), maximize(),
                 flag("decoupled_weight_decay", "Decay as AdamW does.")}),
      optimizer("sgd", "SGD", "Stochastic gradient descent.",
                {lr(1e-3), with_default("momentum", kRate, 0.0, "Momentum factor."),
                 with_default("dampening", kNumber, 0.0, "Dampening of the momentum."), weight_decay(0, "L2 penalty."),
                 flag("nesterov", "Nesterov's momentum; needs momentum > 0 and no dampening."), maximize()}),
      optimizer(
          "adagrad", "Adagrad", "Rates that fall with the sum of squared gradients.",
          {lr(1e-2), with_default("lr_decay", kRate, 0.0, "Decay of the learning rate a step."),
           weight_decay(0, "L2 penalty."),
           with_default("initial_accumulator_value", kRate, 0.0, "Where the sums start."), eps(1e-10), maximize()}),
      optimizer("rmsprop", "RMSprop", "Rates divided by a running average of squared gradients.",
                {lr(1e-2), with_default("alpha", kRate, 0.99, "Smoothing constant."), eps(1e-8),
                 weight_decay(0, "L2 penalty."), with_default("momentum", kRate, 0.0, "Momentum factor."),
                 flag("centered", "Normalise by an estimate of the variance."), maximize()}),
      optimizer("lbfgs", "LBFGS", "L-BFGS; one parameter group only.",
                {lr(1),
                 with_default("max_iter", type::integer().at_least(1), 20, "Iterations a step."),
                 {.name = "max_eval", .type = type::integer().at_least(1), .doc = "Function evaluations a step."},
                 with_default("tolerance_grad", kRate, 1e-7, "Stop at this first-order optimality."),
                 with_default("tolerance_change", kRate, 1e-9, "Stop at this change of function or parameters."),
                 with_default("history_size", type::integer().at_least(1), 100, "Updates remembered."),
                 {.name = "line_search_fn", .type = type::word({"strong_wolfe"}), .doc = "Line search."}}),
  };
}

}  // namespace

const std::vector<SpecSchema>& optimizers() {
  static const std::vector<SpecSchema> specs = table();
  return specs;
}

}  // namespace fts::resolve
