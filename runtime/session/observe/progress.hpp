// A run for people: one line that is written over on a terminal; elsewhere a line now and then and at each epoch's end.
#pragma once
#include <memory>
#include <ostream>

#include "runtime/session/observe/observer.hpp"

namespace fts {

struct ProgressStyle {
  bool terminal = false;  // the line may be written over
  double interval = 5;    // seconds between two lines of steps (on a terminal: a twentieth of it)
};

// `out` outlives the observer.
[[nodiscard]] std::unique_ptr<Observer> make_progress(std::ostream& out, const ProgressStyle& style, Clock clock);

}  // namespace fts
