// How the formatter works: a node is written on the present line if it fits ("flat"), else broken as its kind asks.
// Whether a thing is broken depends on the text's tokens, on its widths and on the line breaks that a broken thing
// has, so that a formatted text is formatted to itself.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/format.hpp"
#include "grammar/format_lines.hpp"

namespace fts::grammar {

class Formatter {
 public:
  Formatter(const SyntaxTree& tree, std::string_view text, const FormatOptions& options);

  // The items of a body or of the file, each on its line.
  void items(std::size_t body);
  [[nodiscard]] std::string text() && { return std::move(lines_).text(); }

 private:
  // An item, or several things that only text with an error has next to each other.
  struct Entry {
    std::size_t first = 0, last = 0;  // nodes
    bool copied = false;
    std::size_t newlines = 0;  // before it
  };

  [[nodiscard]] Kind kind(std::size_t node) const { return tree_.nodes[node].kind; }
  [[nodiscard]] std::string_view source(std::size_t node) const;

  // ---- format_flat.cpp
  // Appends the node on one line; false if it cannot stand on one (`out` is then of no use).
  [[nodiscard]] bool flat(std::size_t node, std::string& out);
  [[nodiscard]] bool flat_enclosed(std::size_t node, std::string& out);
  [[nodiscard]] bool flat_sequence(std::size_t node, std::string& out);
  [[nodiscard]] bool flat_string(std::size_t node, std::string& out);
  // Enters an attribute's value, or `dtype == …`, for as long as the result lives.
  struct InAttribute;
  [[nodiscard]] std::string spelling(std::string_view word) const;

  // ---- format_values.cpp
  // Writes the node; `tail` columns of its last line are needed for what follows it.
  void print(std::size_t node, std::size_t tail);
  void print_sequence(std::size_t node, std::size_t tail);
  void print_enclosed(std::size_t node);
  void print_chain(std::size_t node, std::size_t tail);
  [[nodiscard]] bool starts_with_not(std::size_t node) const;
  // A comment inside a value; `newlines` stand before it.
  void print_comment(std::size_t node, std::size_t newlines);

  // ---- format_items.cpp
  [[nodiscard]] std::vector<Entry> entries(std::size_t body) const;
  [[nodiscard]] bool is_faulty(std::size_t item) const;
  void print_body(std::size_t node);
  void print_entry(const Entry& entry);
  void align_heads(const std::vector<Entry>& entries);
  // Where the '=' or '=>' of an item would stand; none: it has none, or its head is broken.
  [[nodiscard]] std::optional<std::size_t> head_width(std::size_t item);

  const SyntaxTree& tree_;
  std::string_view text_;
  const FormatOptions& options_;
  std::set<std::string_view> bound_;  // names that the file defines; never respelled
  std::string_view attribute_;        // whose value is being written
  Lines lines_;
  std::size_t indent_ = 0;
  std::unordered_map<std::size_t, std::size_t> heads_;  // item -> width up to its '=' or '=>'
};

// What stands between a node's child and the one before it.
[[nodiscard]] std::string_view separator(Kind parent, Kind child);
[[nodiscard]] bool is_chain(Kind kind);
[[nodiscard]] bool is_operator(Kind kind);  // of a chain
// Brackets or braces around things with commas between them.
[[nodiscard]] bool is_enclosed(Kind kind);
[[nodiscard]] bool is_opening(Kind kind);
[[nodiscard]] bool is_closing(Kind kind);

struct Formatter::InAttribute {
  InAttribute(Formatter& formatter, std::size_t node);
  ~InAttribute() { formatter_.attribute_ = before_; }
  InAttribute(const InAttribute&) = delete;
  InAttribute& operator=(const InAttribute&) = delete;

 private:
  Formatter& formatter_;
  std::string_view before_;
};

}  // namespace fts::grammar
