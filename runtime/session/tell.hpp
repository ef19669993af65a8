// Run::tell, for the files that implement Run.
#pragma once
#include <algorithm>
#include <exception>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/session/run.hpp"

namespace fts::session {

template <class Event>
void Run::tell(void (Observer::*what)(const Event&), const Event& event) {
  std::vector<Diagnostic> failures;
  // A copy: an observer that saves or stops makes the run tell of it meanwhile.
  for (const auto& observer : std::vector(observers_)) {
    if (std::ranges::find(observers_, observer) == observers_.end()) continue;
    try {
      (*observer.*what)(event);
    } catch (const std::exception& e) {
      std::erase(observers_, observer);
      failures.push_back({Code::observer_failed, Severity::warning,
                          fmt::format("an observer failed, and hears nothing more: {}", e.what())});
    }
  }
  for (auto& failure : failures) warn(std::move(failure));
}

}  // namespace fts::session
