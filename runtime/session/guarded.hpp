// Run::guarded, for the files that implement Run.
#pragma once
#include <exception>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/session/run.hpp"

namespace fts::session {

template <class Body>
void Run::guarded(const char* what, Body&& body) {
  const auto failed = [&](const std::string& why) {
    fail(make_error(Code::step_failed,
                    fmt::format("{} failed in epoch {}, step {}: {}", what, epoch_index_, steps_, why)));
  };
  try {
    body();
  } catch (const c10::Error& e) {
    failed(e.what_without_backtrace());
  } catch (const std::exception& e) {
    failed(e.what());
  }
}

}  // namespace fts::session
