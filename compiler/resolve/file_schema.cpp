// The blocks of a file: model, schedule with its phases, strategy.
#include <limits>

#include "compiler/base/levels.hpp"
#include "compiler/resolve/schema.hpp"

namespace fts::resolve {

namespace {

AttributeSchema with_default(std::string name, Type type, nlohmann::json fallback, std::string doc) {
  return {.name = std::move(name), .type = std::move(type), .doc = std::move(doc), .fallback = std::move(fallback)};
}
AttributeSchema maybe(std::string name, Type type, std::string doc) {
  return {.name = std::move(name), .type = std::move(type), .doc = std::move(doc)};
}

// A whole number that an `int` of the plan or the run holds.
Type count(int least) { return type::integer().at_least(least).at_most(std::numeric_limits<int>::max()); }

const Type kRate = type::number().at_least(0);
const Type kMode = type::word({"min", "max"});

// FTSEarlyStopping's arguments, defaults Lightning's.
BodySchema monitor() {
  return {
      .name = "monitor",
      .attributes = {with_default("mode", kMode, "min", "Whether smaller or greater is better."),
                     with_default("patience", count(0), 3, "Checks without improvement before plateau."),
                     with_default("min_delta", kRate, 0.0, "Least change that counts as an improvement."),
                     with_default("check_finite", type::boolean(), true, "Stop when the metric is NaN or infinite."),
                     maybe("stopping_threshold", type::number(), "Stop once the metric is better than this."),
                     maybe("divergence_threshold", type::number(), "Stop once the metric is worse than this.")}};
}

// FTSCheckpoint's arguments.
BodySchema checkpoint() {
  return {.name = "checkpoint",
          .attributes = {
              with_default("save_top_k", count(-1), 1, "Best checkpoints kept; -1 keeps all."),
              maybe("monitor", type::metric({}), "The metric that says what is best; the schedule's own if left out."),
              with_default("mode", kMode, "min", "Whether smaller or greater is better."),
              with_default("every_n_epochs", count(1), 1, "Epochs between checkpoints."),
              maybe("every_n_steps", count(1), "Steps between checkpoints."),
              with_default("save_last", type::boolean(), true, "Keep the last one too."),
              with_default("save_on_train_epoch_end", type::boolean(), false, "Save before the validation.")}};
}

// What a parameter group may set: every argument that some optimizer has, but those of the optimizer as a whole.
std::vector<AttributeSchema> group_arguments() {
  std::vector<AttributeSchema> all;
  for (const auto& spec : optimizers()) {
    if (spec.name == "lbfgs") continue;
    for (auto argument : spec.arguments.attributes) {
      const BodySchema seen{.name = "", .attributes = all};
      if (seen.find(argument.name) != nullptr) continue;
      argument.fallback.reset();
      argument.doc = "For this phase's new parameter groups: " + argument.doc;
      all.push_back(std::move(argument));
    }
  }
  return all;
}

BodySchema phase() {
  BodySchema schema{.name = "phase"};
  schema.attributes = {
      {.name = "thaw", .type = type::parameters(), .doc = "The parameters that become trainable.", .required = true},
      maybe("freeze", type::parameters(), "What an earlier phase thawed and this one freezes again."),
      maybe("optimizer", type::spec(optimizers()), "A new optimizer from here on (FTS: new_optimizer)."),
      maybe("lr_scheduler", type::spec(lr_schedulers()), "A new scheduler from here on (FTS: new_lr_scheduler)."),
      maybe("until", type::condition(), "When the phase ends; plateau if left out."),
      maybe("groups", type::rules(Kind::parameters, type::body({.name = "group", .attributes = group_arguments()})),
            "Several parameter groups in one phase."),
  };
  for (auto& argument : group_arguments()) schema.attributes.push_back(std::move(argument));
  return schema;
}

BodySchema schedule() {
  const auto reinit = type::spec(optimizers());
  const auto reinit_lr = type::spec(lr_schedulers());
  return {
      .name = "schedule",
      .attributes = {
          maybe("monitor", type::metric(monitor()), "The metric that plateau and checkpoints watch."),
          maybe("optimizer", type::spec(optimizers()), "The optimizer; left out: the program's own."),
          maybe("lr_scheduler", type::spec(lr_schedulers()).or_else(type::none()),
                "The scheduler; left out: the program's own; none: there is none."),
          maybe("no_decay", type::parameters(), "Parameters without weight decay, in groups of their own."),
          maybe("max_epochs", count(1), "Epochs at most."),
          maybe("max_steps", type::integer().at_least(1), "Optimizer steps at most."),
          with_default("max_depth", count(-1), -1, "The last phase's depth; -1: all phases."),
          with_default("base_max_lr", type::number().above(0), 1e-5, "The rate of a later phase that gives none."),
          with_default("restore_best", type::boolean(), true, "Restore the best checkpoint at a phase's end."),
          with_default("enforce_phase0_params", type::boolean(), true,
                       "Phase 0's parameters are the optimizer's first."),
          with_default("apply_lambdas_new_pgs", type::boolean(), false, "Apply lambdas to groups added later."),
          with_default("frozen_bn_track_running_stats", type::boolean(), true, "Frozen batch norms go on tracking."),
          maybe("gradient_clip_val", type::number().at_least(0), "Clip gradients to this norm or value."),
          with_default("gradient_clip_algorithm", type::word({"norm", "value"}), "norm", "What is clipped."),
          with_default("accumulate_grad_batches", count(1), 1, "Batches a step."),
          maybe("reinit_optim_cfg", reinit, "A new optimizer at each phase of an implicit schedule."),
          maybe("reinit_lr_cfg", reinit_lr, "A new scheduler at each phase of an implicit schedule."),
          maybe("checkpoint", type::body(checkpoint()), "What is saved, and what is kept."),
          maybe("epoch_transitions_only", type::boolean(), "Phases end at epochs only (compat = fts)."),
          with_default("compat", type::none().or_else(type::word({"fts"})), nullptr, "fts: replay FTS's quirks."),
          {.name = "phase",
           .type = type::body(phase()),
           .doc = "A phase; the first is phase 0.",
           .repeatable = true,
           .label = Label::required},
      }};
}

BodySchema model() {
  return {.name = "model",
          .attributes = {maybe("graph", type::string(), "The model's graph or weights; --model overrides it."),
                         maybe("config", type::string(), "The model's config.json."),
                         maybe("num_attention_heads", type::integer().at_least(1), "Heads of the attention."),
                         maybe("num_key_value_heads", type::integer().at_least(1), "Heads of keys and values."),
                         maybe("hidden_size", type::integer().at_least(1), "Width of the model."),
                         maybe("vocab_size", type::integer().at_least(1), "Tokens of the vocabulary.")}};
}

BodySchema strategy(std::vector<SpecSchema> adapters) {
  const BodySchema timeout{.name = "timeout",
                           .attributes = {maybe("setup", type::duration(), "Limit for set-up and rendezvous."),
                                          maybe("train", type::duration(), "Limit for a collective while training.")}};
  return {.name = "strategy",
          .attributes = {{.name = "adapter",
                          .type = type::spec(std::move(adapters)),
                          .doc = "What applies the plan.",
                          .required = true},
                         with_default("precision", type::word({"f32", "f64", "bf16_mixed", "f16_mixed", "bf16", "f16"}),
                                      "f32", "Precision of the training."),
                         with_default("allow_untested", type::boolean(), false, "Accept what is not tested."),
                         maybe("timeout", type::body(timeout), "Limits of set-up and training.")},
          .discriminator = "adapter"};
}

BodySchema diagnostics() {
  BodySchema body{.name = "diagnostics"};
  for (const auto& code : all_codes()) {
    const auto levels = levels_of(code.code);
    if (levels.size() > 1)
      body.attributes.push_back(
          maybe(std::string(code.id), type::word({levels.begin(), levels.end()}), std::string(code.title)));
  }
  return body;
}

}  // namespace

BodySchema file_schema(std::vector<SpecSchema> adapters) {
  return {.name = "file",
          .attributes = {
              {.name = "model", .type = type::body(model()), .doc = "The model."},
              {.name = "diagnostics", .type = type::body(diagnostics()), .doc = "The levels of diagnostics, by code."},
              {.name = "schedule", .type = type::body(schedule()), .doc = "When what thaws."},
              {.name = "strategy",
               .type = type::body(strategy(std::move(adapters))),
               .doc = "How the model is run.",
               .repeatable = true,
               .label = Label::required}}};
}

}  // namespace fts::resolve
