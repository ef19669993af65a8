#include "compiler/base/error.hpp"

#include <cstdio>
#include <cstdlib>

#include "compiler/base/render.hpp"

namespace fts {

std::string Error::text() const {
  static const SourceMap none;
  std::string out;
  for (const auto& d : diagnostics) out += render(d, sources ? *sources : none, RenderStyle{});
  return out;
}

Error make_error(Code code, std::string message, std::string help) {
  Diagnostic d;
  d.code = code;
  d.severity = Severity::error;
  d.message = std::move(message);
  d.help = std::move(help);
  Error error;
  error.diagnostics.push_back(std::move(d));
  return error;
}

namespace detail {
void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: fts: broken invariant: %s\n", file, line, condition);
  std::abort();
}
}  // namespace detail

}  // namespace fts
