// Names for `ftsc init`: a family's from its standard module, others from the model's structure.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "compiler/driver/init_parts.hpp"
#include "compiler/resolve/stdlib.hpp"

namespace fts::driver::init {

namespace {

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A unit for each of the selections, then the root with its settings.
std::string rules_of(const std::vector<std::string>& selections, const std::string& root = "{}") {
  std::size_t width = 2;
  for (const auto& selection : selections) width = std::max(width, selection.size());
  std::string text = "{\n";
  for (const auto& selection : selections) text += fmt::format("    {:<{}} => {{}}\n", selection, width);
  return text + fmt::format("    {:<{}} => {}\n  }}", "\"\"", width, root);
}

First head(const std::string& family, std::vector<std::string> further = {}) {
  First first{"head", {family + ".head"}, "1e-3", "the new head, before anything pretrained moves"};
  for (auto& part : further) first.parts.push_back(family + "." + std::move(part));
  return first;
}

std::string in_name(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (std::string_view("*?[]{},\"\\").find(c) != std::string_view::npos) text += '\\';
    text += c == '$' ? "\\u{24}" : std::string(1, c);
  }
  return text;
}

// The parent whose children are numbered modules, two or more, with the most parameters in all; nothing: there is none.
std::optional<std::string> stack_of(const graph::ParamGraph& graph) {
  struct Stack {
    std::set<std::string_view> members;
    std::size_t parameters = 0;
  };
  std::map<std::string, Stack, std::less<>> stacks;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto name = graph.parameter(p).name;
    for (std::size_t b = 0; b < name.size();) {
      const std::size_t e = name.find('.', b);
      if (e == std::string_view::npos) break;
      const bool number = e > b && std::all_of(name.begin() + static_cast<std::ptrdiff_t>(b),
                                               name.begin() + static_cast<std::ptrdiff_t>(e),
                                               [](char c) { return c >= '0' && c <= '9'; });
      if (number) {
        auto& stack = stacks[std::string(name.substr(0, b))];
        stack.members.insert(name.substr(0, e));
        ++stack.parameters;
        break;  // the outermost one
      }
      b = e + 1;
    }
  }
  const auto best = std::max_element(stacks.begin(), stacks.end(), [](const auto& a, const auto& b) {
    return a.second.parameters < b.second.parameters;
  });
  if (best == stacks.end() || best->second.members.size() < 2) return std::nullopt;
  return best->first;  // "model.blocks.", or "" where the root itself is the stack
}

// The module that holds the last parameter, as far out as it stands apart from the stack; empty: there is none.
std::string last_module(const graph::ParamGraph& graph, const std::optional<std::string>& stack) {
  if (graph.parameter_count() == 0) return {};
  const auto name = graph.parameter(static_cast<graph::ParamId>(graph.parameter_count() - 1)).name;
  if (stack && name.starts_with(*stack)) return {};
  for (std::size_t e = name.find('.'); e != std::string_view::npos; e = name.find('.', e + 1)) {
    const auto module = std::string(name.substr(0, e + 1));
    if (!stack || !stack->starts_with(module)) return module.substr(0, e);
  }
  return {};
}

}  // namespace

Names names_of(std::string_view module) {
  const std::string family(module);
  Names names{.about = fmt::format("std.{0} names its parts: `ftsc stdlib {0}` prints them.", family),
              .definitions = fmt::format("use std.{0} as {0}\n", family),
              .layers = family + ".layers",
              .no_decay = family + ".no_decay",
              .base_lr = "1e-5"};
  if (one_of(family, {"mixtral", "deepseek"})) {
    names.first = {{"attention",
                    {family + ".attention"},
                    "base_lr",
                    "every token passes here; the experts and their router stay as they are at first"}};
  } else if (family == "llava") {
    names.first = {{"projector", {"llava.projector"}, "1e-3", "what joins vision and language, before either moves"}};
  } else if (one_of(family, {"bert", "roberta", "deberta"})) {
    names.first = {head(family, {"pooler"})};
    names.base_lr = "2e-5";
  } else {
    names.first = {head(family)};
    if (one_of(family, {"distilbert", "modernbert", "vit"})) names.base_lr = "2e-5";
  }
  if (family == "t5") names.base_lr = "1e-4";
  if (family == "resnet") {
    names.optimizer = "sgd";
    names.more = ", momentum = 0.9, weight_decay = 1e-4";
    names.base_lr = "1e-3";
    names.first.front().lr = "1e-2";
  }
  const std::string_view text = *resolve::standard_module("std." + family);
  const auto defines = [&](std::string_view let) {
    return text.find(fmt::format("\nlet {} ", let)) != std::string_view::npos;
  };
  if (defines("tp")) names.tp_plan = family + ".tp";
  for (const auto* plan : {"fsdp_split", "fsdp_untied", "fsdp"}) {
    if (defines(plan)) names.fsdp_plans.push_back(family + "." + plan);
  }
  names.fsdp_plans.push_back(rules_of({family + ".embeddings", names.layers}));
  names.fsdp_plans.push_back(rules_of({names.layers}));
  return names;
}

Names names_by_structure(const graph::ParamGraph& graph) {
  Names names{.about = "Its family is not one that `ftsc stdlib` lists; the names below come from its structure.",
              .no_decay = graph.has_shapes() ? "all where rank <= 1" : "\"**.bias\"",
              .base_lr = "1e-5"};
  const auto stack = stack_of(graph);
  const auto last = last_module(graph, stack);
  if (stack) {
    names.definitions += fmt::format("let layers[i] = module(\"{}${{i}}\")\n", in_name(*stack));
    names.layers = "layers";
    names.fsdp_plans = {rules_of({"layers"}), rules_of({"layers"}, "{ ignored_params = all where rank == 0 }")};
  }
  if (!last.empty()) {
    names.definitions += fmt::format("let head{} = module(\"{}\")\n", stack ? "     " : "", in_name(last));
    names.first = {{"head", {"head"}, "1e-3", "what stands last in the model"}};
  }
  return names;
}

}  // namespace fts::driver::init
