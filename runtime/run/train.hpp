// ftsrun without its command line.
#pragma once
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/run/arguments.hpp"
#include "runtime/session/session.hpp"

namespace fts {

// Loads model and data, opens a session and trains to its end, or until there is a stop_signal(); with `dry_run` tries
// one batch of each file instead, and changes nothing outside the process. FTS13xx before the first step where model,
// data and schedule do not go together, and whatever Session::open() and the run itself report.
[[nodiscard]] tl::expected<Result, Error> run_training(const RunArguments& arguments);

}  // namespace fts
