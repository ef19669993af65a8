// What a rank holds, counted by the allocator, beside what `ftsc plan --world` says without measuring anything.
#include <gtest/gtest.h>

#include <c10/core/CPUAllocator.h>

#include <atomic>

#include "compiler/plan/memory.hpp"
#include "runtime/comm/world.hpp"
#include "tests/runtime/many/odd_net.hpp"
#include "tests/runtime/support/training_loop.hpp"
#include "tests/support/ranks.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests

// LibTorch's allocator for the CPU, and how much it has given out.
class Counter final : public c10::Allocator {
 public:
  explicit Counter(c10::Allocator& inner) : inner_(inner) {}
  c10::DataPtr allocate(std::size_t bytes) override {
    auto held = std::make_shared<c10::DataPtr>(inner_.allocate(bytes));
    live_ += bytes;
    peak_ = std::max(peak_.load(), live_.load());
    void* data = held->get();
    return c10::InefficientStdFunctionContext::makeDataPtr(
        data, [this, held, bytes](void*) { live_ -= bytes; }, held->device());
  }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

  [[nodiscard]] double live() const { return static_cast<double>(live_); }
  [[nodiscard]] double peak() const { return static_cast<double>(peak_); }
  void forget_peak() { peak_ = live_.load(); }

 private:
  c10::Allocator& inner_;
  std::atomic<std::size_t> live_ = 0, peak_ = 0;
};

Counter& counter() {
  static Counter one(*c10::GetCPUAllocator());
  return one;
}

constexpr std::int64_t kWidth = 512;
constexpr double kUnit = sizeof(float) * kWidth * kWidth;

struct StackImpl : torch::nn::Module {
  StackImpl() {
    const auto layers = [](int count) {
      torch::nn::Sequential all;
      for (int i = 0; i < count; ++i)
        all->push_back(torch::nn::Linear(torch::nn::LinearOptions(kWidth, kWidth).bias(false)));
      return all;
    };
    bottom = register_module("bottom", layers(6));
    middle = register_module("middle", layers(4));
    top = register_module("top", layers(2));
  }
  torch::Tensor forward(const torch::Tensor& x) { return top->forward(middle->forward(bottom->forward(x))); }
  torch::nn::Sequential bottom{nullptr}, middle{nullptr}, top{nullptr};
};
TORCH_MODULE(Stack);

// A unit for each layer; the top, then the middle, then all train.
plan::Plan stack_plan(const Stack& net, const std::string& adapter) {
  auto plan = plan_for(*net);
  plan.strategies = {{adapter, adapter, nlohmann::json::object(), {}, {}}};
  // As with a model whose root holds the embedding: the first layer's unit comes last in the plan.
  for (const auto& p : net->named_parameters()) {
    if (p.key() != "bottom.0.weight") add_unit(plan, {p.key()});
  }
  add_unit(plan, {"bottom.0.weight"});
  for (const auto* part : {"top.", "middle.", "bottom."}) add_phase(plan, part, 1e-3, epochs(1));
  plan.schedule.phases.front().optimizer = plan::Spec{"adamw", {{"lr", 1e-3}}};
  plan.schedule.settings["restore_best"] = false;  // whose copy of the weights is not the phase's
  plan.schedule.max_epochs = 3;
  return plan;
}

class Memory : public testing::TestWithParam<const char*> {};

TEST_P(Memory, OfARankIsWhatThePlanSaysInEveryPhase) {
  const std::string adapter = GetParam();
  ranks::run(3, [adapter](World& world) {
    c10::SetCPUAllocator(&counter(), 1);
    const auto x = torch::randn({2, kWidth});
    const double before = counter().live();
    Stack net;
    const auto plan = stack_plan(net, adapter);
    const auto expected = plan::memory(plan, plan.strategies.front(), {world.size(), 1});
    auto options = with(world);
    options.whole_at_end = false;
    auto session = Session::open(*net, plan, quiet(options));
    ASSERT_TRUE(session) << session.error().text();
    EXPECT_NEAR((counter().live() - before) / expected.front().parameters, 1, 0.05) << "once it is open";
    for (auto& epoch : session->epochs()) {
      const auto& phase = expected[static_cast<std::size_t>(epoch.index())];
      for (int i = 0; i < 3; ++i) {
        counter().forget_peak();
        session->step(net(x).square().mean());
      }
      const double kept = counter().live() - before, most = counter().peak() - before;
      // Memory of units that were whole is kept for the next step's; one fewer may have been whole at a time, or one
      // more, where Gloo's thread lets go of a gradient late.
      const double held = phase.device() - phase.gradients;
      EXPECT_LE(kept, 1.05 * held + kUnit) << "between steps of phase " << epoch.index();
      EXPECT_GE(kept, 0.95 * held - kUnit) << "between steps of phase " << epoch.index();
      // Beside it a gradient that autograd has just made and laid out anew, and Gloo's own copy of what it gathers.
      EXPECT_GE(most, 0.95 * phase.device() - kUnit) << "in a step of phase " << epoch.index();
      EXPECT_LE(most, 1.05 * phase.device() + 4.5 * kUnit) << "in a step of phase " << epoch.index();
      epoch.finish({{"val_loss", 1.0}});
    }
    EXPECT_TRUE(session->result());
  });
}
INSTANTIATE_TEST_SUITE_P(Adapters, Memory, testing::Values("fsdp", "model_parallel"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace fts
