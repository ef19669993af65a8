// A run as a trace in Chrome's format, for chrome://tracing or ui.perfetto.dev: a track each for phases, epochs and
// steps, and one for what a step is made of.
#pragma once
#include <memory>
#include <ostream>
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/session/observe/observer.hpp"

namespace fts {

// While it lives, every RECORD_USER_SCOPE of the process is an event of the last track: those of the session and of the
// program. One such observer at a time.
[[nodiscard]] std::unique_ptr<Observer> make_trace(std::unique_ptr<std::ostream> out, Clock clock);

// The same to a file, which is written anew; FTS1002 if it cannot be.
[[nodiscard]] tl::expected<std::unique_ptr<Observer>, Error> open_trace(const std::string& path);

}  // namespace fts
