// Run::tell, for the files that implement Run.
#pragma once
#include <exception>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/session/run.hpp"

namespace fts::session {

template <class Event>
void Run::tell(void (Observer::*what)(const Event&), const Event& event) {
  std::vector<Diagnostic> failures;
  std::erase_if(observers_, [&](const auto& observer) {
    try {
      (*observer.*what)(event);
      return false;
    } catch (const std::exception& e) {
      failures.push_back({Code::observer_failed, Severity::warning,
                          fmt::format("an observer failed, and hears nothing more: {}", e.what())});
      return true;
    }
  });
  for (auto& failure : failures) warn(std::move(failure));
}

}  // namespace fts::session
