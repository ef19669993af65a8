// Indexed lets: which indices can select anything, and the selection of each.
#include <algorithm>
#include <charconv>

#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

namespace {

using ast::BinaryOp;
using Allowed = std::optional<std::set<IndexTuple>>;

std::vector<std::string_view> names_of(const graph::ParamGraph& graph, Domain domain) {
  const bool parameters = domain == Domain::parameters;
  std::vector<std::string_view> names(parameters ? graph.parameter_count() : graph.module_count());
  for (std::uint32_t i = 0; i < names.size(); ++i)
    names[i] = parameters ? graph.parameter_name(i) : graph.module_name(i);
  return names;
}

Allowed both(Allowed left, Allowed right) {
  if (!left || !right) return left ? std::move(left) : std::move(right);
  std::erase_if(*left, [&](const IndexTuple& tuple) { return !right->contains(tuple); });
  return left;
}

Allowed either(Allowed left, Allowed right) {
  if (!left || !right) return std::nullopt;
  left->merge(*right);
  return left;
}

// How often a tree that holds nothing but patterns and facts names an index of the let; nullopt: it holds more.
std::optional<std::size_t> mentions(const ast::Expr& tree, const ast::Let& let) {
  if (std::holds_alternative<ast::Regex>(tree.node) || std::holds_alternative<ast::Number>(tree.node)) return 0;
  if (const auto* name = std::get_if<ast::Name>(&tree.node)) {
    return static_cast<std::size_t>(
        std::ranges::count_if(let.indices, [&](const ast::Ident& i) { return i.text == name->text; }));
  }
  std::size_t count = 0;
  const auto add = [&](const ast::Expr& part) {
    const auto more = mentions(part, let);
    count += more.value_or(0);
    return more.has_value();
  };
  if (const auto* string = std::get_if<ast::String>(&tree.node)) {
    const bool known = std::ranges::all_of(
        string->pieces, [&](const auto& piece) { return piece.interpolation == nullptr || add(*piece.interpolation); });
    return known ? std::optional(count) : std::nullopt;
  }
  if (const auto* unary = std::get_if<ast::Unary>(&tree.node)) return mentions(*unary->operand, let);
  if (const auto* binary = std::get_if<ast::Binary>(&tree.node))
    return add(*binary->left) && add(*binary->right) ? std::optional(count) : std::nullopt;
  const auto* call = std::get_if<ast::Call>(&tree.node);
  if (call == nullptr) return std::nullopt;
  const bool known = std::ranges::all_of(call->arguments, [&](const auto& argument) { return add(*argument.value); });
  return known ? std::optional(count) : std::nullopt;
}

// A string names each index at most once, and as it is: twice the same would be two numbers.
bool names_each_once(const ast::Expr& tree, const ast::Let& let) {
  const auto* string = std::get_if<ast::String>(&tree.node);
  if (string == nullptr) return mentions(tree, let) == 0;
  std::set<std::string> seen;
  return std::ranges::all_of(string->pieces, [&](const auto& piece) {
    if (piece.interpolation == nullptr) return true;
    const auto* name = std::get_if<ast::Name>(&piece.interpolation->node);
    return name != nullptr && seen.insert(name->text).second;
  });
}

}  // namespace

bool Evaluator::distributes(const ast::Expr& tree, const ast::Let& let) {
  if (const auto* call = std::get_if<ast::Call>(&tree.node)) {
    const auto* callee = std::get_if<ast::Name>(&call->callee->node);
    const bool of_names = callee != nullptr && (callee->text == "module" || callee->text == "types");
    return of_names && std::ranges::all_of(call->arguments,
                                           [&](const auto& argument) { return names_each_once(*argument.value, let); });
  }
  const auto* binary = std::get_if<ast::Binary>(&tree.node);
  if (binary == nullptr) return names_each_once(tree, let);
  const bool left = distributes(*binary->left, let);
  if (binary->op == BinaryOp::set_union) return left && distributes(*binary->right, let);
  const bool of_a_set =
      binary->op == BinaryOp::where || binary->op == BinaryOp::subtract || binary->op == BinaryOp::set_intersection;
  return of_a_set && left && mentions(*binary->right, let) == 0;
}

SelectionId Evaluator::of_any_index(const Binding& binding, Domain domain, Span used) {
  const bool was_silent = std::exchange(silent_, true);
  const std::vector<Scalar> any(binding.let->indices.size(), Scalar{std::string(1, kAnyNumber)});
  const SelectionId made =
      with_let(binding, any, used, poisoned(domain, used),
               [&](const ast::Expr& let, const Scope& inner) { return select(let, domain, inner); });
  silent_ = was_silent;
  return made;
}

std::vector<SelectionId> Evaluator::candidates(const Binding& binding, const std::vector<IndexTuple>& tuples,
                                               Domain domain, Span used) {
  if (!spend(tuples.size(), used)) return {};
  const bool was_silent = std::exchange(silent_, true);
  std::vector<SelectionId> all;
  for (const IndexTuple& tuple : tuples) {
    std::vector<Scalar> indices;
    for (const std::int64_t index : tuple) indices.push_back(Scalar{index});
    all.push_back(with_let(binding, indices, used, poisoned(domain, used),
                           [&](const ast::Expr& let, const Scope& inner) { return select(let, domain, inner); }));
  }
  silent_ = was_silent;
  return all;
}

std::vector<IndexTuple> Evaluator::combinations(const std::vector<std::vector<std::int64_t>>& axes, Span used) {
  std::size_t count = 1;
  for (const auto& axis : axes) {
    if (__builtin_mul_overflow(count, axis.size(), &count)) count = ~std::size_t{0} / 2;
  }
  if (!spend(count, used)) return {};
  std::vector<IndexTuple> tuples;
  for (std::size_t c = 0; c < count; ++c) {
    std::size_t left = c;
    IndexTuple& tuple = tuples.emplace_back();
    for (const auto& axis : axes) {
      tuple.push_back(axis[left % axis.size()]);
      left /= axis.size();
    }
  }
  return tuples;
}

std::vector<IndexTuple> Evaluator::possible_indices(const Binding& binding, Domain domain, Span used) {
  const ast::Let& let = *binding.let;
  if (const Allowed allowed = allowed_indices(*let.value, let, domain)) return {allowed->begin(), allowed->end()};
  return combinations(std::vector(let.indices.size(), known_indices()), used);
}

// A selection has members only where its patterns have: both sides of `&`, the left of `-` and `where`, one side of
// `|`.
Allowed Evaluator::allowed_indices(const ast::Expr& tree, const ast::Let& let, Domain domain) {
  if (const auto* string = std::get_if<ast::String>(&tree.node)) return allowed_indices(*string, let, domain);
  if (const auto* binary = std::get_if<ast::Binary>(&tree.node)) {
    auto left = allowed_indices(*binary->left, let, domain);
    switch (binary->op) {
      case BinaryOp::where:
      case BinaryOp::subtract: return left;
      case BinaryOp::set_intersection: return both(std::move(left), allowed_indices(*binary->right, let, domain));
      case BinaryOp::set_union: return either(std::move(left), allowed_indices(*binary->right, let, domain));
      default: return std::nullopt;
    }
  }
  const auto* call = std::get_if<ast::Call>(&tree.node);
  const auto* callee = call == nullptr ? nullptr : std::get_if<ast::Name>(&call->callee->node);
  if (callee == nullptr || callee->text != "module" || call->arguments.empty()) return std::nullopt;
  Allowed all = std::set<IndexTuple>{};
  for (const auto& argument : call->arguments) {
    const auto* name = std::get_if<ast::String>(&argument.value->node);
    all = either(std::move(all), name == nullptr ? std::nullopt : allowed_indices(*name, let, Domain::modules));
  }
  return all;
}

// Only where every index stands in the string, and nothing else is interpolated.
Allowed Evaluator::allowed_indices(const ast::String& tree, const ast::Let& let, Domain domain) {
  std::vector<IndexPiece> pieces;
  std::set<std::size_t> seen;
  for (const auto& piece : tree.pieces) {
    if (piece.interpolation == nullptr) {
      pieces.push_back({{piece.text, piece.literal}, std::nullopt});
      continue;
    }
    const auto* name = std::get_if<ast::Name>(&piece.interpolation->node);
    const auto index = name == nullptr ? let.indices.end()
                                       : std::find_if(let.indices.begin(), let.indices.end(),
                                                      [&](const ast::Ident& i) { return i.text == name->text; });
    if (index == let.indices.end()) return std::nullopt;
    pieces.push_back({{}, static_cast<std::size_t>(index - let.indices.begin())});
    seen.insert(*pieces.back().index);
  }
  if (seen.size() != let.indices.size()) return std::nullopt;
  return indices_in(names_of(*graph_, domain), pieces, let.indices.size());
}

std::string Evaluator::matching_indices(const Binding& binding, Domain domain) {
  if (binding.let->indices.size() != 1) return {};
  SelectionTable table;
  Diagnostics ignored;
  Evaluator other(unit_, options_, graph_, table, ignored);
  const auto possible = other.possible_indices(binding, domain, binding.span);
  const auto all = other.candidates(binding, possible, domain, binding.span);
  table.match(*graph_, ignored);
  std::string words;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!table.set(all[i]).empty()) words += (words.empty() ? "" : ", ") + std::to_string(possible[i].front());
  }
  return words;
}

// Every number that ends a piece of some name in the graph ("layers.3", "layer3"): what an index can be where patterns
// do not tell.
const std::vector<std::int64_t>& Evaluator::known_indices() {
  if (known_indices_) return *known_indices_;
  std::set<std::int64_t> found;
  const auto collect = [&](std::string_view name) {
    for (std::size_t b = 0; b < name.size();) {
      const std::size_t e = std::min(name.find('.', b), name.size());
      std::size_t digits = e;
      while (digits > b && name[digits - 1] >= '0' && name[digits - 1] <= '9') --digits;
      std::int64_t value = 0;
      const auto [at, code] = std::from_chars(name.data() + digits, name.data() + e, value);
      if (code == std::errc{}) found.insert(value);
      b = e + 1;
    }
  };
  for (const Domain domain : {Domain::parameters, Domain::modules}) {
    for (const std::string_view name : names_of(*graph_, domain)) collect(name);
  }
  known_indices_.emplace(found.begin(), found.end());
  return *known_indices_;
}

}  // namespace fts::resolve
