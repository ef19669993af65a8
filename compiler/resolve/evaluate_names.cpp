// Scopes, inputs and references.
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/evaluator.hpp"
#include "compiler/resolve/stdlib.hpp"

namespace fts::resolve {

namespace {
constexpr std::size_t kMaxWork = 2'000'000;
// Steps one inside the other; one expression alone may have 1,000 (compiler/ast).
constexpr std::size_t kMaxDepth = 1'300;

std::optional<Scalar> parse_input(const std::string& text, std::string_view type) {
  if (type == "string") return Scalar{text};
  if (type == "bool") {
    if (text == "true") return Scalar{true};
    if (text == "false") return Scalar{false};
    return std::nullopt;
  }
  const char* end = text.data() + text.size();
  if (type == "int") {
    std::int64_t value = 0;
    const auto [at, code] = std::from_chars(text.data(), end, value);
    return code == std::errc{} && at == end ? std::optional(Scalar{value}) : std::nullopt;
  }
  double value = 0;
  const auto [at, code] = std::from_chars(text.data(), end, value);
  const bool whole = code == std::errc{} && at == end && std::isfinite(value);  // from_chars reads "nan" and "inf" too
  return whole ? std::optional(Scalar{value}) : std::nullopt;
}

bool has_type(const Scalar& value, std::string_view type) {
  if (type == "string") return std::holds_alternative<std::string>(value.data);
  if (type == "bool") return std::holds_alternative<bool>(value.data);
  if (type == "int") return std::holds_alternative<std::int64_t>(value.data) && value.unit == Measure::none;
  return value.is_number() && value.unit == Measure::none;
}

std::string_view example_of(std::string_view type) {
  return type == "int" ? "3" : type == "float" ? "1e-3" : type == "bool" ? "true" : "\"val_loss\"";
}

}  // namespace

Evaluator::Evaluator(const Unit::Data& unit, const Options& options, const graph::ParamGraph* graph,
                     SelectionTable& selections, Diagnostics& diagnostics)
    : unit_(unit), options_(options), graph_(graph), selections_(selections), diagnostics_(diagnostics) {}

Scope& Evaluator::new_scope(const Scope* parent) { return scopes_.emplace_back(Scope{.parent = parent, .names = {}}); }

bool Evaluator::spend(std::size_t work, Span span) {
  const bool was_within = work_ <= kMaxWork;
  work_ += work;
  if (work_ <= kMaxWork) return true;
  if (was_within) {
    diagnostics_.report(Code::expansion_too_large, span, fmt::format("this expands to more than {} parts", kMaxWork))
        .help =
        "what a name stands for counts wherever it is used; one pattern, such as \"layers.*\", selects what many parts "
        "do";
  }
  return false;
}

// Where names lead too deep, nothing more is evaluated: what meets them on several ways would try each.
bool Evaluator::descend(Span span) {
  if (++depth_ <= kMaxDepth) return spend(1, span);
  if (work_ <= kMaxWork) {
    work_ = kMaxWork + 1;
    diagnostics_
        .report(
            Code::nested_too_deeply, span,
            fmt::format("this stands more than {} steps deep, those of the lets that lead to it included", kMaxDepth))
        .help = "let fewer definitions need one another in a chain";
  }
  return false;
}

const Scope& Evaluator::file_scope() { return scope_of(unit_.modules.front()); }

const Scope& Evaluator::scope_of(const Module& module) {
  if (const auto at = module_scopes_.find(&module); at != module_scopes_.end()) return *at->second;
  Scope& scope = new_scope(nullptr);
  module_scopes_[&module] = &scope;
  for (const auto& item : module.tree.body.items) {
    if (const auto* use = std::get_if<ast::Use>(&item.node)) {
      const auto at = module.uses.find(use->alias.text);
      const Module* used = at == module.uses.end() ? nullptr : at->second;
      bind(scope, use->alias, {.span = use->alias.span, .module = used, .poisoned = used == nullptr});
    } else if (const auto* input = std::get_if<ast::Input>(&item.node)) {
      bind(scope, input->name, input_binding(*input, scope));
    }
  }
  bind_items(module.tree.body, scope);
  return scope;
}

void Evaluator::bind_items(const ast::Body& body, Scope& scope) {
  for (const auto& item : body.items) {
    if (const auto* let = std::get_if<ast::Let>(&item.node)) {
      bind(scope, let->name, {.span = let->name.span, .let = let, .home = &scope});
    }
  }
}

void Evaluator::bind(Scope& scope, const ast::Ident& name, Binding binding) {
  const auto [at, fresh] = scope.names.try_emplace(name.text, std::move(binding));
  if (fresh || at->second.span == name.span) return;
  diagnostics_.report(Code::repeated_name, name.span, fmt::format("'{}' is defined twice", name.text))
      .notes.push_back({"the first definition", at->second.span});
}

Binding Evaluator::input_binding(const ast::Input& input, const Scope& scope) {
  Binding binding{.span = input.name.span, .poisoned = true};
  const std::string& type = input.type.text;
  if (type != "float" && type != "int" && type != "bool" && type != "string") {
    diagnostics_.report(Code::bad_input, input.type.span, fmt::format("there is no input type '{}'", type)).help =
        "the types are float, int, bool and string";
    return binding;
  }
  if (const auto set = options_.inputs.find(input.name.text); set != options_.inputs.end()) {
    used_inputs_.insert(set->first);
    binding.value = parse_input(set->second, type);
    if (!binding.value) {
      diagnostics_
          .report(Code::bad_input, input.name.span, fmt::format("--set {}={} is no {}", set->first, set->second, type))
          .help = fmt::format("give one such as {}", example_of(type));
    }
  } else if (input.value == nullptr) {
    diagnostics_.report(Code::bad_input, input.name.span, fmt::format("the input '{}' has no value", input.name.text))
        .help = fmt::format("give it with --set {}=…, or write a default", input.name.text);
  } else if (const auto value = scalar(*input.value, scope)) {
    binding.value = value;
    if (!has_type(*value, type)) {
      diagnostics_
          .report(Code::bad_input, input.value->span,
                  fmt::format("the default is {}, not {} {}", value->in_words(), type == "int" ? "an" : "a", type))
          .help = fmt::format("write one such as {}, or another type: float, int, bool or string", example_of(type));
      binding.value.reset();
    }
  }
  if (binding.value && type == "float") binding.value = Scalar{binding.value->as_double()};
  binding.poisoned = !binding.value;
  return binding;
}

void Evaluator::check_inputs() {
  std::vector<std::string_view> names;
  for (const auto& item : unit_.modules.front().tree.body.items) {
    if (const auto* input = std::get_if<ast::Input>(&item.node)) names.push_back(input->name.text);
  }
  for (const auto& [name, text] : options_.inputs) {
    if (used_inputs_.count(name) != 0) continue;
    const auto near = nearest(name, names);
    diagnostics_.report(Code::bad_input, {}, fmt::format("--set {}={}: the file has no input '{}'", name, text, name))
        .help = !near.empty()   ? did_you_mean(near)
                : names.empty() ? fmt::format("an input is written: input {}: float = 1e-3", name)
                                : fmt::format("its inputs are {}", fmt::join(names, ", "));
  }
}

std::optional<Evaluator::Reference> Evaluator::reference(const ast::Expr& tree, const Scope& scope) {
  if (const auto* name = std::get_if<ast::Name>(&tree.node)) {
    const Binding* binding = scope.find(name->text);
    return binding == nullptr ? std::nullopt : std::optional(Reference{binding, name->text});
  }
  if (const auto* m = std::get_if<ast::Member>(&tree.node)) return member(*m, scope);
  if (const auto* index = std::get_if<ast::Index>(&tree.node)) {
    auto base = reference(*index->base, scope);
    if (base && base->indices == nullptr) base->indices = &index->indices;
    return base;
  }
  return std::nullopt;
}

std::optional<Evaluator::Reference> Evaluator::member(const ast::Member& tree, const Scope& scope) {
  const auto base = reference(*tree.base, scope);
  if (!base) return std::nullopt;
  if (base->binding == nullptr || base->binding->poisoned) return Reference{};
  if (base->binding->module == nullptr) {
    diagnostics_.report(Code::unknown_name, tree.name.span,
                        fmt::format("'{}' is not a module and has no members", base->name));
    return Reference{};
  }
  const Scope& names = scope_of(*base->binding->module);
  const auto at = names.names.find(tree.name.text);
  if (at != names.names.end()) return Reference{&at->second, base->name + "." + tree.name.text};
  std::vector<std::string_view> known;
  for (const auto& [name, binding] : names.names) known.push_back(name);
  auto near = nearest(tree.name.text, known);
  for (auto& name : near) name = base->name + "." + name;
  diagnostics_
      .report(Code::unknown_name, tree.name.span,
              fmt::format("the module '{}' defines no '{}'", base->name, tree.name.text))
      .help = near.empty() ? fmt::format("it defines {}", fmt::join(known, ", ")) : did_you_mean(near);
  return Reference{};
}

std::string Evaluator::dotted(const ast::Expr& tree) {
  if (const auto* name = std::get_if<ast::Name>(&tree.node)) return name->text;
  const auto join = [](const ast::Expr& base, const std::string& piece) {
    const std::string before = dotted(base);
    return before.empty() ? "" : before + "." + piece;
  };
  if (const auto* member = std::get_if<ast::Member>(&tree.node)) return join(*member->base, member->name.text);
  const auto* index = std::get_if<ast::Index>(&tree.node);  // layer[3], as Python writes layer.3
  if (index == nullptr || index->indices.size() != 1 || index->indices[0].last != nullptr) return "";
  const auto* number = std::get_if<ast::Number>(&index->indices[0].first->node);
  return number == nullptr || !number->integer ? "" : join(*index->base, std::to_string(*number->integer));
}

const ast::Expr* Evaluator::unbound_root(const ast::Expr& tree, const Scope& scope) {
  if (const auto* m = std::get_if<ast::Member>(&tree.node)) return unbound_root(*m->base, scope);
  if (const auto* index = std::get_if<ast::Index>(&tree.node)) return unbound_root(*index->base, scope);
  const auto* name = std::get_if<ast::Name>(&tree.node);
  return name != nullptr && scope.find(name->text) == nullptr ? &tree : nullptr;
}

bool Evaluator::report_bad_reference(const ast::Expr& tree, const Scope& scope) {
  if (!std::holds_alternative<ast::Member>(tree.node) && !std::holds_alternative<ast::Index>(tree.node)) return false;
  if (const auto* root = unbound_root(tree, scope)) {
    report_unknown_name(std::get<ast::Name>(root->node).text, root->span, scope, {});
    return true;
  }
  const auto found = reference(tree, scope);
  return found && found->binding == nullptr;
}

void Evaluator::report_unknown_name(std::string_view name, Span span, const Scope& scope,
                                    const std::vector<std::string>& words) {
  std::vector<std::string_view> known(words.begin(), words.end());
  for (const Scope* s = &scope; s != nullptr; s = s->parent) {
    for (const auto& [bound, binding] : s->names) known.push_back(bound);
  }
  const auto near = nearest(name, known);
  const bool standard = standard_module(fmt::format("std.{}", name)).has_value();
  diagnostics_.report(Code::unknown_name, span, fmt::format("nothing is called '{}' here", name)).help =
      standard       ? fmt::format("write `use std.{0} as {0}` at the top of the file", name)
      : near.empty() ? fmt::format("define it: let {} = …", name)
                     : did_you_mean(near);
}

}  // namespace fts::resolve
