// Builds the tree while the rules run: a node is pushed when its rule starts and dropped by a resize when it fails, so
// that no abandoned alternative and no look-ahead leaves anything behind.
#pragma once
#include <cstdint>

#include "grammar/rules/file.hpp"

namespace fts::grammar {

enum class Shape { none, node, chain };

template <typename Rule>
struct Kept {
  static constexpr Shape shape = Shape::none;
  static constexpr Kind kind{};
};

#define FTS_SYNTAX_KIND(name)                   \
  template <>                                   \
  struct Kept<rules::name> {                    \
    static constexpr Shape shape = Shape::node; \
    static constexpr Kind kind = Kind::name;    \
  };
#define FTS_SYNTAX_CHAIN(name)                   \
  template <>                                    \
  struct Kept<rules::name> {                     \
    static constexpr Shape shape = Shape::chain; \
    static constexpr Kind kind = Kind::name;     \
  };
#include "grammar/syntax_kinds.def"
#undef FTS_SYNTAX_KIND

template <typename Rule>
inline constexpr bool is_look_ahead = false;
template <typename... Rules>
inline constexpr bool is_look_ahead<tao::pegtl::internal::at<Rules...>> = true;
template <typename... Rules>
inline constexpr bool is_look_ahead<tao::pegtl::internal::not_at<Rules...>> = true;

// Ends the node at `mark`; one without text is taken out again.
inline void close_node(std::vector<SyntaxNode>& nodes, std::size_t mark, std::uint32_t end) {
  SyntaxNode& node = nodes[mark];
  node.end = end;
  node.size = static_cast<std::uint32_t>(nodes.size() - mark);
  if (node.begin == end && node.kind != Kind::file) nodes.resize(mark);
}

// Puts a node above the subtrees from `mark` on if there are several.
inline void close_chain(std::vector<SyntaxNode>& nodes, std::size_t mark, SyntaxNode node) {
  const std::size_t size = nodes.size() - mark;
  if (size == 0 || nodes[mark].size == size) return;
  node.size = static_cast<std::uint32_t>(size + 1);
  nodes.insert(nodes.begin() + static_cast<std::ptrdiff_t>(mark), node);
}

template <typename Rule>
struct control {
  static constexpr bool enable = false;  // no actions, no start and success: match() does it all

  template <tao::pegtl::apply_mode A, tao::pegtl::rewind_mode M, template <typename...> class Action,
            template <typename...> class Control, typename Input>
  [[nodiscard]] static bool match(Input& in, Context& context) {
    auto& nodes = context.nodes;
    const std::size_t mark = nodes.size();
    [[maybe_unused]] const std::uint32_t begin = rules::offset(in);
    if constexpr (Kept<Rule>::shape == Shape::node) nodes.push_back({Kept<Rule>::kind, begin, 0, 1});
    if (!tao::pegtl::match<Rule, A, M, Action, Control>(in, context)) {
      nodes.resize(mark);
      return false;
    }
    if constexpr (is_look_ahead<typename Rule::rule_t>) {
      nodes.resize(mark);
    } else if constexpr (Kept<Rule>::shape == Shape::node) {
      close_node(nodes, mark, rules::offset(in));
    } else if constexpr (Kept<Rule>::shape == Shape::chain) {
      close_chain(nodes, mark, {Kept<Rule>::kind, begin, rules::offset(in), 1});
    }
    return true;
  }
};

}  // namespace fts::grammar
