// "I cannot go on": the error of tl::expected results. What is wrong with a user's text is a Diagnostic in a sink;
// a broken invariant of ours is FTS_CHECK.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.hpp"
#include "compiler/base/source.hpp"

namespace fts {

// One or more diagnostics of severity error, with the texts that their spans point into (null: no spans).
struct Error {
  std::vector<Diagnostic> diagnostics;
  std::shared_ptr<const SourceMap> sources;

  // As `ftsc check` prints them, without colour.
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Error make_error(Code code, std::string message, std::string help = {});

namespace detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

}  // namespace fts

// Aborts with its place when an invariant of the project's own code is broken; never for a user's fault.
#define FTS_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::fts::detail::check_failed(#condition, __FILE__, __LINE__))
