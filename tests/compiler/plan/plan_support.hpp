// A small valid plan that uses every part of the format, for tests to print, read and break.
#pragma once
#include <string>

#include "compiler/plan/plan.hpp"

namespace fts::plan {

inline Condition plateau(const std::string& metric, int patience) {
  Condition c;
  c.monitor.metric = metric;
  c.monitor.patience = patience;
  return c;
}

inline Condition counting(Condition::Kind kind, std::int64_t count) {
  Condition c;
  c.kind = kind;
  c.count = count;
  return c;
}

inline Condition of(Condition::Kind kind, std::vector<Condition> operands) {
  Condition c;
  c.kind = kind;
  c.operands = std::move(operands);
  return c;
}

inline Condition reaches(const std::string& metric, Condition::Compare compare, double threshold) {
  Condition c;
  c.kind = Condition::Kind::metric;
  c.monitor.metric = metric;
  c.compare = compare;
  c.threshold = threshold;
  return c;
}

// A tied language model: emb.weight is head.weight too. Phases head, body and all_of_it; `extra` is never thawed.
inline Plan sample_plan() {
  Plan plan;
  plan.model = "tiny";
  plan.graph_fingerprint = "0123456789abcdef0123456789abcdef";
  plan.source_hash = "fedcba9876543210fedcba9876543210";
  plan.parameters = {{"emb.weight", {10, 4}, graph::DType::f32, {}}, {"body.weight", {4, 4}, graph::DType::f32, {}},
                     {"body.bias", {4}, graph::DType::f32, {}},      {"head.weight", {10, 4}, graph::DType::f32, 0},
                     {"head.bias", {10}, graph::DType::f32, {}},     {"extra", {}, graph::DType::bf16, {}}};
  Schedule& s = plan.schedule;
  s.monitor = plateau("val_loss", 2).monitor;
  s.monitor->min_delta = 0.001;
  s.max_epochs = 40;
  s.max_depth = 2;
  s.settings = {{"gradient_clip_val", 1.0}, {"no_decay", nlohmann::json::array({"**.bias"})}};
  s.phases.resize(3);
  s.phases[0] = {.depth = 0, .name = "head", .thaw = {4}};
  s.phases[0].groups = {{"head", {4}, {{"lr", 1e-3}, {"weight_decay", 0.01}}}};
  s.phases[0].optimizer = {"adamw", {{"lr", 1e-3}, {"weight_decay", 0.01}, {"betas", {0.9, 0.999}}}};
  s.phases[0].lr_scheduler = {"linear", {{"total_iters", 4}}};
  s.phases[0].until = of(Condition::Kind::any, {plateau("val_loss", 2), counting(Condition::Kind::epoch, 2)});
  s.phases[1] = {.depth = 1, .name = "body", .thaw = {1, 2}};
  s.phases[1].groups = {{"body", {1}, {{"lr", 2e-5}, {"weight_decay", 0.01}}},
                        {"body.no_decay", {2}, {{"lr", 2e-5}, {"weight_decay", 0.0}}}};
  s.phases[1].lr_scheduler = {"cosine_annealing_warm_restarts", {{"T_0", 2}, {"eta_min", 1e-7}}};
  s.phases[1].until = of(Condition::Kind::all, {reaches("val/acc", Condition::Compare::greater_equal, 0.9),
                                                counting(Condition::Kind::epochs, 4)});
  s.phases[2] = {.depth = 2, .name = "all_of_it", .thaw = {0, 3}, .freeze = {4}};
  s.phases[2].groups = {{"all_of_it", {0}, {{"lr", 1e-5}, {"weight_decay", 0.01}}}};
  s.phases[2].optimizer = {"sgd", {{"lr", 1e-5}, {"momentum", 0.9}, {"weight_decay", 0.0}}};
  s.phases[2].until = plateau("val_loss", 2);
  plan.strategies = {{"base", "base", nlohmann::json::object()}};
  return plan;
}

}  // namespace fts::plan
