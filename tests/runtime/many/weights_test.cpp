// Weights read from safetensors by each process for itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>

#include <fstream>

#include "compiler/base/code.hpp"
#include "runtime/bind/safetensors.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/shard/meta_init.hpp"
#include "tests/runtime/many/odd_net.hpp"
#include "tests/runtime/support/training_loop.hpp"
#include "tests/support/ranks.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests

void write(const std::string& path, const std::vector<bind::TensorToWrite>& tensors) {
  std::ofstream out(path, std::ios::binary);
  EXPECT_TRUE(bind::write_safetensors(tensors, {}, [&](const void* data, std::size_t size) {
    out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    return out.good();
  }));
}

// The net's weights in two files with an index, of other values than its own.
std::string write_odd(const std::string& folder) {
  OddNet net;
  std::vector<bind::TensorToWrite> first, second;
  nlohmann::json map = nlohmann::json::object();
  torch::manual_seed(21);
  for (const auto& item : net->named_parameters()) {
    if (item.key() == "head") continue;  // tied
    const bool early = item.key() < "middle";
    (early ? first : second).push_back({item.key(), torch::randn_like(item.value()).detach() * 0.3});
    map[item.key()] = early ? "1.safetensors" : "2.safetensors";
  }
  write(folder + "/1.safetensors", first);
  write(folder + "/2.safetensors", second);
  std::ofstream(folder + "/model.safetensors.index.json") << nlohmann::json{{"weight_map", map}};
  return folder;
}

class Adapters : public testing::TestWithParam<const char*> {};

TEST_P(Adapters, TrainFromFilesAsFromAModuleThatWasFilled) {
  const std::string adapter = GetParam();
  ranks::run(3, [adapter](World& world) {
    const auto folder = world.exchange(world.rank() == 0 ? write_odd(fresh_folder("weights")) : "").front();
    const auto plan_of = [&](const OddNet& net) {
      auto plan = odd_plan(net);
      plan.strategies = {{adapter, adapter, nlohmann::json::object(), {}, {}}};
      if (adapter == "ddp") return plan;
      for (const std::vector<std::string>& prefixes :
           {std::vector<std::string>{"embed", "head", "norm"}, {"up", "down"}})
        add_unit(plan, prefixes);  // the rest is replicated
      return plan;
    };
    OddNet filled, read;
    ASSERT_TRUE(load_weights(*filled, folder));
    const auto expected = train_odd(filled, plan_of(filled), with(world), world.rank(), world.size());
    auto options = with(world);
    options.weights = folder;
    const auto found = train_odd(read, plan_of(read), options, world.rank(), world.size());
    EXPECT_EQ(found.losses, expected.losses);
    EXPECT_TRUE(same(found.weights, expected.weights));
  });
}
INSTANTIATE_TEST_SUITE_P(Weights, Adapters, testing::Values("ddp", "fsdp", "model_parallel"),
                         [](const auto& test) { return std::string(test.param); });

struct DeepImpl : torch::nn::Module {
  DeepImpl() {
    for (int i = 0; i < kLayers; ++i) {
      auto linear = torch::nn::Linear(torch::nn::LinearOptions(kWidth, kWidth).bias(false));
      layers.push_back(register_module("layer" + std::to_string(i), linear));
    }
  }
  torch::Tensor forward(torch::Tensor x) {
    for (auto& layer : layers) x = x + torch::tanh(layer(x));
    return x;
  }
  static constexpr int kLayers = 24;
  static constexpr std::int64_t kWidth = 2048;
  static constexpr std::size_t kBytes = sizeof(float) * kWidth * kWidth * kLayers;
  std::vector<torch::nn::Linear> layers;
};
TORCH_MODULE(Deep);

plan::Plan deep_plan(const Deep& net) {
  auto plan = plan_for(*net);
  for (const auto* last : {"layer23", "layer22"}) {
    add_phase(plan, last, 1.0, epochs(1)).groups.front().arguments["weight_decay"] = 0.0;
  }
  plan.schedule.phases.front().optimizer = plan::Spec{"sgd", {{"lr", 1.0}}};
  plan.schedule.max_epochs = 2;
  return plan;
}

std::vector<double> train_deep(Deep& net, plan::Plan plan, const Options& options) {
  auto session = Session::open(*net, std::move(plan), quiet(options));
  if (!session) throw std::runtime_error(session.error().text());
  std::vector<double> losses;
  const auto x = torch::linspace(-1, 1, 4 * DeepImpl::kWidth).view({4, DeepImpl::kWidth});
  for (auto& epoch : session->epochs()) {
    for (int i = 0; i < 3; ++i) {
      const auto loss = net(x).square().mean();
      losses.push_back(loss.item<double>());
      session->step(loss);
    }
    epoch.finish({{"val_loss", 1.0}});
  }
  EXPECT_TRUE(session->result());
  return losses;
}

// Private memory that may be written to: what RLIMIT_DATA counts.
std::size_t data_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmData:")) return std::stoul(line.substr(7)) * 1024;
  }
  return 0;
}

void limit_data(rlim_t bytes) {
  rlimit limit{};
  ::getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = std::min(bytes, limit.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_DATA, &limit), 0);
}

// From here on the limit is one of the model: threads of communication have small stacks, and what is freed goes back.
void keep_little_else() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  pthread_attr_t small;
  ::pthread_attr_init(&small);
  ::pthread_attr_setstacksize(&small, 512 << 10);
  ASSERT_EQ(::pthread_setattr_default_np(&small), 0);
}

// A sanitizer's own memory counts as the process's.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCanLimit = false;
#else
constexpr bool kCanLimit = true;
#endif

TEST(Weights, OfAModelThatIsLargerThanAProcessTrainAsInOneThatHoldsIt) {
  ranks::run(3, [](World& world) {
    std::string path;
    if (world.rank() == 0) {
      path = fresh_folder("large") + "/model.safetensors";
      torch::manual_seed(2);
      const auto values = torch::randn({DeepImpl::kWidth, DeepImpl::kWidth}) * 0.01;
      std::vector<bind::TensorToWrite> tensors;
      for (int i = 0; i < DeepImpl::kLayers; ++i) tensors.push_back({"layer" + std::to_string(i) + ".weight", values});
      write(path, tensors);
    }
    path = world.exchange(path).front();

    if (kCanLimit) {
      keep_little_else();
      limit_data(data_bytes() + DeepImpl::kBytes * 3 / 4);
      EXPECT_THROW(Deep(), std::exception);
    }
    auto net = [] {
      const MetaInit no_memory;
      return Deep();
    }();
    auto plan = deep_plan(net);
    plan.strategies = {{"fsdp", "fsdp", nlohmann::json::object(), {}, {}}};
    for (int i = 0; i < DeepImpl::kLayers; ++i) add_unit(plan, {"layer" + std::to_string(i) + "."});
    auto options = with(world);
    options.weights = path;
    options.whole_at_end = false;
    const auto losses = train_deep(net, plan, options);
    limit_data(RLIM_INFINITY);

    if (world.rank() != 0) return;
    Deep one;
    options = {};
    options.weights = path;
    const auto expected = train_deep(one, deep_plan(one), options);
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(losses[i], expected[i], 1e-5 * expected[i]);
    EXPECT_LT(losses.back(), losses.front());
  });
}

TEST(Weights, AreNeededByAModelWithoutValues) {
  auto net = [] {
    const MetaInit no_memory;
    return Deep();
  }();
  const auto session = Session::open(*net, deep_plan(net), quiet());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().diagnostics.front().code, Code::weights_mismatch);
  EXPECT_THAT(session.error().text(), testing::HasSubstr("made under MetaInit"));
}

}  // namespace
}  // namespace fts
