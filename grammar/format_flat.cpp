// Nodes on one line.
#include "grammar/formatter.hpp"

namespace fts::grammar {

std::string_view separator(Kind parent, Kind child) {
  switch (parent) {
    case Kind::postfix:
    case Kind::member:
    case Kind::negation:
    case Kind::range:
    case Kind::paren:
    case Kind::use_path:
    case Kind::label: return "";
    default: return child == Kind::colon || child == Kind::let_index ? "" : " ";
  }
}

bool is_chain(Kind kind) { return kind >= Kind::power && kind <= Kind::conditional; }

bool is_operator(Kind kind) {
  return (kind >= Kind::cmp_op && kind <= Kind::pow_op) || (kind >= Kind::kw_if && kind <= Kind::kw_or);
}

bool is_enclosed(Kind kind) {
  return kind == Kind::list || kind == Kind::call || kind == Kind::index || kind == Kind::let_index ||
         kind == Kind::body;
}

bool is_opening(Kind kind) {
  return kind == Kind::open_list || kind == Kind::open_paren || kind == Kind::open_index || kind == Kind::open_body;
}

bool is_closing(Kind kind) {
  return kind == Kind::close_list || kind == Kind::close_paren || kind == Kind::close_index || kind == Kind::close_body;
}

std::string_view Formatter::source(std::size_t node) const {
  return text_.substr(tree_.nodes[node].begin, tree_.nodes[node].end - tree_.nodes[node].begin);
}

Formatter::InAttribute::InAttribute(Formatter& formatter, std::size_t node)
    : formatter_(formatter), before_(formatter.attribute_) {
  const Kind kind = formatter.kind(node);
  if (kind == Kind::attribute || kind == Kind::keyword_arg) {
    formatter.attribute_ = formatter.source(node + 1);
  } else if (kind == Kind::comparison) {
    for (const std::size_t child : formatter.tree_.children(node)) {
      if (formatter.source(child) == "dtype") formatter.attribute_ = "dtype";
    }
  } else if (kind == Kind::body || kind == Kind::index || kind == Kind::let) {
    formatter.attribute_ = {};
  }
}

std::string Formatter::spelling(std::string_view word) const {
  if (!options_.short_spelling || attribute_.empty() || bound_.contains(word.substr(0, word.find('.')))) return {};
  return options_.short_spelling(attribute_, word);
}

bool Formatter::flat(std::size_t node, std::string& out) {
  const Kind k = kind(node);
  if (k == Kind::comment || k >= Kind::bad_item) return false;
  if (k == Kind::name || k == Kind::postfix) {
    if (const std::string word = spelling(source(node)); !word.empty()) {
      out += word;
      return true;
    }
  }
  if (tree_.is_leaf(node)) {
    out += source(node);
    return true;
  }
  const InAttribute context(*this, node);
  if (k == Kind::str) return flat_string(node, out);
  return is_enclosed(k) ? flat_enclosed(node, out) : flat_sequence(node, out);
}

bool Formatter::flat_string(std::size_t node, std::string& out) {
  for (const std::size_t child : tree_.children(node)) {
    if (kind(child) != Kind::interp) {
      out += source(child);
      continue;
    }
    for (const std::size_t part : tree_.children(child)) {
      if (kind(part) != Kind::blank && !flat(part, out)) return false;
    }
  }
  return true;
}

// A body that has line breaks between its items, and a list that has one behind its bracket, were broken on purpose.
bool Formatter::flat_enclosed(std::size_t node, std::string& out) {
  const bool is_body = kind(node) == Kind::body;
  bool first = true, breaks = false, closed = false;
  for (const std::size_t child : tree_.children(node)) {
    const Kind k = kind(child);
    if (k == Kind::newline) breaks = breaks || is_body || first;
    if (k == Kind::comma || (is_trivia(k) && k != Kind::comment)) continue;
    if (is_opening(k)) {
      out += source(child);
      continue;
    }
    closed = is_closing(k);
    if (closed) {
      if (is_body && !first) out += ' ';
    } else {
      if (breaks) return false;
      out += first ? (is_body ? " " : "") : ", ";
      first = false;
    }
    if (!flat(child, out)) return false;
  }
  return closed && (!breaks || first);
}

bool Formatter::flat_sequence(std::size_t node, std::string& out) {
  bool first = true;
  for (const std::size_t child : tree_.children(node)) {
    if (is_trivia(kind(child)) && kind(child) != Kind::comment) continue;
    if (!first) out += separator(kind(node), kind(child));
    first = false;
    if (!flat(child, out)) return false;
  }
  return true;
}

}  // namespace fts::grammar
