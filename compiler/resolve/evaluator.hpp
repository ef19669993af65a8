// Evaluates the trees of a unit against schemas. One object serves one unit; its parts stand in evaluate_*.cpp.
#pragma once
#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/base/code.hpp"
#include "compiler/resolve/indices.hpp"
#include "compiler/resolve/scope.hpp"
#include "compiler/resolve/value.hpp"

namespace fts::resolve {

class Evaluator {
 public:
  // Without a graph every selection is poisoned: nothing is said of it.
  Evaluator(const Unit::Data& unit, const Options& options, const graph::ParamGraph* graph, SelectionTable& selections,
            Diagnostics& diagnostics);

  // The scope of the main file: its inputs, lets and modules.
  [[nodiscard]] const Scope& file_scope();
  // A body against its schema; `owner` is what a missing attribute is reported at.
  [[nodiscard]] Body body(const ast::Body& tree, const BodySchema& schema, Span owner, const Scope& scope);
  // An expression where `type` is wanted.
  [[nodiscard]] Value value(const ast::Expr& tree, const Type& type, const Scope& scope);
  // --set names that no input has, and inputs that no --set gives.
  void check_inputs();

  // A step of an evaluation, for as long as it lasts: all steps are counted, and those inside one another are bounded,
  // whatever lets lie between them. False: go no further (reported once).
  class Step {
   public:
    Step(Evaluator& evaluator, Span span) : evaluator_(evaluator), allowed_(evaluator.descend(span)) {}
    ~Step() { --evaluator_.depth_; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    explicit operator bool() const { return allowed_; }

   private:
    Evaluator& evaluator_;
    bool allowed_;
  };

 private:
  // A name, member or index that leads to a binding; `indices` are an indexed let's, as written.
  struct Reference {
    const Binding* binding = nullptr;
    std::string name;
    const std::vector<ast::Range>* indices = nullptr;
  };

  // A body that is being filled, with the place of each attribute that stands in it: by name, and by label where it may
  // stand several times.
  struct Filling {
    Body& body;
    std::unordered_map<std::string, Span> places = {};
  };

  // What the selection that an index-free let comes to depends on. `use`: where the outermost let of another file is
  // used.
  struct SelectedLet {
    const ast::Let* let;
    const Scope* home;
    Domain domain;
    bool silent;
    std::optional<std::size_t> phases;
    std::array<std::uint32_t, 3> use;
    friend auto operator<=>(const SelectedLet&, const SelectedLet&) = default;
  };

  // ---- evaluate_names.cpp
  [[nodiscard]] const Scope& scope_of(const Module& module);
  void bind_items(const ast::Body& body, Scope& scope);
  void bind(Scope& scope, const ast::Ident& name, Binding binding);
  [[nodiscard]] Binding input_binding(const ast::Input& input, const Scope& scope);
  // nullopt: the expression is no reference; a null binding: it is one to an unknown name (reported).
  [[nodiscard]] std::optional<Reference> reference(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] std::optional<Reference> member(const ast::Member& tree, const Scope& scope);
  // Whether `a.b` or `a[i]` names nothing; that has been reported then.
  [[nodiscard]] bool report_bad_reference(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] bool report_unquoted(const ast::Expr& tree);
  // The name that a chain of members and indices starts with, where nothing defines it; null otherwise.
  [[nodiscard]] static const ast::Expr* unbound_root(const ast::Expr& tree, const Scope& scope);
  void report_unknown_name(std::string_view name, Span span, const Scope& scope, const std::vector<std::string>& words);
  // Calls `use` with the let's value and a scope that binds its indices; guards against cycles.
  template <typename Result, typename Use>
  [[nodiscard]] Result with_let(const Binding& binding, const std::vector<Scalar>& indices, Span used, Result faulty,
                                Use use);
  // Where the expression is a reference to a let: what `use` makes of its value and the scope that binds its indices,
  // or `faulty`. nullopt: it is no such reference.
  template <typename Result, typename Use>
  [[nodiscard]] std::optional<Result> behind_let(const ast::Expr& tree, const Scope& scope, Result faulty, Use use);
  [[nodiscard]] std::optional<std::vector<Scalar>> let_indices(const Reference& ref, const ast::Expr& tree,
                                                               const Scope& scope);

  // ---- evaluate_scalars.cpp
  [[nodiscard]] std::optional<Scalar> scalar(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] std::optional<Scalar> scalar_name(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] std::optional<Scalar> scalar_call(const ast::Expr& tree, const ast::Call& call, const Scope& scope);
  [[nodiscard]] std::optional<std::size_t> length(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] std::optional<std::string> text(const ast::String& tree, const Scope& scope);
  [[nodiscard]] std::optional<bool> truth(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] std::optional<Scalar> settled(ScalarResult result, Span span);
  [[nodiscard]] std::optional<std::pair<std::int64_t, std::int64_t>> bounds(const ast::Range& range,
                                                                            const Scope& scope);
  // The values of a range, inclusive; counting down only between two literals.
  [[nodiscard]] std::vector<std::int64_t> range(const ast::Range& range, const Scope& scope);

  // ---- evaluate_values.cpp
  [[nodiscard]] Value of_kind(const ast::Expr& tree, const Type& type, const Scope& scope);
  [[nodiscard]] Value scalar_value(const ast::Expr& tree, const Type& type, const Scope& scope);
  [[nodiscard]] Value word(const ast::Expr& tree, const Type& type, const Scope& scope);
  [[nodiscard]] Value metric(const ast::Expr& tree, const Type& type, const Scope& scope);
  [[nodiscard]] Value list(const ast::Expr& tree, const Type& type, const Scope& scope);
  [[nodiscard]] Value any(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] Value wrong_type(const ast::Expr& tree, const Type& type);
  [[nodiscard]] bool accepts(const Type& type, const ast::Expr& tree, const Scope& scope);

  // ---- evaluate_specs.cpp
  [[nodiscard]] Value spec(const ast::Expr& tree, const Type& type, const Scope& scope);
  void call_arguments(const ast::Call& call, const SpecSchema& schema, const Scope& scope, Spec& into);
  // `incomplete`: part of the body could not be read, so what is missing may stand there.
  void fill_defaults(const BodySchema& schema, Span owner, Body& into, bool incomplete = false);

  // ---- evaluate_bodies.cpp
  void items(const ast::Body& tree, const BodySchema& schema, const Scope& scope, Filling& into);
  void attribute(const ast::Attribute& tree, const BodySchema& schema, const Scope& scope, Filling& into);
  // Whether the attribute stands in the body already; that has been reported then.
  [[nodiscard]] bool report_repeated(const ast::Attribute& tree, const AttributeSchema& schema, const Entry& entry,
                                     const Scope& scope, Filling& into);
  [[nodiscard]] bool label(const ast::Attribute& tree, const AttributeSchema& schema, const Scope& scope, Entry& entry);
  void unknown_attribute(const ast::Attribute& tree, const BodySchema& schema);
  [[nodiscard]] Value rules(const ast::Body& tree, const Type& type, const Scope& scope);
  void rule_items(const ast::Body& tree, const Type& type, const Scope& scope, Body& into);
  template <typename Each>
  void loop(const ast::For& tree, const Scope& scope, Each each);

  // ---- evaluate_conditions.cpp
  [[nodiscard]] std::optional<Condition> condition(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] std::optional<Condition> condition_call(const ast::Expr& tree, const ast::Call& call,
                                                        const Scope& scope);
  [[nodiscard]] std::optional<Condition> metric_condition(const ast::Binary& tree, Span span, const Scope& scope);
  [[nodiscard]] std::optional<nlohmann::json> expression(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] std::optional<nlohmann::json> expression_call(const ast::Expr& tree, const ast::Call& call,
                                                              const Scope& scope);
  [[nodiscard]] std::optional<nlohmann::json> prefix_form(std::string_view op,
                                                          const std::vector<const ast::Expr*>& operands,
                                                          const Scope& scope);
  [[nodiscard]] std::optional<nlohmann::json> constant(const ast::Expr& tree, const Scope& scope);

  // ---- evaluate_selections.cpp
  [[nodiscard]] SelectionId select(const ast::Expr& tree, Domain domain, const Scope& scope);
  [[nodiscard]] SelectionId select_pattern(const ast::Expr& tree, Domain domain, const Scope& scope);
  [[nodiscard]] SelectionId select_word(const std::string& word, Span span, Domain domain);
  [[nodiscard]] SelectionId select_reference(const Reference& ref, const ast::Expr& tree, Domain domain);
  [[nodiscard]] SelectionId select_indexed(const Reference& ref, const ast::Expr& tree, Domain domain,
                                           const Scope& scope);
  [[nodiscard]] SelectionId select_call(const ast::Call& call, const ast::Expr& tree, Domain domain,
                                        const Scope& scope);
  [[nodiscard]] SelectionId select_fts(const ast::Call& call, const ast::Expr& tree, Domain domain, const Scope& scope);
  // Whether the graph has a parameter (module) of this very name.
  [[nodiscard]] bool named(const std::string& name, Domain domain) const;
  [[nodiscard]] SelectionId select_binary(const ast::Binary& tree, Span span, Domain domain, const Scope& scope);
  [[nodiscard]] std::optional<Pattern> pattern(const ast::Expr& tree, const Scope& scope);
  [[nodiscard]] SelectionId poisoned(Domain domain, Span span);
  [[nodiscard]] Place place(Span written) const;
  [[nodiscard]] std::string written(const ast::Expr& tree) const;
  // The dotted name that an expression spells (`torch.bfloat16`); empty: it is none.
  [[nodiscard]] static std::string dotted(const ast::Expr& tree);

  // ---- evaluate_indices.cpp
  // The let's selection for each tuple of indices; each may match nothing.
  [[nodiscard]] std::vector<SelectionId> candidates(const Binding& binding, const std::vector<IndexTuple>& tuples,
                                                    Domain domain, Span used);
  // Every combination of the axes' values, the first axis running fastest; none (reported) when they are too many.
  [[nodiscard]] std::vector<IndexTuple> combinations(const std::vector<std::vector<std::int64_t>>& axes, Span used);
  // The tuples, ascending, for which the let may select anything in the model: all others select nothing.
  [[nodiscard]] std::vector<IndexTuple> possible_indices(const Binding& binding, Domain domain, Span used);
  // Those that the patterns of a tree allow; nullopt: its patterns do not tell.
  [[nodiscard]] std::optional<std::set<IndexTuple>> allowed_indices(const ast::Expr& tree, const ast::Let& let,
                                                                    Domain domain);
  [[nodiscard]] std::optional<std::set<IndexTuple>> allowed_indices(const ast::String& tree, const ast::Let& let,
                                                                    Domain domain);
  // Whether the union over all indices is the let's selection with any number in their places, so that one pattern does
  // for thousands.
  [[nodiscard]] static bool distributes(const ast::Expr& tree, const ast::Let& let);
  [[nodiscard]] SelectionId of_any_index(const Binding& binding, Domain domain, Span used);
  [[nodiscard]] std::string matching_indices(const Binding& binding, Domain domain);
  [[nodiscard]] const std::vector<std::int64_t>& known_indices();

  // ---- evaluate_predicates.cpp
  [[nodiscard]] std::optional<Predicate> predicate(const ast::Expr& tree, Domain domain, const Scope& scope);

  [[nodiscard]] Scope& new_scope(const Scope* parent);
  // Loops and expansions are bounded; false (reported once) when the bound is passed.
  [[nodiscard]] bool spend(std::size_t work, Span span);
  [[nodiscard]] bool descend(Span span);

  const Unit::Data& unit_;
  const Options& options_;
  const graph::ParamGraph* graph_;
  SelectionTable& selections_;
  Diagnostics& diagnostics_;
  std::deque<Scope> scopes_;
  std::map<const Module*, Scope*> module_scopes_;
  std::unordered_set<const ast::Let*> active_;  // lets being evaluated
  std::vector<Span> uses_;                      // where the outermost active let of another file is used
  std::optional<std::size_t> phases_;           // phases evaluated so far, inside a schedule
  bool silent_ = false;                         // patterns may match nothing (candidates of an index)
  std::optional<std::vector<std::int64_t>> known_indices_;
  std::size_t work_ = 0;
  std::size_t depth_ = 0;
  std::set<std::string> used_inputs_;
  std::map<SelectedLet, SelectionId> selected_lets_;
};

template <typename Result, typename Use>
Result Evaluator::with_let(const Binding& binding, const std::vector<Scalar>& indices, Span used, Result faulty,
                           Use use) {
  const ast::Let& let = *binding.let;
  if (active_.contains(&let)) {
    diagnostics_.report(Code::cyclic_definition, used, "'" + let.name.text + "' is defined by itself")
        .notes.push_back({"it is defined here", let.name.span});
    return faulty;
  }
  Scope& scope = new_scope(binding.home);
  for (std::size_t i = 0; i < let.indices.size(); ++i) {
    scope.names[let.indices[i].text] = {.span = let.indices[i].span, .value = indices[i]};
  }
  active_.insert(&let);
  const bool foreign = used.file != let.name.span.file && uses_.empty();
  if (foreign) uses_.push_back(used);
  Result result = use(*let.value, scope);
  if (foreign) uses_.pop_back();
  active_.erase(&let);
  return result;
}

template <typename Result, typename Use>
std::optional<Result> Evaluator::behind_let(const ast::Expr& tree, const Scope& scope, Result faulty, Use use) {
  const auto ref = reference(tree, scope);
  if (!ref) return std::nullopt;
  if (ref->binding == nullptr || ref->binding->poisoned) return faulty;
  if (ref->binding->let == nullptr) return std::nullopt;
  const auto indices = let_indices(*ref, tree, scope);
  return indices ? with_let(*ref->binding, *indices, tree.span, std::move(faulty), use) : std::move(faulty);
}

}  // namespace fts::resolve
