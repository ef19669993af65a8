// A run for programs: one JSON object a line, each with an `event` and the `time` in seconds since the log was opened.
#pragma once
#include <memory>
#include <ostream>
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/session/observe/observer.hpp"

namespace fts {

// Every `every_n_steps`-th step is written; all else is. Each line is flushed, so that a killed run loses none.
[[nodiscard]] std::unique_ptr<Observer> make_jsonl(std::unique_ptr<std::ostream> out, int every_n_steps, Clock clock);

// The same to a file, which is continued if it is there; FTS1002 if it cannot be opened.
[[nodiscard]] tl::expected<std::unique_ptr<Observer>, Error> open_jsonl(const std::string& path, int every_n_steps);

}  // namespace fts
