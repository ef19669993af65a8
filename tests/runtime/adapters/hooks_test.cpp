// Every hook is called where the Python Fine-Tuning Scheduler calls it: a recording adapter here against what a
// recording adapter there wrote down (tests/peer/fts_hook_trace.py).
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "compiler/driver/compile.hpp"
#include "runtime/adapters/plugin.hpp"
#include "runtime/bind/graph_of.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models, plans and loops of the tests
using nlohmann::json;

std::vector<json> trace;

class Recording : public Adapter {
 public:
  tl::expected<void, Error> connect(SessionHandle& handle) override {
    trace.push_back({{"hook", "connect"}});
    return Adapter::connect(handle);
  }
  void on_before_init_fts() override { trace.push_back({{"hook", "on_before_init_fts"}}); }
  void on_after_init_fts() override {
    trace.push_back({{"hook", "on_after_init_fts"}});
    Adapter::on_after_init_fts();
  }
  void on_before_fts_fit_start() override { trace.push_back({{"hook", "on_before_fts_fit_start"}}); }
  void on_validate_monitor_metric(const std::string&) override {
    trace.push_back({{"hook", "on_validate_monitor_metric"}});
  }
  NamedParameters get_named_params_for_schedule_validation() override {
    trace.push_back({{"hook", "get_named_params_for_schedule_validation"}});
    return Adapter::get_named_params_for_schedule_validation();
  }
  tl::expected<ScheduleLimits, Error> validate_ft_sched() override {
    trace.push_back({{"hook", "validate_ft_sched"}});
    auto limits = Adapter::validate_ft_sched();
    trace.push_back(
        {{"hook", "validated"}, {"max_depth", limits->max_depth}, {"greatest_epoch", limits->greatest_epoch}});
    return limits;
  }
  std::vector<plan::Phase> gen_ft_schedule(std::vector<plan::Phase> by_default) override {
    trace.push_back({{"hook", "gen_ft_schedule"}});
    return Adapter::gen_ft_schedule(std::move(by_default));
  }
  Names fts_optim_transform(const Names& names, bool inspect_only) override {
    if (!inspect_only) trace.push_back({{"hook", "fts_optim_transform"}, {"names", names}});
    return Adapter::fts_optim_transform(names, inspect_only);
  }
  Thawed exec_ft_phase(const Names& thaw, bool init_thaw) override {
    trace.push_back({{"hook", "exec_ft_phase"}, {"names", thaw}, {"init_thaw", init_thaw}});
    auto thawed = Adapter::exec_ft_phase(thaw, init_thaw);
    auto all = thawed.all;
    std::sort(all.begin(), all.end());
    trace.push_back({{"hook", "thawed"}, {"newly", thawed.newly}, {"all", all}});
    return thawed;
  }
  void before_restore_model(StateDict& model) override {
    EXPECT_TRUE(model.contains("fc1.weight"));  // frozen ones too
    trace.push_back({{"hook", "before_restore_model"}});
  }
  void phase0_optimizer_override() override { trace.push_back({{"hook", "phase0_optimizer_override"}}); }
  void on_before_restore_optimizers_and_lrs() override {
    trace.push_back({{"hook", "on_before_restore_optimizers_and_lrs"}});
  }
};

std::vector<json> of_fts(const std::string& name) {
  std::ifstream in(FTS_SOURCE_DIR "/tests/data/fts_adapters/hook_trace.json");
  return json::parse(in).at("cases").at(name).get<std::vector<json>>();
}

// Names of one phase in the order of the names: FTS goes by the schedule, a plan by the model.
json sorted(json event) {
  for (const char* key : {"names", "newly", "all"}) {
    if (event.contains(key)) std::sort(event[key].begin(), event[key].end());
  }
  return event;
}

void expect_same(const std::vector<json>& ours, const std::vector<json>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size()) << json(ours).dump(1);
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(sorted(ours[i]), sorted(theirs[i])) << "event " << i;
}

// The schedule of the peer's script.
plan::Plan three_moves(const torch::nn::Module& model, std::optional<plan::Spec> optimizer) {
  auto plan = plan_for(model);
  plan.schedule.monitor = plateau("val_loss", 9).monitor;
  add_phase(plan, "head", 1e-2, any({plateau("val_loss", 9), epoch(2)}));
  add_phase(plan, "fc2", 1e-2, any({plateau("val_loss", 9), epoch(4)}));
  add_phase(plan, "fc1", 1e-2, plateau("val_loss", 9));
  plan.schedule.phases[0].optimizer = std::move(optimizer);
  plan.schedule.max_epochs = 6;
  return plan;
}

TEST(Hooks, AreCalledAsFtsCallsThemUnderAnExplicitSchedule) {
  auto model = seeded_mlp();
  trace.clear();
  auto session = Session::open(*model, three_moves(*model, plan::Spec{"adamw", {{"lr", 1e-2}}}),
                               quiet({.adapters = {{"base", "Recording"}}}));
  ASSERT_TRUE(session) << session.error().text();
  train(*session, model, {1.0, 2.0, 0.5, 0.6, 0.4, 0.3});
  ASSERT_TRUE(session->result());
  expect_same(trace, of_fts("explicit"));
}

TEST(Hooks, AreCalledAsFtsCallsThemUnderAnImplicitSchedule) {
  auto model = seeded_mlp();
  const auto folder = fresh_folder("hooks");
  std::ofstream(folder + "/implicit.fts") << "schedule {\n  monitor = val_loss { patience = 9 }\n"
                                             "  optimizer = adamw { lr = 1e-2 }\n  max_epochs = 2\n}\n";
  trace.clear();
  auto session = Session::open(*model, folder + "/implicit.fts", quiet({.adapters = {{"base", "recording"}}}));
  ASSERT_TRUE(session) << session.error().text();
  train(*session, model, {1.0, 0.5});
  ASSERT_TRUE(session->result());
  expect_same(trace, of_fts("implicit"));
}

TEST(Hooks, AreCalledAsFtsCallsThemWithAnOptimizerOfTheProgramsOwn) {
  auto model = seeded_mlp();
  const auto own = std::make_shared<torch::optim::AdamW>(model->parameters());
  trace.clear();
  auto session = Session::open(*model, three_moves(*model, std::nullopt),
                               quiet({.optimizer = own, .adapters = {{"base", "recording"}}}));
  ASSERT_TRUE(session) << session.error().text();
  train(*session, model, {1.0, 2.0, 0.5, 0.6, 0.4, 0.3});
  ASSERT_TRUE(session->result());
  auto theirs = of_fts("own_optimizer");
  // FTS thaws phase 0 once more when it overrides; here it stays thawed.
  const auto it = std::find_if(theirs.begin(), theirs.end(),
                               [](const auto& event) { return event.at("hook") == "phase0_optimizer_override"; });
  ASSERT_NE(it, theirs.end());
  theirs.erase(it + 1, it + 4);
  expect_same(trace, theirs);
}

struct Zeroing : Adapter {
  void before_restore_model(StateDict& model) override { model.at("head.bias") = torch::zeros({4}); }
};

TEST(Hooks, MayChangeWhatIsRestored) {
  auto model = seeded_mlp();
  auto session = Session::open(*model, three_phases(*model), quiet({.adapters = {{"base", "zeroing"}}}));
  ASSERT_TRUE(session) << session.error().text();
  std::vector<torch::Tensor> biases;
  train(*session, model, {1.0, 2.0, 3.0}, [&](Epoch&) { biases.push_back(model->head->bias.detach().clone()); });
  EXPECT_FALSE(torch::equal(biases.at(2), torch::zeros({4})));
  EXPECT_TRUE(torch::equal(biases.at(3), torch::zeros({4})));  // the move went back to epoch 0
}

}  // namespace
}  // namespace fts

using fts::Recording;
using fts::Zeroing;
FTS_REGISTER_ADAPTER("Recording", Recording)
FTS_REGISTER_ADAPTER("zeroing", Zeroing)
