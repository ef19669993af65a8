// Run::guarded, for the files that implement Run.
#pragma once
#include <exception>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/session/run.hpp"

namespace fts::session {

template <class Body>
void Run::guarded(const char* what, Body&& body) {
  const auto failed = [&](const std::string& why) {
    fail(make_error(Code::step_failed,
                    fmt::format("{} failed in epoch {}, step {}: {}", what, epoch_index_, steps_, why)));
  };
  const auto doing = [&] { return fmt::format("{}, epoch {}, step {}", what, epoch_index_, steps_); };
  try {
    body();
  } catch (const comm::RankLost& e) {
    fail(e.error);
  } catch (const comm::CollectiveFailed& e) {
    fail(world_->explain(e.what(), doing()));
  } catch (const comm::Diverged& e) {
    auto error = make_error(Code::ranks_diverged, e.what(),
                            "every rank's forward must use the same parameters in the same order; epoch.shard(data) "
                            "gives each as many batches");
    error.diagnostics.front().notes.push_back({fmt::format("rank {}, in {}", rank(), doing()), {}});
    fail(std::move(error));
  } catch (const c10::Error& e) {
    failed(e.what_without_backtrace());
  } catch (const std::exception& e) {
    failed(e.what());
  }
}

}  // namespace fts::session
