// Selections: expressions to entries of the selection table.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/base/code.hpp"
#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

namespace {

using ast::BinaryOp;

bool is_set_word(const std::string& word) {
  return word == "all" || word == "rest" || word == "frozen" || word == "tied" || word == "none";
}

}  // namespace

Place Evaluator::place(Span written) const { return {written, uses_.empty() ? written : uses_.back()}; }

SelectionId Evaluator::poisoned(Domain domain, Span span) {
  const SelectionId id = selections_.nothing(domain, place(span));
  selections_.poison(id);
  return id;
}

std::string Evaluator::written(const ast::Expr& tree) const { return std::string(unit_.sources->text(tree.span)); }

SelectionId Evaluator::select(const ast::Expr& tree, Domain domain, const Scope& scope) {
  if (graph_ == nullptr) return poisoned(domain, tree.span);
  const Step step(*this, tree.span);
  if (std::holds_alternative<ast::ErrorExpr>(tree.node) || !step) return poisoned(domain, tree.span);
  if (std::holds_alternative<ast::String>(tree.node) || std::holds_alternative<ast::Regex>(tree.node)) {
    return select_pattern(tree, domain, scope);
  }
  if (const auto* b = std::get_if<ast::Binary>(&tree.node)) return select_binary(*b, tree.span, domain, scope);
  if (const auto* call = std::get_if<ast::Call>(&tree.node)) return select_call(*call, tree, domain, scope);
  if (const auto* c = std::get_if<ast::Conditional>(&tree.node)) {
    const auto yes = truth(*c->condition, scope);
    return yes ? select(*yes ? *c->value : *c->otherwise, domain, scope) : poisoned(domain, tree.span);
  }
  const auto* name = std::get_if<ast::Name>(&tree.node);
  if (name != nullptr && is_set_word(name->text)) return select_word(name->text, tree.span, domain);
  if (const auto ref = reference(tree, scope)) {
    if (ref->binding == nullptr || ref->binding->poisoned) return poisoned(domain, tree.span);
    if (ref->binding->let != nullptr) {
      return ref->binding->let->indices.empty() && ref->indices == nullptr ? select_reference(*ref, tree, domain)
                                                                           : select_indexed(*ref, tree, domain, scope);
    }
    diagnostics_.report(Code::wrong_type, tree.span, fmt::format("'{}' is no selection", ref->name));
    return poisoned(domain, tree.span);
  }
  if (const auto* root = unbound_root(tree, scope)) {
    if (report_unquoted(tree)) return poisoned(domain, tree.span);
    report_unknown_name(std::get<ast::Name>(root->node).text, root->span, scope,
                        {"all", "rest", "frozen", "tied", "none"});
  } else {
    diagnostics_
        .report(
            Code::wrong_type, tree.span,
            fmt::format("a selection of {} is wanted here", domain == Domain::parameters ? "parameters" : "modules"))
        .help = R"(such as "encoder.**", /.*\.bias/, module("encoder.layer.3") or a let's name)";
  }
  return poisoned(domain, tree.span);
}

// A name of the model that stands without quotes.
bool Evaluator::report_unquoted(const ast::Expr& tree) {
  const std::string name = dotted(tree);
  const bool is_parameter = graph_->find_parameter(name).has_value();
  if (name.empty() || (!is_parameter && !graph_->find_module(name))) return false;
  const std::string quoted_name = "\"" + name + "\"";
  const std::string meant = is_parameter ? quoted_name : "module(" + quoted_name + ")";
  auto& d = diagnostics_.report(Code::unknown_name, tree.span,
                                fmt::format("nothing is called '{}' here, but {} of the model is", name,
                                            is_parameter ? "a parameter" : "a module"));
  d.help = fmt::format("names of the model are strings: write {}", meant);
  d.fixes.push_back({tree.span, meant, true});
  return true;
}

SelectionId Evaluator::select_word(const std::string& word, Span span, Domain domain) {
  const Place at = place(span);
  if (word == "all") return selections_.everything(domain, at);
  if (word == "none") return selections_.nothing(domain, at);
  if (domain == Domain::modules) {
    diagnostics_.report(Code::wrong_type, span,
                        fmt::format("'{}' is a set of parameters, and modules are wanted here", word));
    return poisoned(domain, span);
  }
  if (word == "frozen") return selections_.frozen(at);
  if (word == "tied") return selections_.tied(at);
  if (phases_) return selections_.rest(*phases_, at);
  diagnostics_.report(Code::misplaced_item, span, "'rest' has a meaning only in a phase");
  return poisoned(domain, span);
}

std::optional<Pattern> Evaluator::pattern(const ast::Expr& tree, const Scope& scope) {
  const Step step(*this, tree.span);
  if (!step) return std::nullopt;
  tl::expected<Pattern, std::string> result = tl::unexpected(std::string());
  if (const auto* regex = std::get_if<ast::Regex>(&tree.node)) {
    result = pattern_of_regex(regex->pattern);
  } else if (const auto* string = std::get_if<ast::String>(&tree.node)) {
    std::vector<GlobPiece> pieces;
    for (const auto& piece : string->pieces) {
      if (piece.interpolation == nullptr) {
        pieces.push_back({piece.text, piece.literal});
        continue;
      }
      const ast::Expr& inner = *piece.interpolation;
      const auto value = scalar(inner, scope);
      if (!value) return std::nullopt;
      if (const auto* i = std::get_if<std::int64_t>(&value->data))
        pieces.push_back({std::to_string(*i), true});
      else if (const auto* s = std::get_if<std::string>(&value->data))
        pieces.push_back({*s, true});
      else {
        diagnostics_.report(Code::wrong_type, inner.span, fmt::format("{} cannot stand in a name", value->in_words()));
        return std::nullopt;
      }
    }
    result = pattern_of_string(pieces);
  } else if (auto behind = behind_let(tree, scope, std::optional<Pattern>{},
                                      [&](const ast::Expr& let, const Scope& s) { return pattern(let, s); })) {
    return std::move(*behind);
  } else {
    diagnostics_.report(Code::wrong_type, tree.span, "a name, a glob or a regex is wanted here").help =
        "such as \"encoder.layer.3\", \"encoder.**\" or /encoder\\.layer\\.\\d+/";
    return std::nullopt;
  }
  if (result) return *result;
  diagnostics_.report(Code::bad_regex, tree.span, fmt::format("this pattern cannot be read: {}", result.error())).help =
      std::holds_alternative<ast::Regex>(tree.node)
          ? "regexes have RE2's syntax: no lookaround, no backreferences; set algebra says what lookaround would"
          : "*, ?, [ and { are a glob's; write \\[ for the character itself";
  return std::nullopt;
}

SelectionId Evaluator::select_pattern(const ast::Expr& tree, Domain domain, const Scope& scope) {
  auto p = pattern(tree, scope);
  return p ? selections_.pattern(domain, std::move(*p), written(tree), place(tree.span), silent_)
           : poisoned(domain, tree.span);
}

// A let comes to the same wherever all that its value depends on is the same; evaluated anew at each of its names, a
// chain of lets that each name the one before twice would double at every step.
SelectionId Evaluator::select_reference(const Reference& ref, const ast::Expr& tree, Domain domain) {
  const Binding& binding = *ref.binding;
  const bool foreign = uses_.empty() && tree.span.file != binding.let->name.span.file;
  const Span outer = !uses_.empty() ? uses_.back() : foreign ? tree.span : Span{};
  const SelectedLet key{binding.let, binding.home, domain, silent_, phases_, {outer.file, outer.begin, outer.end}};
  if (const auto known = selected_lets_.find(key); known != selected_lets_.end()) return known->second;
  const SelectionId made =
      with_let(binding, {}, tree.span, poisoned(domain, tree.span),
               [&](const ast::Expr& let, const Scope& inner) { return select(let, domain, inner); });
  return selected_lets_.emplace(key, made).first->second;
}

// layers[4..5], layers[-1], layers: a union over the let's indices.
SelectionId Evaluator::select_indexed(const Reference& ref, const ast::Expr& tree, Domain domain, const Scope& scope) {
  const std::size_t wanted = ref.binding->let->indices.size();
  const std::size_t given = ref.indices == nullptr ? 0 : ref.indices->size();
  if (given != 0 && given != wanted) {
    diagnostics_.report(
        Code::wrong_type, tree.span,
        fmt::format("'{}' takes {} ind{}, not {}", ref.name, wanted, wanted == 1 ? "ex" : "ices", given));
    return poisoned(domain, tree.span);
  }
  const Place at = place(tree.span);
  const auto matching = [this, binding = ref.binding, domain] { return matching_indices(*binding, domain); };
  if (given == 0 && distributes(*ref.binding->let->value, *ref.binding->let)) {
    return selections_.indexed({of_any_index(*ref.binding, domain, tree.span)}, std::nullopt, written(tree), matching,
                               domain, at);
  }
  if (given == 0) {  // every index that matches
    return selections_.indexed(
        candidates(*ref.binding, possible_indices(*ref.binding, domain, tree.span), domain, tree.span), std::nullopt,
        written(tree), matching, domain, at);
  }
  std::vector<std::vector<std::int64_t>> axes;
  for (const auto& index : *ref.indices) {
    if (!bounds(index, scope)) return poisoned(domain, tree.span);
    axes.push_back(range(index, scope));
  }
  if (const auto& first = ref.indices->front(); wanted == 1 && first.last != nullptr) {  // layers[2..-1]
    const auto ends = *bounds(first, scope);
    if (ends.first >= 0 && ends.second < 0) {
      auto from = possible_indices(*ref.binding, domain, tree.span);
      std::erase_if(from, [&](const IndexTuple& i) { return i.front() < ends.first; });
      return selections_.indexed(candidates(*ref.binding, from, domain, tree.span), ends.second, written(tree),
                                 matching, domain, at, SelectionTable::Pick::up_to);
    }
  }
  const auto tuples = combinations(axes, tree.span);
  const bool from_end = wanted == 1 && !axes.front().empty() && axes.front().front() < 0;
  std::vector<SelectionId> parts;
  if (from_end) {
    const auto all = candidates(*ref.binding, possible_indices(*ref.binding, domain, tree.span), domain, tree.span);
    for (const auto& tuple : tuples) {
      parts.push_back(selections_.indexed(all, std::min<std::int64_t>(tuple.front(), -1), "", {}, domain, at));
      selections_.silence(parts.back());
    }
  } else {
    parts = candidates(*ref.binding, tuples, domain, tree.span);
    if (silent_) return parts.size() == 1 ? parts.front() : selections_.unite(std::move(parts), domain, at);
  }
  std::vector<std::string> names;
  if (parts.size() > 1) {
    for (const auto& tuple : tuples) names.push_back(fmt::format("{}[{}]", ref.name, fmt::join(tuple, ", ")));
  }
  return selections_.each(std::move(parts), std::move(names), written(tree), matching, domain, at);
}

SelectionId Evaluator::select_call(const ast::Call& call, const ast::Expr& tree, Domain domain, const Scope& scope) {
  const auto* callee = std::get_if<ast::Name>(&call.callee->node);
  if (callee != nullptr && callee->text == "fts") return select_fts(call, tree, domain, scope);
  const bool by_type = callee != nullptr && callee->text == "types";
  if (callee == nullptr || (callee->text != "module" && !by_type)) {
    report_unknown_name(written(*call.callee), call.callee->span, scope, {"module", "types"});
    return poisoned(domain, tree.span);
  }
  std::vector<SelectionId> parts;
  for (const auto& argument : call.arguments) {
    if (argument.name) {
      diagnostics_.report(Code::bad_argument, argument.name->span,
                          fmt::format("'{}' takes no named arguments", callee->text));
      return poisoned(domain, tree.span);
    }
    auto p = pattern(*argument.value, scope);
    if (!p) return poisoned(domain, tree.span);
    const std::string text = written(*argument.value);
    const Place at = place(argument.value->span);
    parts.push_back(by_type ? selections_.types(std::move(*p), text, at, silent_)
                            : selections_.pattern(Domain::modules, std::move(*p), text, at, silent_));
  }
  if (parts.empty()) {
    diagnostics_.report(Code::bad_argument, tree.span,
                        fmt::format("'{}' needs a name, a glob or a regex", callee->text));
    return poisoned(domain, tree.span);
  }
  const Place at = place(tree.span);
  const SelectionId modules =
      parts.size() == 1 ? parts.front() : selections_.unite(std::move(parts), Domain::modules, at);
  return domain == Domain::modules ? modules : selections_.parameters_under(modules, at);
}

// fts("e1", "e2"): entries as Python FTS reads them.
SelectionId Evaluator::select_fts(const ast::Call& call, const ast::Expr& tree, Domain domain, const Scope& scope) {
  FtsCall result{.domain = domain, .place = place(tree.span)};
  for (const auto& argument : call.arguments) {
    const auto* string = std::get_if<ast::String>(&argument.value->node);
    if (argument.name || string == nullptr) {
      diagnostics_.report(Code::bad_argument, argument.value->span, "'fts' takes FTS's entries, each a string").help =
          "write a name or a Python regex, such as fts(\"encoder.layer.3.*\")";
      return poisoned(domain, tree.span);
    }
    auto entry = text(*string, scope);
    if (!entry) return poisoned(domain, tree.span);
    if (const auto readable = check_python_regex(*entry); !readable && !named(*entry, domain)) {
      diagnostics_
          .report(Code::bad_regex, argument.value->span, fmt::format("'{}' is no regex: {}", *entry, readable.error()))
          .help = "entries that are no names are regexes of Python's re";
      return poisoned(domain, tree.span);
    }
    result.entries.push_back({std::move(*entry), place(argument.value->span)});
  }
  return selections_.fts(std::move(result));
}

bool Evaluator::named(const std::string& name, Domain domain) const {
  return domain == Domain::parameters ? graph_->find_parameter(name).has_value()
                                      : graph_->find_module(name).has_value();
}

SelectionId Evaluator::select_binary(const ast::Binary& tree, Span span, Domain domain, const Scope& scope) {
  const Place at = place(span);
  if (tree.op == BinaryOp::where) {
    const SelectionId of = select(*tree.left, domain, scope);
    auto keep = predicate(*tree.right, domain, scope);
    return keep ? selections_.where(of, std::move(*keep), at) : poisoned(domain, span);
  }
  if (tree.op != BinaryOp::set_union && tree.op != BinaryOp::set_intersection && tree.op != BinaryOp::subtract) {
    auto& d = diagnostics_.report(Code::wrong_type, tree.op_span,
                                  fmt::format("'{}' does not join selections", ast::spelling(tree.op)));
    d.help = tree.op == BinaryOp::logical_or || tree.op == BinaryOp::add ? "write a | b"
             : tree.op == BinaryOp::logical_and                          ? "write a & b"
                                                                         : "selections are joined by |, & and -";
    return poisoned(domain, span);
  }
  const SelectionId left = select(*tree.left, domain, scope);
  const SelectionId right = select(*tree.right, domain, scope);
  if (tree.op == BinaryOp::set_union) return selections_.unite({left, right}, domain, at);
  return tree.op == BinaryOp::set_intersection ? selections_.intersect(left, right, at)
                                               : selections_.subtract(left, right, at);
}

}  // namespace fts::resolve
