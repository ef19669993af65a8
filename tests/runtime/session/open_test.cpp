// What is told of a session that cannot be opened.
#include <fts/adapter.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "compiler/base/code.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models, plans and loops of the tests
using testing::HasSubstr;

struct Throwing : Adapter {
  void on_before_init_fts() override { TORCH_CHECK(false, "there is no such device"); }
};
FTS_REGISTER_ADAPTER("throwing", Throwing)

TEST(Open, TurnsWhatAnAdapterThrowsIntoAnError) {
  auto model = seeded_mlp();
  const auto session = Session::open(*model, three_phases(*model), quiet({.adapters = {{"base", "throwing"}}}));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().diagnostics.front().code, Code::step_failed);
  EXPECT_THAT(session.error().text(), HasSubstr("could not be opened: there is no such device"));
}

TEST(Open, NamesParametersWithGapsInMemory) {
  auto model = seeded_mlp();
  model->fc1->weight.set_data(torch::randn({16, 16}).slice(1, 0, 8));
  model->fc2->weight.set_data(torch::randn({16, 32}).slice(1, 0, 16));
  const auto session = Session::open(*model, three_phases(*model), quiet());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().diagnostics.front().code, Code::unsupported_at_run_time);
  EXPECT_THAT(session.error().text(), HasSubstr("'fc1.weight', 'fc2.weight'"));
}

TEST(Open, NamesWhatACheckpointCannotHold) {
  auto model = seeded_mlp();
  model->register_buffer("turns", torch::zeros({2}, torch::kComplexFloat));
  EXPECT_TRUE(Session::open(*model, three_phases(*model), quiet()));
  const auto session =
      Session::open(*model, three_phases(*model), quiet({.checkpoints = testing::TempDir() + "complex"}));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().diagnostics.front().code, Code::unsupported_at_run_time);
  EXPECT_THAT(session.error().text(), HasSubstr("'turns' is c10::complex<float>"));
}

}  // namespace
}  // namespace fts
