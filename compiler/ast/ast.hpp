// The typed tree of a file, immutable once built. Every node has a span; expressions and items have an id, unique in
// the file, under which later stages keep what they find out.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/base/diagnostic.hpp"
#include "compiler/base/span.hpp"
#include "grammar/syntax_tree.hpp"

namespace fts::ast {

using NodeId = std::uint32_t;

struct Expr;
struct Body;
using ExprPtr = std::unique_ptr<const Expr>;
using BodyPtr = std::unique_ptr<const Body>;

struct Ident {
  std::string text;
  Span span;
};

// ---- expressions -----------------------------------------------------------------------------------------------

struct Number {
  double value = 0;
  std::optional<std::int64_t> integer;  // set when written without '.' and exponent, and it fits
  std::string unit;                     // "GiB", "s" or empty
};

// A piece of a string: written text (where * ? [ { are wildcards in a name), literal text (escapes, $${), or ${expr}.
struct StringPiece {
  std::string text;
  bool literal = false;
  ExprPtr interpolation;  // set: text is empty
};
struct String {
  std::vector<StringPiece> pieces;
};
struct Regex {
  std::string pattern;  // between the slashes; `\/` is already `/`
};
struct Name {
  std::string text;
};
struct List {
  std::vector<ExprPtr> elements;
};
struct Argument {
  std::optional<Ident> name;
  ExprPtr value;
};
struct Call {
  ExprPtr callee;
  std::vector<Argument> arguments;
};
// `a..b`, both inclusive; without `last`, one value.
struct Range {
  ExprPtr first;
  ExprPtr last;
  Span span;
};
struct Index {
  ExprPtr base;
  std::vector<Range> indices;
};
struct Member {
  ExprPtr base;
  Ident name;
};

enum class UnaryOp { negate, logical_not };
struct Unary {
  UnaryOp op{};
  ExprPtr operand;
};

enum class BinaryOp {
  where,
  logical_or,
  logical_and,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  set_union,
  set_intersection,
  add,
  subtract,
  multiply,
  divide,
  power
};
[[nodiscard]] std::string_view spelling(BinaryOp op);  // "|", "where", …
struct Binary {
  BinaryOp op{};
  ExprPtr left, right;
  Span op_span;
};
struct Conditional {
  ExprPtr value, condition, otherwise;
};
// `adamw { … }`: a body after a name, dotted name, call or string.
struct Constructor {
  ExprPtr head;
  BodyPtr body;
};
// `{ … }` on its own.
struct BodyValue {
  BodyPtr body;
};
// What the text had here could not be read; already reported, and silent from here on.
struct ErrorExpr {};

struct Expr {
  NodeId id = 0;
  Span span;
  bool parenthesized = false;
  std::variant<ErrorExpr, Number, String, Regex, Name, List, Call, Index, Member, Unary, Binary, Conditional,
               Constructor, BodyValue>
      node;
};

// ---- items -----------------------------------------------------------------------------------------------------

// `name = value` and `name [label] { … }` alike; the latter's value is a BodyValue.
struct Attribute {
  Ident name;
  ExprPtr label;  // a String (perhaps interpolated); null without one
  ExprPtr value;
  bool block = false;  // written without '='
};
struct Rule {
  ExprPtr selection;
  ExprPtr value;
};
struct Let {
  Ident name;
  std::vector<Ident> indices;  // let layers[i] = …
  ExprPtr value;
};
struct For {
  Ident variable;
  Range range;
  BodyPtr body;
};
struct Use {
  std::variant<std::string, std::vector<Ident>> path;  // "common.fts" or std.bert
  Span path_span;
  Ident alias;
};
struct Input {
  Ident name;
  Ident type;
  ExprPtr value;  // the default; null without one
};

struct Item {
  NodeId id = 0;
  Span span;
  std::variant<Attribute, Rule, Let, For, Use, Input> node;
};

struct Body {
  Span span;  // with its braces; of the whole file for the file's body
  std::vector<Item> items;
  bool incomplete = false;  // holds text that was not read: what seems to be missing may be there
};

struct File {
  FileId file = kNoFile;
  Body body;
  NodeId node_count = 0;  // ids are 0 … node_count - 1
};

// Builds the tree; nodes with syntax errors are skipped, what only the tree can tell (mixed set operators, escapes,
// a body after something that takes none, attributes mixed with rules, reserved names) is reported.
[[nodiscard]] File build(const grammar::SyntaxTree& tree, std::string_view text, Diagnostics& diagnostics);

// An indented dump, one node a line, without ids and places; for goldens.
[[nodiscard]] std::string dump(const File& file);

}  // namespace fts::ast
