#include <algorithm>
#include <array>

#include "compiler/ast/builder.hpp"
#include "compiler/base/code.hpp"

namespace fts::ast {

namespace {

constexpr std::array<std::string_view, 7> kReserved = {"rest", "all", "frozen", "tied", "none", "true", "false"};
constexpr std::array<std::string_view, 7> kOperatorWords = {"and", "or", "not", "if", "else", "in", "where"};

bool holds(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_faulty(Kind kind) {
  return kind == Kind::bad_item || kind == Kind::bad_value || kind == Kind::bad_header || kind == Kind::bad_body ||
         kind == Kind::junk || kind == Kind::unread || kind == Kind::stray_close;
}

// "common/vision.fts" to vision: what `use` without `as` is taken to mean, once that has been reported.
std::string stem(std::string_view path) {
  path = path.substr(path.find_last_of('/') + 1);
  return std::string(path.substr(0, path.find('.')));
}

}  // namespace

BodyPtr Builder::body(Node node) {
  auto result = std::make_unique<Body>();
  result->span = span(node);
  ++body_depth_;
  const Nodes nodes = parts(node);
  fill(*result, nodes);
  if (kind(nodes.back()) != Kind::close_body) result->incomplete = true;
  --body_depth_;
  return result;
}

void Builder::fill(Body& body, const Nodes& nodes) {
  for (const Node node : nodes) {
    if (kind(node) == Kind::junk && !body.items.empty()) {  // the item goes on, but not so that it can be read
      if (auto* attribute = std::get_if<Attribute>(&body.items.back().node)) attribute->value = error(span(node));
      if (auto* rule = std::get_if<Rule>(&body.items.back().node)) rule->value = error(span(node));
    }
    if (auto built = item(node)) {
      body.items.push_back(std::move(*built));
    } else if (tree_.nodes[node].size > 1 || is_faulty(kind(node))) {
      body.incomplete = true;
    }
  }
  settle_body_kind(body, diagnostics_);
}

std::optional<Item> Builder::item(Node node) {
  switch (kind(node)) {
    case Kind::attribute: return attribute(node);
    case Kind::block: return block(node);
    case Kind::rule: return rule(node);
    case Kind::let: return let(node);
    case Kind::for_loop: return for_loop(node);
    case Kind::use: return use(node);
    case Kind::input: return input(node);
    default: return std::nullopt;  // braces, commas, and text that was not read
  }
}

std::optional<Item> Builder::attribute(Node node) {
  ExprPtr bound = value_of(node);
  const std::uint32_t below = height(bound);
  return make_item(node, below, Attribute{ident(parts(node).front()), nullptr, std::move(bound), false});
}

std::optional<Item> Builder::block(Node node) {
  Attribute block{ident(parts(node).front()), nullptr, nullptr, true};
  if (const auto found = part(node, Kind::label)) block.label = label(*found);
  const auto braces = part(node, Kind::body);
  block.value = braces ? value(*braces) : error(span(node));
  const std::uint32_t below = std::max(height(block.label), height(block.value));
  return make_item(node, below, std::move(block));
}

std::optional<Item> Builder::rule(Node node) {
  if (!part(node, Kind::arrow)) return std::nullopt;
  ExprPtr selection = expr(parts(node).front());
  ExprPtr value = value_of(node);
  const std::uint32_t below = std::max(height(selection), height(value));
  return make_item(node, below, Rule{std::move(selection), std::move(value)});
}

std::optional<Item> Builder::let(Node node) {
  Let let{ident(*part(node, Kind::bound_name)), {}, nullptr};
  if (const auto indices = part(node, Kind::let_index)) {
    for (const Node index : parts(*indices)) {
      if (kind(index) == Kind::bound_name) let.indices.push_back(ident(index));
    }
  }
  let.value = value_of(node);
  const auto free_to_bind = [&](const Ident& name) { return may_bind(name); };
  if (!may_bind(let.name)) return std::nullopt;
  if (!std::all_of(let.indices.begin(), let.indices.end(), free_to_bind)) return let_of_error(node, let.name);
  const std::uint32_t below = height(let.value);
  return make_item(node, below, std::move(let));
}

std::optional<Item> Builder::for_loop(Node node) {
  For loop{ident(*part(node, Kind::bound_name)), {}, nullptr};
  const Nodes nodes = parts(node);
  const auto in = std::find_if(nodes.begin(), nodes.end(), [&](Node n) { return kind(n) == Kind::kw_in; });
  const bool readable = in != nodes.end() && in + 1 != nodes.end() && kind(*(in + 1)) != Kind::bad_header;
  if (readable && kind(*(in + 1)) != Kind::body) {
    loop.range = range(*(in + 1));
  } else {
    loop.range = Range{error(span(node)), nullptr, span(node)};
  }
  const auto braces = part(node, Kind::body);
  if (!braces) return std::nullopt;
  loop.body = body(*braces);
  if (!may_bind(loop.variable)) return std::nullopt;
  const std::uint32_t below = std::max({height(loop.range.first), height(loop.range.last), height(*loop.body)});
  return make_item(node, below, std::move(loop));
}

std::optional<Item> Builder::use(Node node) {
  const Node path = *part(node, Kind::use_path);
  Use use{{}, span(path), {}};
  std::string name;
  bool readable = true;
  if (const auto quoted = part(path, Kind::str)) {
    const auto file = file_path(*quoted);
    readable = file.has_value();
    name = stem(file.value_or(""));
    use.path = file.value_or("");
  } else {
    std::vector<Ident> names;
    for (const Node n : parts(path)) {
      if (kind(n) != Kind::dot) names.push_back(ident(n));
    }
    name = names.back().text;
    use.path = std::move(names);
  }
  const auto alias = part(node, Kind::bound_name);
  use.alias = alias ? ident(*alias) : Ident{name, use.path_span};
  if (!may_bind(use.alias)) return std::nullopt;
  if (body_depth_ > 0) {
    diagnostics_.report(Code::misplaced_item, span(node), "'use' stands only at the top of a file").help =
        "move it before the file's blocks";
  }
  if (!readable || body_depth_ > 0) return let_of_error(node, use.alias);
  return make_item(node, 0, std::move(use));
}

// The text of a string that is a path; an interpolated one is reported.
std::optional<std::string> Builder::file_path(Node str) {
  const auto read = string(str);
  const auto* written = std::get_if<String>(&read->node);
  if (written == nullptr) return std::nullopt;
  std::string file;
  for (const auto& piece : written->pieces) {
    if (piece.interpolation) {
      diagnostics_.report(Code::import_failed, span(str), "a module's path cannot be interpolated");
      return std::nullopt;
    }
    file += piece.text;
  }
  return file;
}

std::optional<Item> Builder::input(Node node) {
  Input input{ident(*part(node, Kind::bound_name)), {}, nullptr};
  if (part(node, Kind::assign)) input.value = value_of(node);
  if (!may_bind(input.name)) return std::nullopt;
  const auto type = part(node, Kind::ident);
  if (body_depth_ > 0) {
    diagnostics_.report(Code::misplaced_item, span(node), "'input' stands only at the top of a file").help =
        "move it before the file's blocks";
  }
  if (body_depth_ > 0 || !type) return let_of_error(node, input.name);
  input.type = ident(*type);
  const std::uint32_t below = height(input.value);
  return make_item(node, below, std::move(input));
}

// Keeps a name known whose item is faulty, so that its uses are not reported too.
Item Builder::let_of_error(Node node, Ident name) {
  return make_item(node, 1, Let{std::move(name), {}, error(span(node))});
}

ExprPtr Builder::value_of(Node item) {
  const Nodes nodes = parts(item);
  const Kind last = kind(nodes.back());
  const bool has_value = last != Kind::assign && last != Kind::wrong_assign && last != Kind::arrow && nodes.size() > 2;
  if (!has_value || part(item, Kind::bad_value)) return error(span(item));
  return value(nodes.back());
}

ExprPtr Builder::label(Node node) {
  const Node inside = parts(node).front();
  if (kind(inside) == Kind::str) return string(inside);
  String written;
  written.pieces.push_back({std::string(text(inside)), false, nullptr});
  return make(span(node), std::move(written));
}

bool Builder::may_bind(const Ident& name) {
  const bool is_operator = holds(kOperatorWords, name.text);
  if (!is_operator && !holds(kReserved, name.text)) return true;
  const std::string what = is_operator ? "' is an operator" : "' is a word of the language";
  diagnostics_.report(Code::reserved_name, name.span, "'" + name.text + what + " and cannot be bound").help =
      "choose another name";
  return false;
}

}  // namespace fts::ast
