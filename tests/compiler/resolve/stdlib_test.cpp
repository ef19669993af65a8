// The standard modules on the graphs of real models: every name selects what it says, under any prefix, and every
// strategy fits its family.
#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/resolve/stdlib.hpp"
#include "tests/support/compiling.hpp"
#include "tests/support/families.hpp"
#include "tests/support/golden.hpp"

namespace fts {
namespace {

using resolve::Set;
using test::FamilyGraph;

std::string text_of(const std::string& module) { return std::string(*resolve::standard_module("std." + module)); }

// The names that a module defines, in order; those of bodies and lists are strategies.
std::vector<std::string> lets(const std::string& module, bool strategies) {
  std::vector<std::string> names;
  std::istringstream lines(text_of(module));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("let ")) continue;
    const char begin = line[line.find("= ") + 2];
    if ((begin == '{' || begin == '[') == strategies) names.push_back(line.substr(4, line.find_first_of(" [", 4) - 4));
  }
  return names;
}

driver::Compilation compile(const std::string& text, const graph::ParamGraph& graph) {
  driver::Compilation out;
  driver::compile_into(out.sources->add("test.fts", text), graph, {}, out);
  return out;
}

// What a selection of the module holds; nullopt: it matches nothing.
std::optional<Set> selected(const std::string& module, const std::string& name, const graph::ParamGraph& graph) {
  const auto out = compile(
      fmt::format("use std.{0} as m\nschedule {{\n max_epochs = 1\n phase a {{ thaw = m.{1} }}\n}}\n", module, name),
      graph);
  const auto id = out.program->phases.front().thaw;
  return out.program->selections.faulty(id) ? std::nullopt : std::optional(out.program->selections.set(id));
}

bool has_untied(const std::string& module) { return text_of(module).find("let fsdp_untied ") != std::string::npos; }

class Family : public testing::TestWithParam<FamilyGraph> {
 protected:
  const graph::ParamGraph graph_ = test::read_data_graph(GetParam().path);
  const std::string module_ = GetParam().module;
};

TEST_P(Family, NamesSelectTheSameUnderEveryPrefix) {
  const auto inner = test::with_prefix(graph_, "model.");
  const auto deep = test::with_prefix(graph_, "0.auto_model.");
  for (const auto& name : lets(module_, false)) {
    const auto here = selected(module_, name, graph_);
    EXPECT_EQ(here, selected(module_, name, inner)) << name;
    EXPECT_EQ(here, selected(module_, name, deep)) << name;
  }
}

TEST_P(Family, NamesCoverTheWholeModel) {
  Set left(graph_.parameter_count(), true);
  for (const auto& name : lets(module_, false)) {
    if (name == "biases" || name == "no_decay") continue;
    if (const auto set = selected(module_, name, graph_)) left -= *set;
  }
  std::vector<std::string_view> names;
  for (const auto p : left.members()) names.push_back(graph_.parameter(p).name);
  EXPECT_THAT(names, testing::IsEmpty());
}

TEST_P(Family, StrategiesFitWithoutADiagnostic) {
  for (const auto& name : lets(module_, true)) {
    if (name == "fsdp_split") continue;  // for experts by name, which these graphs have fused
    const bool tied = !resolve::tied_parameters(graph_).empty();
    if (has_untied(module_) && name != "tp" && name.ends_with("_untied") == tied) continue;
    if (module_ == "clip" && name == "awp") continue;  // the scalar is the program's to mend
    const std::string attribute = name.starts_with("awp") ? "adapter = fsdp\n use_orig_params = true\n awp_overrides"
                                  : name == "tp"
                                      ? "adapter = model_parallel\n mesh = { data = 1, tensor = 2 }\n tp_plan"
                                      : "adapter = model_parallel\n fsdp_plan";
    const auto out = compile(fmt::format("use std.{} as m\nschedule {{\n max_epochs = 1\n phase a {{ thaw = all - "
                                         "frozen }}\n}}\nstrategy s {{\n {} = m.{}\n}}\n",
                                         module_, attribute, name),
                             graph_);
    EXPECT_THAT(test::rendered(out), testing::IsEmpty()) << name;
    EXPECT_TRUE(out.plan.has_value()) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Family, testing::ValuesIn(test::family_graphs()),
                         [](const auto& test) { return test.param.name(); });

TEST(StandardModules, SelectThisMuch) {
  std::string text = "# parameters (of the last layer, for layers[-1]) that each name selects; -: nothing\n";
  for (const auto& family : test::family_graphs()) {
    const auto graph = test::read_data_graph(family.path);
    text += fmt::format("\nstd.{} on {} ({} parameters)\n", family.module, graph.model(), graph.parameter_count());
    auto names = lets(family.module, false);
    names.insert(names.begin() + 1, "layers[-1]");
    for (const auto& name : names) {
      const auto set = selected(family.module, name, graph);
      text += fmt::format("  {:<18} {:>5}{}\n", name, set ? std::to_string(set->count()) : "-",
                          set ? "  " + std::string(graph.parameter(set->members().front()).name) : "");
    }
  }
  test::expect_golden("resolve/standard_modules.txt", text);
}

TEST(StandardModules, ShareTheirNames) {
  for (const auto& module : resolve::standard_modules()) {
    const std::string name(module.name.substr(4));
    const auto selections = lets(name, false);
    const auto strategies = lets(name, true);
    for (const auto* shared : {"embeddings", "layers", "norms", "head", "biases", "no_decay"}) {
      EXPECT_THAT(selections, testing::Contains(shared)) << name;
    }
    for (const auto* shared : {"awp", "fsdp"}) EXPECT_THAT(strategies, testing::Contains(shared)) << name;
    EXPECT_TRUE(std::any_of(test::family_graphs().begin(), test::family_graphs().end(),
                            [&](const auto& family) { return family.module == name; }))
        << name << " is tried on no graph";
  }
}

}  // namespace
}  // namespace fts
