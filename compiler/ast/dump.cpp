#include <fmt/format.h>

#include "compiler/ast/ast.hpp"

namespace fts::ast {

namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{{{:x}}}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class Dumper {
 public:
  std::string run(const File& file) {
    body(file.body);
    return std::move(out_);
  }

 private:
  void line(std::string_view text) {
    out_.append(2 * depth_, ' ');
    out_ += text;
    out_ += '\n';
  }

  template <typename Inside>
  void node(std::string_view text, Inside inside) {
    line(text);
    ++depth_;
    inside();
    --depth_;
  }

  void body(const Body& body) {
    for (const Item& item : body.items) {
      std::visit([&](const auto& content) { dump(content); }, item.node);
    }
    if (body.incomplete) line("…");
  }

  // ---- items
  void dump(const Attribute& a) {
    node((a.block ? "block " : "attribute ") + a.name.text, [&] {
      if (a.label) node("label", [&] { expr(*a.label); });
      expr(*a.value);
    });
  }
  void dump(const Rule& r) {
    node("rule", [&] {
      expr(*r.selection);
      expr(*r.value);
    });
  }
  void dump(const Let& l) {
    std::string head = "let " + l.name.text;
    for (const auto& index : l.indices) head += fmt::format(" [{}]", index.text);
    node(head, [&] { expr(*l.value); });
  }
  void dump(const For& f) {
    node("for " + f.variable.text, [&] {
      range(f.range);
      body(*f.body);
    });
  }
  void dump(const Use& u) {
    std::string path;
    if (const auto* file = std::get_if<std::string>(&u.path)) path = in_quotes(*file);
    if (const auto* names = std::get_if<std::vector<Ident>>(&u.path)) {
      for (const auto& name : *names) path += (path.empty() ? "" : ".") + name.text;
    }
    line(fmt::format("use {} as {}", path, u.alias.text));
  }
  void dump(const Input& i) {
    node(fmt::format("input {}: {}", i.name.text, i.type.text), [&] {
      if (i.value) expr(*i.value);
    });
  }

  // ---- expressions
  void expr(const Expr& e) {
    const std::size_t at = out_.size();
    std::visit([&](const auto& content) { dump(content); }, e.node);
    if (e.parenthesized) out_.insert(out_.find('\n', at), " (in parentheses)");
  }
  void range(const Range& r) {
    if (!r.last) return expr(*r.first);
    node("range", [&] {
      expr(*r.first);
      expr(*r.last);
    });
  }
  void dump(const ErrorExpr&) { line("error"); }
  void dump(const Number& n) {
    const std::string value = n.integer ? std::to_string(*n.integer) : fmt::format("{}", n.value);
    line(fmt::format("number {}{}{}", value, n.unit.empty() ? "" : " ", n.unit));
  }
  void dump(const String& s) {
    if (s.pieces.empty()) return line("string \"\"");
    if (s.pieces.size() == 1 && !s.pieces[0].literal && !s.pieces[0].interpolation) {
      return line("string " + in_quotes(s.pieces[0].text));
    }
    node("string", [&] {
      for (const auto& piece : s.pieces) {
        if (piece.interpolation) {
          node("interpolation", [&] { expr(*piece.interpolation); });
        } else {
          line((piece.literal ? "literal " : "text ") + in_quotes(piece.text));
        }
      }
    });
  }
  void dump(const Regex& r) { line("regex /" + r.pattern + "/"); }
  void dump(const Name& n) { line("name " + n.text); }
  void dump(const List& l) {
    node("list", [&] {
      for (const auto& element : l.elements) expr(*element);
    });
  }
  void dump(const Call& c) {
    node("call", [&] {
      expr(*c.callee);
      for (const auto& argument : c.arguments) {
        node(argument.name ? "argument " + argument.name->text : "argument", [&] { expr(*argument.value); });
      }
    });
  }
  void dump(const Index& i) {
    node("index", [&] {
      expr(*i.base);
      for (const auto& index : i.indices) range(index);
    });
  }
  void dump(const Member& m) {
    node("member " + m.name.text, [&] { expr(*m.base); });
  }
  void dump(const Unary& u) {
    node(u.op == UnaryOp::negate ? "unary -" : "unary not", [&] { expr(*u.operand); });
  }
  void dump(const Binary& b) {
    node(fmt::format("binary {}", spelling(b.op)), [&] {
      expr(*b.left);
      expr(*b.right);
    });
  }
  void dump(const Conditional& c) {
    node("conditional", [&] {
      expr(*c.value);
      node("if", [&] { expr(*c.condition); });
      node("else", [&] { expr(*c.otherwise); });
    });
  }
  void dump(const Constructor& c) {
    node("constructor", [&] {
      expr(*c.head);
      body(*c.body);
    });
  }
  void dump(const BodyValue& b) {
    node("body", [&] { body(*b.body); });
  }

  std::string out_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string dump(const File& file) { return Dumper().run(file); }

}  // namespace fts::ast
