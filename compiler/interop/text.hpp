// The text of a .fts file while it is written.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/interop/yaml.hpp"

namespace fts::interop {

// "…" with what a .fts string escapes. Globs' characters are escaped too unless `glob`.
[[nodiscard]] std::string string_literal(std::string_view text, bool glob = false);
// A number as the language writes it: 2e-5, 0.9, 1.0.
[[nodiscard]] std::string number_text(double value);
[[nodiscard]] bool is_identifier(std::string_view text);
// A metric's name: a word where it can be one.
[[nodiscard]] std::string metric_text(std::string_view name);
// "name = a", or `name { … }` where `body` is one.
struct Attribute {
  std::string name;
  std::string value;
};
// "{ a = 1, b = 2 }"; "{}" of none.
[[nodiscard]] std::string body_text(const std::vector<Attribute>& attributes);

// Writes items line by line, and the YAML's comments between them where they stood.
class Writer {
 public:
  explicit Writer(const Document* document, const SourceMap& sources) : document_(document), sources_(sources) {}

  void open(const std::string& head);
  void close();
  void line(const std::string& text);
  // As line(), behind the comments that the YAML has before this place and with the one on its line.
  void line(const std::string& text, const Yaml& from);
  // A call, on one line if it fits.
  void call(const std::string& name, const std::string& callee, const std::vector<std::string>& arguments);
  void blank();
  void comments_before(const Yaml& from);
  // The comments left, down to the first one that is indented less than `column`.
  void comments_inside(std::uint32_t column, std::uint32_t before_line);
  void comments_left();

  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  [[nodiscard]] std::uint32_t line_of(const Yaml& value) const;
  void comments_until(std::uint32_t line);

  const Document* document_;
  const SourceMap& sources_;
  std::string text_;
  std::size_t depth_ = 0;
  std::size_t next_comment_ = 0;
};

}  // namespace fts::interop
