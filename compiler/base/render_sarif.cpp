// SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), the part that code hosts and editors show.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/base/render.hpp"

namespace fts {

namespace {

using nlohmann::ordered_json;

std::string_view level(Severity s) {
  return s == Severity::error ? "error" : s == Severity::warning ? "warning" : "note";
}

// A path as a URI reference (RFC 3986): relative ones stay so.
std::string uri(const std::string& path) {
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// SARIF counts code points, spans count bytes.
std::size_t column(const SourceFile& file, Position at) {
  const auto before = file.line(at.line).substr(0, at.column - 1);
  return 1 + static_cast<std::size_t>(std::count_if(
                 before.begin(), before.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

ordered_json region(Span span, const SourceMap& sources) {
  const auto& file = sources.file(span.file);
  const Position begin = file.position(span.begin), end = file.position(span.end);
  return {{"startLine", begin.line},
          {"startColumn", column(file, begin)},
          {"endLine", end.line},
          {"endColumn", column(file, end)}};
}

ordered_json physical(Span span, const Report& report) {
  if (!span.has_place()) return {{"artifactLocation", {{"uri", uri(report.file)}}}};
  return {{"artifactLocation", {{"uri", uri(report.sources.file(span.file).path())}}},
          {"region", region(span, report.sources)}};
}

ordered_json fix(const Fix& f, const Report& report) {
  return {
      {"description", {{"text", f.safe ? "mend the fault" : "what may have been meant"}}},
      {"artifactChanges",
       {{{"artifactLocation", {{"uri", uri(report.sources.file(f.span.file).path())}}},
         {"replacements",
          {{{"deletedRegion", region(f.span, report.sources)}, {"insertedContent", {{"text", f.replacement}}}}}}}}}};
}

ordered_json result(const Diagnostic& d, const Report& report, std::size_t rule) {
  ordered_json j = {{"ruleId", info(d.code).id},
                    {"ruleIndex", rule},
                    {"level", level(d.severity)},
                    {"message", {{"text", d.help.empty() ? d.message : d.message + "\n" + d.help}}},
                    {"locations", {{{"physicalLocation", physical(d.span, report)}}}}};
  for (std::size_t i = 0; i < d.notes.size(); ++i) {
    j["relatedLocations"].push_back({{"id", i + 1},
                                     {"message", {{"text", d.notes[i].message}}},
                                     {"physicalLocation", physical(d.notes[i].span, report)}});
  }
  for (const auto& f : d.fixes) j["fixes"].push_back(fix(f, report));
  return j;
}

ordered_json rule(Code code) {
  const CodeInfo& known = info(code);
  return {{"id", known.id},
          {"name", known.name},
          {"shortDescription", {{"text", known.title}}},
          {"help", {{"text", fmt::format("`ftsc explain {}` shows a wrong and a right example", known.id)}}},
          {"defaultConfiguration", {{"level", level(known.severity)}}}};
}

}  // namespace

std::string render_sarif(std::span<const Report> reports, std::string_view version) {
  std::set<Code> used;
  for (const auto& report : reports) {
    for (const auto& d : report.diagnostics.all()) used.insert(d.code);
  }
  ordered_json rules = ordered_json::array(), results = ordered_json::array();
  for (const Code code : used) rules.push_back(rule(code));
  for (const auto& report : reports) {
    for (const auto& d : report.diagnostics.all()) {
      const auto index = static_cast<std::size_t>(std::distance(used.begin(), used.find(d.code)));
      results.push_back(result(d, report, index));
    }
  }
  const ordered_json driver = {{"name", "ftsc"}, {"version", version}, {"rules", std::move(rules)}};
  const ordered_json log = {
      {"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs", {{{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", results}}}}};
  return log.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fts
