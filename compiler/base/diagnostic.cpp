#include "compiler/base/diagnostic.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>

#include "compiler/base/code.hpp"

namespace fts {

namespace {

constexpr auto error = Severity::error;
constexpr auto warning = Severity::warning;

constexpr std::array kCodes = {
#define FTS_CODE(name, id, severity, title) CodeInfo{Code::name, #name, id, severity, title},
#include "compiler/base/diagnostic_codes.def"
#undef FTS_CODE
};

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

}  // namespace

std::span<const CodeInfo> all_codes() { return kCodes; }

const CodeInfo& info(Code code) { return kCodes[static_cast<std::size_t>(code)]; }

std::optional<Code> find_code(std::string_view id) {
  const auto found =
      std::find_if(kCodes.begin(), kCodes.end(), [&](const CodeInfo& c) { return same_ignoring_case(c.id, id); });
  if (found == kCodes.end()) return std::nullopt;
  return found->code;
}

Diagnostic& Diagnostics::report(Code code, Span span, std::string message) {
  Diagnostic d;
  d.code = code;
  d.severity = info(code).severity;
  d.message = std::move(message);
  d.span = span;
  return all_.emplace_back(std::move(d));
}

std::size_t Diagnostics::errors() const {
  return static_cast<std::size_t>(
      std::count_if(all_.begin(), all_.end(), [](const Diagnostic& d) { return d.severity == Severity::error; }));
}

std::size_t Diagnostics::warnings() const {
  return static_cast<std::size_t>(
      std::count_if(all_.begin(), all_.end(), [](const Diagnostic& d) { return d.severity == Severity::warning; }));
}

void Diagnostics::sort() {
  const auto key = [](const Diagnostic& d) { return std::tuple(d.span.file, d.span.begin, d.code, d.span.end); };
  std::stable_sort(all_.begin(), all_.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [&](const auto& a, const auto& b) {
    return a.span.has_place() && a.code == b.code && a.span == b.span && a.message == b.message;
  };
  all_.erase(std::unique(all_.begin(), all_.end(), same), all_.end());
}

}  // namespace fts
