#include "compiler/driver/fixes.hpp"

#include <algorithm>
#include <filesystem>

namespace fts::driver {

namespace {

constexpr int kMaxRounds = 50;  // fixes that undo one another end here

bool collide(const Span& a, const Span& b) {
  return a.begin == b.begin || std::max(a.begin, b.begin) < std::min(a.end, b.end);
}

// The name by which a file can be read and written again; empty for an embedded module.
std::string writable_path(const SourceFile& file) {
  if (file.path() == "<stdin>") return "-";
  return std::filesystem::is_regular_file(file.path()) ? file.path() : "";
}

using Edits = std::map<FileId, std::vector<Fix>>;

// Takes all of a diagnostic's safe fixes, or none.
bool take(const Diagnostic& d, const SourceMap& sources, Edits& edits) {
  std::vector<Fix> safe;
  for (const auto& fix : d.fixes) {
    if (!fix.safe || writable_path(sources.file(fix.span.file)).empty()) continue;
    const auto& taken = edits[fix.span.file];
    if (std::any_of(taken.begin(), taken.end(), [&](const Fix& t) { return collide(t.span, fix.span); })) return false;
    safe.push_back(fix);
  }
  for (auto& fix : safe) edits[fix.span.file].push_back(std::move(fix));
  return !safe.empty();
}

std::string edited(std::string text, std::vector<Fix> fixes) {
  std::sort(fixes.begin(), fixes.end(), [](const Fix& a, const Fix& b) { return a.span.begin > b.span.begin; });
  for (const auto& fix : fixes) text.replace(fix.span.begin, fix.span.end - fix.span.begin, fix.replacement);
  return text;
}

}  // namespace

Fixed run_and_fix(Request request) {
  Fixed fixed;
  for (int round = 0; round < kMaxRounds; ++round) {
    fixed.result = run(request);
    const SourceMap& sources = *fixed.result.sources;
    Edits edits;
    std::size_t count = 0;
    for (const auto& d : fixed.result.diagnostics.all()) count += take(d, sources, edits) ? 1 : 0;
    if (count == 0) break;
    fixed.count += count;
    for (auto& [file, fixes] : edits) {
      if (fixes.empty()) continue;
      const std::string path = writable_path(sources.file(file));
      request.texts[path] = fixed.texts[path] = edited(std::string(sources.file(file).text()), std::move(fixes));
    }
  }
  return fixed;
}

}  // namespace fts::driver
