// How a strategy's settings cut the model into units. Private to the stage.
#pragma once
#include <string_view>
#include <vector>

#include "compiler/adapters/strategy.hpp"

namespace fts::adapters {

// fsdp: auto_wrap_policy, awp_overrides, ignored_modules; the root is the last unit, even where nothing is left for it.
// Under compat = fts each child of the root is one too.
[[nodiscard]] Layout flat_layout(const check::Context& context, const resolve::Strategy& strategy);
// model_parallel: the rules of fsdp_plan in order. Faulty entries are collected, and applied as FTS would: a module
// behind one around it is left out, of two rules the last one holds.
[[nodiscard]] Layout planned_layout(const check::Context& context, const resolve::Strategy& strategy);

// The class name behind a module path: "BertLayer" of "transformers.models.bert.modeling_bert.BertLayer".
[[nodiscard]] std::string_view short_type(std::string_view type);
// The selections of awp_overrides, one an element.
[[nodiscard]] std::vector<resolve::SelectionId> override_entries(const resolve::Strategy& strategy);
// The modules that `ignored_modules` names, with all that is inside them.
[[nodiscard]] resolve::Set ignored_modules(const check::Context& context, const resolve::Strategy& strategy);

}  // namespace fts::adapters
