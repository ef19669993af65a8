// `where`: compiled once to a function of one parameter (or module).
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

namespace {

using graph::ParamGraph;
// The value of a part of the predicate for one member.
using Fact = std::function<ScalarResult(const ParamGraph&, std::uint32_t)>;

constexpr std::array<std::string_view, 7> kFacts = {"rank", "numel", "dtype", "shape", "requires_grad", "tied", "type"};

Fact constant(Scalar value) {
  return [value = std::move(value)](const ParamGraph&, std::uint32_t) -> ScalarResult { return value; };
}

Fact type_of(Domain domain) {
  return [domain](const ParamGraph& graph, std::uint32_t id) -> ScalarResult {
    const auto module = domain == Domain::modules ? id : graph.parameter(id).module;
    return Scalar{module == graph::kNone ? std::string() : std::string(graph.module(module).type)};
  };
}

std::optional<Fact> parameter_fact(const std::string& name) {
  if (name == "rank")
    return [](const ParamGraph& g, std::uint32_t id) -> ScalarResult {
      return Scalar{static_cast<std::int64_t>(g.parameter(id).shape.size())};
    };
  if (name == "numel")
    return [](const ParamGraph& g, std::uint32_t id) -> ScalarResult { return Scalar{g.parameter(id).numel}; };
  if (name == "dtype")
    return [](const ParamGraph& g, std::uint32_t id) -> ScalarResult {
      return Scalar{std::string(graph::name(g.parameter(id).dtype))};
    };
  if (name == "requires_grad")
    return [](const ParamGraph& g, std::uint32_t id) -> ScalarResult { return Scalar{g.parameter(id).requires_grad}; };
  return std::nullopt;
}

// Whether the parameter shares its storage: the later names of a tensor and the first.
Fact is_tied(const ParamGraph& graph) {
  return [tied = tied_parameters(graph)](const ParamGraph&, std::uint32_t id) -> ScalarResult {
    return Scalar{tied.contains(id)};
  };
}

Fact shape_at(std::int64_t index) {
  return [index](const ParamGraph& g, std::uint32_t id) -> ScalarResult {
    const auto shape = g.parameter(id).shape;
    const auto rank = static_cast<std::int64_t>(shape.size());
    const std::int64_t at = index < 0 ? rank + index : index;
    return Scalar{at >= 0 && at < rank ? shape[static_cast<std::size_t>(at)]
                                       : std::int64_t{0}};  // no such dimension: 0
  };
}

bool is_fact(const ast::Expr& tree, const Scope& scope) {
  const auto* name = std::get_if<ast::Name>(&tree.node);
  return name != nullptr && scope.find(name->text) == nullptr &&
         std::find(kFacts.begin(), kFacts.end(), name->text) != kFacts.end();
}

bool is_fact_named(const ast::Expr& tree, std::string_view fact, const Scope& scope) {
  return is_fact(tree, scope) && std::get<ast::Name>(tree.node).text == fact;
}

// What the compiler of a predicate needs of the evaluator: the value of a part without facts, and what a let's name
// stands for (nullopt: it is no let's name), compiled where the let was written.
struct Names {
  using Use = std::function<std::optional<Fact>(const ast::Expr&, const Scope&)>;
  std::function<std::optional<Scalar>(const ast::Expr&)> scalar;
  std::function<std::optional<std::optional<Fact>>(const ast::Expr&, const Use&)> let;
};

class Compiler {
 public:
  Compiler(Evaluator& evaluator, Domain domain, const ParamGraph& graph, const Scope& scope,
           std::function<Names(const Scope&)> names, Diagnostics& diagnostics)
      : evaluator_(evaluator),
        domain_(domain),
        graph_(graph),
        scope_(scope),
        make_names_(std::move(names)),
        names_(make_names_(scope)),
        diagnostics_(diagnostics) {}

  std::optional<Fact> compile(const ast::Expr& tree) {
    const Evaluator::Step step(evaluator_, tree.span);
    if (!step) return std::nullopt;
    if (is_fact(tree, scope_)) return fact(tree);
    if (const auto* index = std::get_if<ast::Index>(&tree.node);
        index != nullptr && is_fact_named(*index->base, "shape", scope_)) {
      return shape(*index);
    }
    if (const auto* u = std::get_if<ast::Unary>(&tree.node)) {
      auto operand = compile(*u->operand);
      if (!operand) return std::nullopt;
      return Fact([op = u->op, f = std::move(*operand)](const ParamGraph& g, std::uint32_t id) -> ScalarResult {
        auto value = f(g, id);
        return value ? apply(op, *value) : value;
      });
    }
    if (const auto* b = std::get_if<ast::Binary>(&tree.node)) return binary(*b);
    const auto behind = names_.let(tree, [this](const ast::Expr& let, const Scope& inner) {
      return Compiler(evaluator_, domain_, graph_, inner, make_names_, diagnostics_).compile(let);
    });
    if (behind) return *behind;
    if (const auto* name = std::get_if<ast::Name>(&tree.node); name != nullptr && is_unknown(name->text)) {
      const std::vector<std::string_view> facts(kFacts.begin(), kFacts.end());
      const auto near = name->text == "ndim" ? std::vector<std::string>{"rank"} : nearest(name->text, facts);
      diagnostics_.report(Code::unknown_name, tree.span, fmt::format("`where` knows no '{}'", name->text)).help =
          near.empty() ? fmt::format("it knows {}", fmt::join(kFacts, ", ")) : did_you_mean(near);
      return std::nullopt;
    }
    const auto value = names_.scalar(tree);
    return value ? std::optional(constant(*value)) : std::nullopt;
  }

 private:
  [[nodiscard]] bool is_unknown(const std::string& name) const {
    return scope_.find(name) == nullptr && name != "true" && name != "false" && name != "none";
  }

  std::optional<Fact> fact(const ast::Expr& tree) {
    const auto& name = std::get<ast::Name>(tree.node).text;
    if (name == "type") return type_of(domain_);
    if (name == "tied" && domain_ == Domain::parameters) return is_tied(graph_);
    auto f = domain_ == Domain::parameters ? parameter_fact(name) : std::nullopt;
    if (f) return f;
    auto& d = diagnostics_.report(
        Code::wrong_type, tree.span,
        domain_ == Domain::modules ? fmt::format("a module has no '{}'", name) : "'shape' needs an index");
    d.help = domain_ == Domain::modules ? "of modules, `where` knows the type" : "write shape[0]";
    return std::nullopt;
  }

  std::optional<Fact> shape(const ast::Index& index) {
    const auto at = index.indices.size() == 1 && index.indices.front().last == nullptr
                        ? names_.scalar(*index.indices.front().first)
                        : std::nullopt;
    const auto* i = at ? std::get_if<std::int64_t>(&at->data) : nullptr;
    if (i != nullptr && domain_ == Domain::parameters) return shape_at(*i);
    diagnostics_.report(Code::wrong_type, index.base->span,
                        "shape[i] is of a parameter, with one whole number as its index");
    return std::nullopt;
  }

  std::optional<Fact> binary(const ast::Binary& b) {
    auto left = dtype_word(*b.left, *b.right);
    auto right = dtype_word(*b.right, *b.left);
    if (!left) left = compile(*b.left);
    if (!right) right = compile(*b.right);
    if (!left || !right) return std::nullopt;
    return Fact([op = b.op, l = std::move(*left), r = std::move(*right)](const ParamGraph& g,
                                                                         std::uint32_t id) -> ScalarResult {
      auto x = l(g, id);
      if (!x) return x;
      auto y = r(g, id);
      return y ? apply(op, *x, *y) : y;
    });
  }

  // dtype == bf16: the other side of a dtype is a dtype's name.
  std::optional<Fact> dtype_word(const ast::Expr& tree, const ast::Expr& other) {
    const auto* name = std::get_if<ast::Name>(&tree.node);
    if (name == nullptr || !is_fact_named(other, "dtype", scope_) || scope_.find(name->text) != nullptr)
      return std::nullopt;
    const auto dtype = graph::parse_dtype(name->text);
    return dtype ? std::optional(constant(Scalar{std::string(graph::name(*dtype))})) : std::nullopt;
  }

  Evaluator& evaluator_;
  Domain domain_;
  const ParamGraph& graph_;
  const Scope& scope_;
  std::function<Names(const Scope&)> make_names_;
  Names names_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::optional<Predicate> Evaluator::predicate(const ast::Expr& tree, Domain domain, const Scope& scope) {
  const auto names = [this](const Scope& here) {
    return Names{
        .scalar = [this, &here](const ast::Expr& part) { return scalar(part, here); },
        .let = [this, &here](const ast::Expr& part,
                             const Names::Use& use) { return behind_let(part, here, std::optional<Fact>{}, use); }};
  };
  auto fact = Compiler(*this, domain, *graph_, scope, names, diagnostics_).compile(tree);
  if (!fact) return std::nullopt;
  const std::size_t members = domain == Domain::parameters ? graph_->parameter_count() : graph_->module_count();
  if (members != 0) {  // types do not depend on the member, so one tells
    const auto probe = (*fact)(*graph_, 0);
    const std::string fault = !probe ? probe.error()
                              : !std::holds_alternative<bool>(probe->data)
                                  ? "'where' needs true or false, not " + probe->in_words()
                                  : "";
    if (!fault.empty()) {
      diagnostics_.report(Code::wrong_type, tree.span, fault);
      return std::nullopt;
    }
  }
  return Predicate([f = std::move(*fact)](const graph::ParamGraph& g, std::uint32_t id) {
    const auto value = f(g, id);
    const auto* keep = value ? std::get_if<bool>(&value->data) : nullptr;
    return keep != nullptr && *keep;
  });
}

}  // namespace fts::resolve
