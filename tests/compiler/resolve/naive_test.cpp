// The resolver equals a naive matcher on random models and random selections: globs, regexes, set algebra, indexed
// lets, module types, `where`, `rest`.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/compiler/resolve/naive_selection.hpp"
#include "tests/support/compiling.hpp"
#include "tests/support/layouts.hpp"

namespace fts {
namespace {

constexpr unsigned kModels = 150;
constexpr int kPhases = 8;

using Ids = std::set<graph::ParamId>;

// What a phase names, under every name of its tensors.
void add_named(const graph::ParamGraph& graph, const Ids& thawed, Ids& named) {
  const auto first = [&](graph::ParamId p) {
    const auto tied = graph.parameter(p).tied_to;
    return tied == graph::kNone ? p : tied;
  };
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    for (const auto t : thawed) {
      if (first(p) == first(t)) named.insert(p);
    }
  }
}

TEST(Resolver, EqualsANaiveMatcherOnRandomInputs) {
  for (unsigned seed = 0; seed < kModels; ++seed) {
    std::mt19937 random(seed);
    const auto graph = test::random_graph(random);
    std::string text = std::string(test::kNaiveLets) + "schedule {\n";
    std::vector<Ids> wanted;
    Ids named;
    for (int phase = 0; phase < kPhases; ++phase) {
      const auto selection = test::random_selection(random, phase % 4, named);
      text += fmt::format("  phase p{} {{ thaw = {} }}\n", phase, selection.text);
      wanted.push_back(selection.parameters(graph));
      add_named(graph, wanted.back(), named);
    }
    driver::Compilation out;
    driver::compile_into(out.sources->add("/naive.fts", text + "}\n"), graph, {}, out);
    ASSERT_TRUE(out.program) << text;
    ASSERT_EQ(out.program->phases.size(), wanted.size()) << text << test::rendered(out);
    for (std::size_t phase = 0; phase < wanted.size(); ++phase) {
      const auto found = out.program->selections.set(out.program->phases[phase].thaw).members();
      EXPECT_EQ(Ids(found.begin(), found.end()), wanted[phase]) << "seed " << seed << ", phase " << phase << "\n"
                                                                << text;
    }
  }
}

TEST(Resolver, DoesNotDependOnTheLayoutOfRandomInputs) {
  for (unsigned seed = 0; seed < kModels; ++seed) {
    std::mt19937 random(seed);
    const auto graph = test::random_graph(random);
    std::string text =
        std::string(test::kNaiveLets) + "diagnostics { FTS0402 = off }\nschedule {\n optimizer = sgd { lr = 1 }\n";
    for (int phase = 0; phase < 3; ++phase)
      text +=
          fmt::format("phase p{}{{thaw={}\nlr=1e-{}}}\n", phase, test::random_selection(random, phase, {}).text, phase);
    text += "}\n";
    const auto compile = [&](const std::string& layout) {
      driver::Compilation out;
      driver::compile_into(out.sources->add("/naive.fts", layout), graph, {}, out);
      return out;
    };
    if (compile(text).plan) test::expect_one_plan_in_every_layout(text, compile);
  }
}

TEST(NaiveGlob, IsTheLanguages) {
  EXPECT_TRUE(test::naive_glob("**.w", "w"));
  EXPECT_TRUE(test::naive_glob("a.**.w", "a.w"));
  EXPECT_TRUE(test::naive_glob("a.**", "a.b.c"));
  EXPECT_FALSE(test::naive_glob("a.**", "a"));
  EXPECT_TRUE(test::naive_glob("{a,ab}*.[0-3].?", "abc.2.x"));
  EXPECT_FALSE(test::naive_glob("a.*", "a.b.c"));
}

}  // namespace
}  // namespace fts
