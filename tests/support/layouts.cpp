#include "tests/support/layouts.hpp"

#include <gtest/gtest.h>

#include "compiler/resolve/spelling.hpp"
#include "grammar/format.hpp"
#include "grammar/grammar.hpp"
#include "tests/support/compiling.hpp"

namespace fts::test {

void expect_one_plan_in_every_layout(const std::string& text,
                                     const std::function<driver::Compilation(const std::string& text)>& compile) {
  const auto plan_of = [&](const std::string& layout) {
    auto compilation = compile(layout);
    EXPECT_TRUE(compilation.plan) << rendered(compilation) << layout;
    if (compilation.plan) compilation.plan->source_hash.clear();  // of the text itself
    return std::move(compilation.plan);
  };
  Diagnostics faults;
  const auto tree = grammar::parse(0, text, faults);
  const auto plan = plan_of(text);
  for (const std::size_t width : {120U, 20U}) {
    const auto layout = grammar::format(tree, text, {.width = width, .short_spelling = resolve::short_spelling});
    EXPECT_TRUE(plan_of(layout) == plan) << "another plan from:\n" << layout;
  }
}

}  // namespace fts::test
