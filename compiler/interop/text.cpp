#include "compiler/interop/text.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

namespace fts::interop {

namespace {
constexpr std::size_t kWidth = 100;
}  // namespace

std::string string_literal(std::string_view text, bool glob) {
  const std::string_view escaped = glob ? "\\\"" : "\\\"*?[]{}";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{{{:x}}}", static_cast<unsigned>(c));
    else if (c == '$' && text.substr(i).starts_with("${")) {
      out += "$${";
      ++i;
    } else {
      if (escaped.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out + '"';
}

std::string number_text(double value) {
  std::string text = fmt::format("{}", value);
  const auto exponent = text.find('e');
  if (exponent == std::string::npos) return text.find('.') == std::string::npos ? text + ".0" : text;
  std::size_t digits = exponent + 1 + (text[exponent + 1] == '-' || text[exponent + 1] == '+' ? 1 : 0);
  const bool plus = text[exponent + 1] == '+';
  while (digits + 1 < text.size() && text[digits] == '0') text.erase(digits, 1);
  if (plus) text.erase(exponent + 1, 1);
  return text;
}

bool is_identifier(std::string_view text) {
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
         std::all_of(text.begin(), text.end(), word);
}

std::string metric_text(std::string_view name) {
  constexpr std::string_view kReserved[] = {"and",  "or",  "not",    "if",   "else", "in",   "where",
                                            "rest", "all", "frozen", "tied", "none", "true", "false"};
  const bool reserved = std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
  return is_identifier(name) && !reserved ? std::string(name) : string_literal(name);
}

std::string body_text(const std::vector<Attribute>& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
  return text.empty() ? "{}" : "{ " + text + " }";
}

void Writer::open(const std::string& head) {
  line(head + " {");
  ++depth_;
}

void Writer::close() {
  --depth_;
  line("}");
}

void Writer::line(const std::string& text) { text_ += std::string(2 * depth_, ' ') + text + "\n"; }

void Writer::line(const std::string& text, const Yaml& from) {
  comments_before(from);
  const auto number = line_of(from);
  const auto& comments = document_->comments;
  const bool trailing = next_comment_ < comments.size() && comments[next_comment_].line == number;
  line(text + (trailing ? "  " + comments[next_comment_++].text : ""));
}

void Writer::call(const std::string& name, const std::string& callee, const std::vector<std::string>& arguments) {
  std::string together;
  for (const auto& a : arguments) together += (together.empty() ? "" : ", ") + a;
  const std::string single = fmt::format("{} = {}({})", name, callee, together);
  if (single.size() + 2 * depth_ <= kWidth) return line(single);
  line(fmt::format("{} = {}(", name, callee));
  ++depth_;
  for (std::size_t i = 0; i < arguments.size(); ++i) line(arguments[i] + (i + 1 < arguments.size() ? "," : ""));
  close();
  text_.replace(text_.size() - 2, 1, ")");
}

void Writer::blank() { text_ += '\n'; }

std::uint32_t Writer::line_of(const Yaml& value) const {
  return document_ == nullptr || value.span.file != document_->file
             ? 0
             : sources_.file(value.span.file).position(value.span.begin).line;
}

void Writer::comments_before(const Yaml& from) { comments_until(line_of(from)); }

void Writer::comments_until(std::uint32_t before) {
  if (document_ == nullptr) return;
  const auto& comments = document_->comments;
  while (next_comment_ < comments.size() && comments[next_comment_].line < before) line(comments[next_comment_++].text);
}

void Writer::comments_inside(std::uint32_t column, std::uint32_t before_line) {
  if (document_ == nullptr) return;
  const auto& comments = document_->comments;
  while (next_comment_ < comments.size() && comments[next_comment_].line < before_line &&
         comments[next_comment_].column >= column)
    line(comments[next_comment_++].text);
}

void Writer::comments_left() { comments_until(~std::uint32_t{0}); }

}  // namespace fts::interop
