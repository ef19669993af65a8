// The learning rate schedulers: torch.optim.lr_scheduler's classes with their arguments and defaults (torch 2.15), and
// what Lightning and FTS add to each (interval, frequency, monitor; use_current_optimizer_pg_lrs, init_pg_lrs).
#include <algorithm>

#include "compiler/resolve/schema.hpp"

namespace fts::resolve {

namespace {

AttributeSchema given(std::string name, Type type, std::string doc) {
  return {.name = std::move(name), .type = std::move(type), .doc = std::move(doc), .required = true};
}
AttributeSchema with_default(std::string name, Type type, nlohmann::json fallback, std::string doc) {
  return {.name = std::move(name), .type = std::move(type), .doc = std::move(doc), .fallback = std::move(fallback)};
}
AttributeSchema maybe(std::string name, Type type, std::string doc) {
  return {.name = std::move(name), .type = std::move(type), .doc = std::move(doc)};
}

const Type kRate = type::number().at_least(0);
const Type kCount = type::integer().at_least(1);
const Type kRates = kRate.or_else(type::list(kRate));

SpecSchema scheduler(std::string name, std::string class_name, std::string doc,
                     std::vector<AttributeSchema> arguments) {
  arguments.push_back(
      with_default("interval", type::word({"epoch", "step"}), "epoch", "What a step of the scheduler is."));
  arguments.push_back(with_default("frequency", kCount, 1, "Intervals between steps of the scheduler."));
  arguments.push_back(maybe("monitor", type::metric({}), "The metric that reduce_on_plateau watches."));
  arguments.push_back(with_default("use_current_optimizer_pg_lrs", type::boolean(), false,
                                   "Take the groups' present rates as the new scheduler's initial rates."));
  arguments.push_back(maybe("init_pg_lrs", type::list(kRate), "Initial rates, one a group present at that phase."));
  SpecSchema spec{.name = name, .class_name = std::move(class_name), .doc = std::move(doc)};
  spec.arguments = {.name = std::move(name), .attributes = std::move(arguments)};
  return spec;
}

std::vector<AttributeSchema> cyclic_arguments() {
  return {
      given("base_lr", kRates, "Lower bound of the cycle."),
      given("max_lr", kRates, "Upper bound of the cycle."),
      with_default("step_size_up", kCount, 2000, "Steps of the rising half."),
      maybe("step_size_down", kCount, "Steps of the falling half; as the rising one if left out."),
      with_default("mode", type::word({"triangular", "triangular2", "exp_range"}), "triangular", "Shape of the cycle."),
      with_default("gamma", type::number(), 1.0, "Factor of exp_range: gamma ** iterations."),
      with_default("scale_mode", type::word({"cycle", "iterations"}), "cycle", "What the scale is a function of."),
      with_default("cycle_momentum", type::boolean(), true, "Cycle the momentum inversely."),
      with_default("base_momentum", kRates, 0.8, "Lower bound of the momentum."),
      with_default("max_momentum", kRates, 0.9, "Upper bound of the momentum.")};
}

std::vector<AttributeSchema> one_cycle_arguments() {
  return {given("max_lr", kRates, "Greatest rate of the cycle."),
          maybe("total_steps", kCount, "Steps of the cycle; or give epochs and steps_per_epoch."),
          maybe("epochs", kCount, "Epochs of the cycle."),
          maybe("steps_per_epoch", kCount, "Steps an epoch."),
          with_default("pct_start", type::number().at_least(0).at_most(1), 0.3, "Share of the cycle that rises."),
          with_default("anneal_strategy", type::word({"cos", "linear"}), "cos", "Shape of the fall."),
          with_default("cycle_momentum", type::boolean(), true, "Cycle the momentum inversely."),
          with_default("base_momentum", kRates, 0.85, "Lower bound of the momentum."),
          with_default("max_momentum", kRates, 0.95, "Upper bound of the momentum."),
          with_default("div_factor", type::number().above(0), 25.0, "max_lr / initial rate."),
          with_default("final_div_factor", type::number().above(0), 1e4, "initial rate / final rate."),
          with_default("three_phase", type::boolean(), false, "Fall to the initial rate first, then on.")};
}

std::vector<AttributeSchema> reduce_on_plateau_arguments() {
  return {with_default("mode", type::word({"min", "max"}), "min", "Whether smaller or greater is better."),
          with_default("factor", type::number().above(0).below(1), 0.1, "What the rate is multiplied by."),
          with_default("patience", type::integer().at_least(0), 10, "Steps without improvement that are let pass."),
          with_default("threshold", kRate, 1e-4, "What counts as an improvement."),
          with_default("threshold_mode", type::word({"rel", "abs"}), "rel", "Whether the threshold is relative."),
          with_default("cooldown", type::integer().at_least(0), 0, "Steps to wait after a reduction."),
          with_default("min_lr", kRates, 0.0, "Lower bound of the rate, one for all groups or one a group."),
          with_default("eps", kRate, 1e-8, "Smaller changes of the rate are left out.")};
}

std::vector<SpecSchema> simple() {
  const Type gamma = type::number();
  return {
      scheduler("step", "StepLR", "Multiplies the rate by gamma every step_size steps.",
                {given("step_size", kCount, "Steps between decays."), with_default("gamma", gamma, 0.1, "Factor.")}),
      scheduler("multi_step", "MultiStepLR", "Multiplies the rate by gamma at each milestone.",
                {given("milestones", type::list(type::integer().at_least(0)), "Ascending steps."),
                 with_default("gamma", gamma, 0.1, "Factor.")}),
      scheduler("constant", "ConstantLR", "Multiplies the rate by factor until total_iters.",
                {with_default("factor", type::number().at_least(0).at_most(1), 1.0 / 3, "Factor."),
                 with_default("total_iters", type::integer().at_least(0), 5, "Steps with the factor.")}),
      scheduler("linear", "LinearLR", "Moves a factor on the rate linearly from start_factor to end_factor.",
                {with_default("start_factor", type::number().above(0).at_most(1), 1.0 / 3, "Factor of the first step."),
                 with_default("end_factor", type::number().at_least(0).at_most(1), 1.0, "Factor from total_iters on."),
                 with_default("total_iters", kCount, 5, "Steps until end_factor.")}),
      scheduler("exponential", "ExponentialLR", "Multiplies the rate by gamma every step.",
                {given("gamma", gamma, "Factor.")}),
      scheduler("polynomial", "PolynomialLR", "Lowers the rate to zero by a polynomial in total_iters steps.",
                {with_default("total_iters", kCount, 5, "Steps until zero."),
                 with_default("power", type::number(), 1.0, "Power of the polynomial.")}),
      scheduler(
          "cosine_annealing", "CosineAnnealingLR", "Follows half a cosine from the rate to eta_min.",
          {given("T_max", kCount, "Steps of half a period."), with_default("eta_min", kRate, 0.0, "Least rate.")}),
      scheduler("cosine_annealing_warm_restarts", "CosineAnnealingWarmRestarts", "Cosine annealing that starts anew.",
                {given("T_0", kCount, "Steps of the first period."),
                 with_default("T_mult", kCount, 1, "Factor on the period at each restart."),
                 with_default("eta_min", kRate, 0.0, "Least rate.")}),
      scheduler("cyclic", "CyclicLR", "Cycles the rate between two bounds.", cyclic_arguments()),
      scheduler("one_cycle", "OneCycleLR", "One rise and fall of the rate.", one_cycle_arguments()),
      scheduler("lambda", "LambdaLR", "Multiplies the initial rate by an expression.",
                {given("lr_lambda", type::expression().or_else(type::list(type::expression())),
                       "An expression in epoch or step.")}),
      scheduler("multiplicative", "MultiplicativeLR", "Multiplies the present rate by an expression.",
                {given("lr_lambda", type::expression().or_else(type::list(type::expression())),
                       "An expression in epoch or step.")}),
      scheduler("reduce_on_plateau", "ReduceLROnPlateau", "Reduces the rate when a metric stops improving.",
                reduce_on_plateau_arguments()),
  };
}

std::vector<SpecSchema> table() {
  std::vector<SpecSchema> specs = simple();
  const Type schedulers = type::list(type::spec(specs));
  specs.push_back(scheduler("sequential", "SequentialLR", "One scheduler after another.",
                            {given("schedulers", schedulers, "The schedulers, in order."),
                             given("milestones", type::list(kCount), "The steps at which the next one takes over.")}));
  specs.push_back(scheduler("chained", "ChainedScheduler", "Several schedulers at once.",
                            {given("schedulers", schedulers, "The schedulers, in order.")}));
  return specs;
}

}  // namespace

const std::vector<SpecSchema>& lr_schedulers() {
  static const std::vector<SpecSchema> specs = table();
  return specs;
}

bool fts_supports(std::string_view lr_scheduler) {
  constexpr std::string_view kSupported[] = {// FTSLRSchedulerTypes
                                             "lambda",
                                             "multiplicative",
                                             "step",
                                             "multi_step",
                                             "exponential",
                                             "cosine_annealing",
                                             "reduce_on_plateau",
                                             "cosine_annealing_warm_restarts",
                                             "constant",
                                             "linear"};
  return std::find(std::begin(kSupported), std::end(kSupported), lr_scheduler) != std::end(kSupported);
}

}  // namespace fts::resolve
