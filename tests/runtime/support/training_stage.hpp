// A model, its three-phase plan and the base adapter, connected: what a test of optimizer, groups and rates needs.
#pragma once
#include <memory>

#include <gtest/gtest.h>

#include "runtime/adapters/connected_session.hpp"
#include "runtime/adapters/registry.hpp"
#include "runtime/session/training.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts::test {

struct TrainingStage {
  Mlp model = seeded_mlp();
  plan::Plan plan = three_phases(*model, "sgd");
  plan::Strategy strategy{"base", "base", nlohmann::json::object()};
  ConnectedSession handle{*model, plan, strategy, nullptr, [](const Diagnostic&) {}};
  std::unique_ptr<Adapter> adapter = make_base_adapter();
  std::unique_ptr<session::Training> training;

  TrainingStage() { EXPECT_TRUE(adapter->connect(handle)); }
};

}  // namespace fts::test
