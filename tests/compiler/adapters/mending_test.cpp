// Random schedules over the layers of a model: where a flat unit straddles phases, the overrides that its message names
// mend it, unless one module itself is split.
#include <random>

#include <gtest/gtest.h>

#include "compiler/adapters/layouts.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"
#include "tests/support/compiling.hpp"

namespace fts {
namespace {

// Each module that owns parameters gets one of three phases, so that no module is split.
std::string random_schedule(const graph::ParamGraph& graph, std::mt19937& random) {
  std::vector<std::string> thaw(3);
  graph::ModuleId last = graph::kNone;
  std::size_t phase = 0;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    if (parameter.module != last) phase = random() % 3;
    last = parameter.module;
    thaw[phase] += (thaw[phase].empty() ? "\"" : " | \"") + std::string(parameter.name) + "\"";
  }
  std::string text = "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\n";
  for (std::size_t i = 0; i < 3; ++i)
    text += "phase p" + std::to_string(i) + " { thaw = " + (thaw[i].empty() ? "none" : thaw[i]) + " }\n";
  return text + "}\n";
}

std::string with_overrides(const std::string& schedule, const std::vector<std::string>& overrides) {
  std::string list;
  for (const auto& name : overrides) list += "\"" + name + "\", ";
  return schedule +
         "strategy flat { adapter = fsdp, auto_wrap_policy = module_types(\"BertLayer\"), awp_overrides = [" + list +
         "] }\n";
}

std::size_t straddling(const driver::Compilation& compilation) {
  std::size_t count = 0;
  for (const auto& d : compilation.diagnostics.all()) count += d.code == Code::flat_unit_straddles ? 1 : 0;
  return count;
}

TEST(Mending, TheOverridesOfEachMessageLeaveNoUnitThatStraddles) {
  std::mt19937 random(7);
  const auto graph = test::read_graph("minilm-classifier");
  for (int round = 0; round < 5; ++round) {
    const std::string schedule = random_schedule(graph, random);
    const auto before = test::compile_text(with_overrides(schedule, {}), "minilm-classifier");
    ASSERT_GT(straddling(before), 0u);
    const check::Context context{*before.program, *before.graph, *const_cast<Diagnostics*>(&before.diagnostics)};
    const auto& strategy = before.program->strategies.front();
    const auto training = adapters::training_of(context);
    const auto layout = adapters::flat_layout(context, strategy);
    const adapters::StrategyContext all{context, strategy, training, layout};
    std::vector<std::string> overrides;
    for (std::uint32_t u = 0; u < layout.units.size(); ++u) {
      for (const auto m : adapters::mending_overrides(all, u)) overrides.emplace_back(graph.module(m).name);
    }
    const auto after = test::compile_text(with_overrides(schedule, overrides), "minilm-classifier");
    EXPECT_EQ(straddling(after), 0u) << schedule << test::rendered(after);
  }
}

}  // namespace
}  // namespace fts
