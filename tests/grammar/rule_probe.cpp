#include "tests/grammar/rule_probe.hpp"

#include <map>
#include <stdexcept>

#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/analyze.hpp>
#include <tao/pegtl/visit.hpp>

#include "grammar/control.hpp"
#include "grammar/messages.hpp"
#include "grammar/recover_traits.hpp"

namespace fts::test {

namespace {

namespace pegtl = tao::pegtl;
namespace rules = grammar::rules;
using Input = pegtl::memory_input<pegtl::tracking_mode::lazy>;

constexpr std::string_view kPrefix = "fts::grammar::rules::";

// Rules with a name of their own; not the combinators of recover.hpp, which are templates or look at no text.
template <typename Rule>
std::string name_of() {
  const std::string_view full = pegtl::demangle<Rule>();
  const bool ours = full.starts_with(kPrefix) && full.find('<') == std::string_view::npos;
  return ours ? std::string(full.substr(kPrefix.size())) : "";
}

std::set<std::string>& hits() {
  static std::set<std::string> names;
  return names;
}

template <typename Rule>
struct counting : grammar::control<Rule> {
  template <pegtl::apply_mode A, pegtl::rewind_mode M, template <typename...> class Action,
            template <typename...> class Control, typename In>
  [[nodiscard]] static bool match(In& in, grammar::Context& context) {
    static const std::string name = name_of<Rule>();
    const bool matched = grammar::control<Rule>::template match<A, M, Action, Control>(in, context);
    if (matched && !name.empty()) hits().insert(name);
    return matched;
  }
};

template <typename Rule>
std::string rest(std::string_view text) {
  std::vector<grammar::SyntaxNode> nodes;
  grammar::Context context(text, nodes);
  Input in(text.data(), text.size(), "");
  try {
    if (!pegtl::parse<Rule, pegtl::nothing, counting>(in, context)) return "no match";
  } catch (const grammar::Failure&) {
    return "fault";
  }
  std::string left(in.current(), in.end());
  return context.faults.all().empty() ? left : left + " + fault";
}

using Probe = std::string (*)(std::string_view);

template <typename... Rules>
std::map<std::string, Probe> probes() {
  return {{name_of<Rules>(), &rest<Rules>}...};
}

template <typename Rule>
struct Collect {
  static void visit(std::set<std::string>& names) {
    if (auto name = name_of<Rule>(); !name.empty()) names.insert(std::move(name));
  }
};

}  // namespace

std::string rest_after(std::string_view rule, std::string_view text) {
  static const auto known =
      probes<rules::ws, rules::lines, rules::gap, rules::comment, rules::name, rules::number, rules::str, rules::regex,
             rules::literal, rules::list, rules::call, rules::index, rules::member, rules::postfix, rules::range,
             rules::expr, rules::value, rules::attribute, rules::block, rules::rule, rules::let, rules::use,
             rules::input, rules::for_loop, rules::item, rules::body>();
  const auto found = known.find(std::string(rule));
  if (found == known.end()) throw std::invalid_argument("no probe for the rule " + std::string(rule));
  return found->second(text);
}

std::set<std::string> all_rules() {
  std::set<std::string> names;
  pegtl::visit<rules::file, Collect>(names);
  return names;
}

std::set<std::string> rules_hit(std::string_view text) {
  hits().clear();
  rest<rules::file>(text);
  return hits();
}

std::size_t endless_rules() { return pegtl::analyze<rules::file>(1); }

}  // namespace fts::test
