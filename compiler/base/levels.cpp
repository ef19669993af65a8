#include "compiler/base/levels.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/base/code.hpp"
#include "compiler/base/error.hpp"
#include "compiler/base/suggest.hpp"

namespace fts {

namespace {

// Errors behind which there is a plan all the same.
constexpr std::array kLowerable = {Code::tied_apart};

constexpr std::array<std::pair<std::string_view, Level>, 3> kWords = {
    std::pair{std::string_view("error"), Level::error}, std::pair{std::string_view("warning"), Level::warning},
    std::pair{std::string_view("off"), Level::off}};

std::string unknown_code(std::string_view id) {
  std::vector<std::string_view> known;
  for (const auto& code : all_codes()) known.push_back(code.id);
  const auto near = nearest(id, known);
  return fmt::format("no diagnostic has the code '{}'{}", id, near.empty() ? "" : "; " + did_you_mean(near));
}

}  // namespace

std::vector<std::string_view> levels_of(Code code) {
  if (info(code).severity == Severity::warning) return {"warning", "error", "off"};
  if (std::find(kLowerable.begin(), kLowerable.end(), code) != kLowerable.end()) return {"error", "warning"};
  return {"error"};
}

Level level_of(std::string_view word) {
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const auto& w) { return w.first == word; });
  FTS_CHECK(found != kWords.end());
  return found->second;
}

tl::expected<std::pair<Code, Level>, std::string> parse_level(std::string_view text) {
  const std::string_view id = text.substr(0, text.find('='));
  const std::string_view word = id.size() == text.size() ? "warning" : text.substr(id.size() + 1);
  const auto code = find_code(id);
  if (!code) return tl::unexpected(unknown_code(id));
  const auto levels = levels_of(*code);
  if (std::find(levels.begin(), levels.end(), word) != levels.end()) return std::pair{*code, level_of(word)};
  if (levels.size() == 1) return tl::unexpected(fmt::format("{} is always an error: there is no plan with it", id));
  return tl::unexpected(fmt::format("{} can be {}, not '{}'", id, fmt::join(levels, " or "), word));
}

void apply(const Levels& levels, Diagnostics& diagnostics) {
  std::erase_if(diagnostics.all(), [&](Diagnostic& d) {
    const auto wish = levels.codes.find(d.code);
    if (wish != levels.codes.end()) {
      if (wish->second == Level::off) return true;
      d.severity = wish->second == Level::error ? Severity::error : Severity::warning;
    } else if (levels.deny_warnings && d.severity == Severity::warning) {
      d.severity = Severity::error;
    }
    return false;
  });
}

}  // namespace fts
