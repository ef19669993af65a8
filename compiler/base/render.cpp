#include "compiler/base/render.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fts {

namespace {

using nlohmann::ordered_json;

std::string_view word(Severity s) {
  return s == Severity::error ? "error" : s == Severity::warning ? "warning" : "note";
}

struct Painter {
  bool colour;
  [[nodiscard]] std::string paint(std::string_view ansi, std::string_view text) const {
    return colour ? fmt::format("\x1b[{}m{}\x1b[0m", ansi, text) : std::string(text);
  }
  [[nodiscard]] std::string severity(Severity s, std::string_view text) const {
    return paint(s == Severity::error ? "1;31" : s == Severity::warning ? "1;33" : "1;36", text);
  }
};

// Display columns of UTF-8 text: code points, a tab as one space (the source line is printed so too).
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string shown(std::string_view line) {
  std::string out(line);
  for (char& c : out) {
    if (c == '\t' || (static_cast<unsigned char>(c) < 0x20)) c = ' ';
  }
  return out;
}

// The parts of a line that stand around what is marked and in the mark: a line may be as long as a file.
constexpr std::size_t kShownColumns = 120;

std::string first_columns(std::string_view text) {
  if (columns(text) <= kShownColumns) return std::string(text);
  std::size_t end = 0;
  for (std::size_t shown = 0; shown <= kShownColumns; ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && ++shown > kShownColumns) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string last_columns(std::string_view text) {
  if (columns(text) <= kShownColumns) return std::string(text);
  std::size_t begin = text.size();
  for (std::size_t shown = 0; shown < kShownColumns;) {
    if ((static_cast<unsigned char>(text[--begin]) & 0xC0) != 0x80) ++shown;
  }
  return "…" + std::string(text.substr(begin));
}

// "  --> file:line:column", the line and the caret line under it.
std::string excerpt(Span span, const SourceMap& sources, std::string_view label, Severity severity, Painter p) {
  const auto& file = sources.file(span.file);
  const Position begin = file.position(span.begin);
  const Position end = file.position(span.end);
  const auto line = file.line(begin.line);
  const std::size_t start = std::min<std::size_t>(begin.column - 1, line.size());
  const std::size_t stop =
      std::max(start, end.line == begin.line ? std::min<std::size_t>(end.column - 1, line.size()) : line.size());
  const std::string before = last_columns(line.substr(0, start));
  const std::string marked = first_columns(line.substr(start, stop - start));
  const std::string number = std::to_string(begin.line);
  const std::string margin(number.size(), ' ');
  std::string caret = std::string(columns(before), ' ') +
                      p.severity(severity, std::string(std::max<std::size_t>(1, columns(marked)), '^'));
  if (!label.empty()) caret += " " + p.severity(severity, label);
  return fmt::format("{}{} {}:{}:{}\n{} {}\n{} {} {}\n{} {} {}\n", margin, p.paint("34", "-->"), file.path(),
                     begin.line, begin.column, margin, p.paint("34", "|"), p.paint("34", number), p.paint("34", "|"),
                     shown(before + marked + first_columns(line.substr(stop))), margin, p.paint("34", "|"), caret);
}

ordered_json json_span(Span span, const SourceMap& sources) {
  Position begin, end;
  if (span.has_place()) {
    begin = sources.file(span.file).position(span.begin);
    end = sources.file(span.file).position(span.end);
  }
  return {{"begin", {{"line", begin.line}, {"column", begin.column}}},
          {"end", {{"line", end.line}, {"column", end.column}}}};
}

std::string file_of(Span span, const SourceMap& sources, const std::string& fallback) {
  return span.has_place() ? sources.file(span.file).path() : fallback;
}

ordered_json to_json(const Diagnostic& d, const SourceMap& sources, const std::string& fallback) {
  ordered_json j = {{"code", info(d.code).id},
                    {"severity", word(d.severity)},
                    {"message", d.message},
                    {"file", file_of(d.span, sources, fallback)},
                    {"span", json_span(d.span, sources)},
                    {"notes", ordered_json::array()}};
  for (const auto& note : d.notes) {
    const Span at = note.span.has_place() ? note.span : d.span;
    j["notes"].push_back(
        {{"message", note.message}, {"file", file_of(at, sources, fallback)}, {"span", json_span(at, sources)}});
  }
  if (!d.help.empty()) j["help"] = d.help;
  for (const auto& fix : d.fixes) {
    j["fixes"].push_back(
        {{"span", json_span(fix.span, sources)}, {"replacement", fix.replacement}, {"safe", fix.safe}});
  }
  return j;
}

std::string plural(std::size_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

}  // namespace

std::string render(const Diagnostic& d, const SourceMap& sources, const RenderStyle& style) {
  const Painter p{style.colour};
  std::string out =
      fmt::format("{}: {}\n", p.severity(d.severity, fmt::format("{}[{}]", word(d.severity), info(d.code).id)),
                  p.paint("1", d.message));
  if (d.span.has_place()) out += excerpt(d.span, sources, "", d.severity, p);
  for (const auto& note : d.notes) {
    out += fmt::format("  {} {}\n", p.severity(Severity::note, "note:"), note.message);
    if (note.span.has_place()) out += excerpt(note.span, sources, "", Severity::note, p);
  }
  if (!d.help.empty()) out += fmt::format("  {} {}\n", p.paint("1;32", "help:"), d.help);
  return out;
}

std::string render(const Diagnostics& diagnostics, const SourceMap& sources, const RenderStyle& style) {
  std::string out;
  const auto& all = diagnostics.all();
  for (std::size_t i = 0; i < std::min(all.size(), style.limit); ++i) out += render(all[i], sources, style) + "\n";
  if (all.size() > style.limit) out += fmt::format("… and {} more\n", all.size() - style.limit);
  if (!all.empty()) {
    out += fmt::format("{}, {}\n", plural(diagnostics.errors(), "error"), plural(diagnostics.warnings(), "warning"));
  }
  return out;
}

std::string render_json(std::span<const Report> reports) {
  ordered_json j = {{"version", 1}, {"diagnostics", ordered_json::array()}};
  std::size_t errors = 0, warnings = 0;
  for (const auto& [diagnostics, sources, file] : reports) {
    for (const auto& d : diagnostics.all()) j["diagnostics"].push_back(to_json(d, sources, file));
    errors += diagnostics.errors();
    warnings += diagnostics.warnings();
  }
  j["summary"] = {{"errors", errors}, {"warnings", warnings}};
  return j.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string render_json(const Diagnostics& diagnostics, const SourceMap& sources, const std::string& fallback_file) {
  const Report report{diagnostics, sources, fallback_file};
  return render_json(std::span(&report, 1));
}

}  // namespace fts
