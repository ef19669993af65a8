// Bodies: items, comments and blank lines between them, and what is aligned.
#include "grammar/formatter.hpp"

namespace fts::grammar {

namespace {
constexpr std::size_t kHeadSpread = 10;  // names that differ by more are not aligned
constexpr std::size_t kRuleSpread = 24;
constexpr std::size_t kLongestSelection = 48;
constexpr std::string_view kUnseen = " \t\r\n";
}  // namespace

// Whether it has a syntax error outside of the items of its bodies, which are looked at on their own.
bool Formatter::is_faulty(std::size_t item) const {
  if (kind(item) >= Kind::bad_item) return true;
  if (tree_.is_leaf(item)) return false;
  const auto children = tree_.children(item);
  if (kind(item) == Kind::body) return kind(children.back()) != Kind::close_body;
  for (const std::size_t child : children) {
    if (is_faulty(child)) return true;
  }
  return false;
}

// Whatever shares a line with an error is copied with it: where reading goes on behind one depends on the line.
std::vector<Formatter::Entry> Formatter::entries(std::size_t body) const {
  std::vector<Entry> result;
  bool separated = true;
  std::size_t newlines = 1;
  for (const std::size_t child : tree_.children(body)) {
    const Kind k = kind(child);
    if (k == Kind::newline) ++newlines;
    if (k == Kind::comment) newlines = 0;
    separated = separated || k == Kind::newline || k == Kind::comma;
    if (is_trivia(k) || k == Kind::comma || k == Kind::open_body || k == Kind::close_body) continue;
    const bool faulty = is_faulty(child);
    if (faulty && source(child).find_first_not_of(kUnseen) == std::string_view::npos) continue;  // carriage returns
    if (separated && (newlines != 0 || result.empty() || !(faulty || result.back().copied))) {
      result.push_back({child, child, faulty, newlines});
    } else {
      result.back().last = child;
      result.back().copied = true;
    }
    separated = false;
    newlines = 0;
  }
  return result;
}

std::optional<std::size_t> Formatter::head_width(std::size_t item) {
  std::string head;
  for (const std::size_t child : tree_.children(item)) {
    const Kind k = kind(child);
    if (k == Kind::assign || k == Kind::arrow) return columns(head);
    if (is_trivia(k)) continue;
    if (!head.empty()) head += separator(kind(item), k);
    if (!flat(child, head)) return std::nullopt;
  }
  return std::nullopt;
}

void Formatter::align_heads(const std::vector<Entry>& entries) {
  std::vector<std::size_t> run, widths;
  const auto finish = [&] {
    if (run.empty()) return;
    const auto aligned = align(widths, kind(run.front()) == Kind::rule ? kRuleSpread : kHeadSpread);
    for (std::size_t i = 0; i < run.size(); ++i) heads_[run[i]] = aligned[i];
    run.clear();
    widths.clear();
  };
  for (const Entry& entry : entries) {
    const auto width = entry.copied ? std::nullopt : head_width(entry.first);
    const bool alone = !width || (kind(entry.first) == Kind::rule && *width > kLongestSelection);
    if (alone || entry.newlines > 1 || (!run.empty() && kind(run.front()) != kind(entry.first))) finish();
    if (alone) continue;
    run.push_back(entry.first);
    widths.push_back(*width);
  }
  finish();
}

void Formatter::print_entry(const Entry& entry) {
  if (!entry.copied) {
    const InAttribute context(*this, entry.first);
    return print_sequence(entry.first, 0);
  }
  const std::uint32_t begin = tree_.nodes[entry.first].begin;
  std::string_view copied = text_.substr(begin, tree_.nodes[entry.last].end - begin);
  lines_.copy(copied.substr(0, copied.find_last_not_of(kUnseen) + 1));
}

void Formatter::items(std::size_t body) {
  const auto all = entries(body);
  align_heads(all);
  auto entry = all.begin();
  bool first = true;
  std::size_t newlines = kind(body) == Kind::file ? 1 : 0;
  const auto begin_line = [&] {
    if (newlines > 1 && !first) {
      lines_.end_paragraph(indent_);
    } else {
      lines_.end_line(indent_);
    }
    first = false;
    newlines = 0;
  };
  for (const std::size_t child : tree_.children(body)) {
    const Kind k = kind(child);
    if (k == Kind::newline) ++newlines;
    if (k == Kind::comment) {
      const bool own_line = newlines != 0;
      if (own_line) begin_line();
      print_comment(child, own_line ? 1 : 0);
      newlines = 0;
    } else if (entry != all.end() && child == entry->first) {
      begin_line();
      print_entry(*entry++);
    }
  }
}

void Formatter::print_body(std::size_t node) {
  lines_.write("{");
  indent_ += 2;
  items(node);
  indent_ -= 2;
  lines_.end_line(indent_);
  lines_.write("}");
}

}  // namespace fts::grammar
