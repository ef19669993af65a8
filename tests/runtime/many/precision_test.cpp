// Mixed precision of sharded units, beside one process that casts by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/call/call.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/session/session.hpp"
#include "tests/runtime/many/odd_net.hpp"
#include "tests/runtime/support/training_loop.hpp"
#include "tests/support/ranks.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests
using torch::Tensor;

constexpr auto kLow = torch::kBFloat16;

// `by_hand` casts everything as the sessions below are to; both keep in what dtypes they computed.
struct NetImpl : torch::nn::Module {
  explicit NetImpl(bool batch_norm = false) {
    torch::manual_seed(11);
    up = register_module("up", torch::nn::Linear(6, 7));
    norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({7})));
    if (batch_norm) batch = register_module("batch", torch::nn::BatchNorm1d(7));
    down = register_module("down", torch::nn::Linear(7, 5));
    scale = register_buffer("scale", torch::rand({5}) + 0.5);
  }
  Tensor forward(const Tensor& x) {
    auto hidden = seen(through_call ? call(up, x) : up(x));
    hidden = seen(norm(hidden));
    if (batch) hidden = batch(hidden);
    hidden = seen(through_call ? call(down, torch::relu(hidden)) : down(torch::relu(hidden)));
    return hidden * scale;
  }
  Tensor by_hand(const Tensor& x, bool casts_buffer) {
    namespace F = torch::nn::functional;
    const auto low = [](const Tensor& t) { return t.to(kLow); };
    auto hidden = F::linear(low(x), low(up->weight), low(up->bias));
    hidden = torch::layer_norm(hidden, {7}, low(norm->weight), low(norm->bias));
    if (batch) {
      hidden = torch::batch_norm(hidden, low(batch->weight).to(torch::kFloat), low(batch->bias).to(torch::kFloat),
                                 batch->running_mean, batch->running_var, true, 0.1, 1e-5, false);
    }
    hidden = F::linear(torch::relu(hidden), low(down->weight), low(down->bias));
    return hidden * (casts_buffer ? low(scale) : scale);
  }
  Tensor seen(Tensor t) {
    dtypes.push_back(t.scalar_type());
    return t;
  }
  bool through_call = true;
  std::vector<at::ScalarType> dtypes;
  torch::nn::Linear up{nullptr}, down{nullptr};
  torch::nn::LayerNorm norm{nullptr};
  torch::nn::BatchNorm1d batch{nullptr};
  Tensor scale;
};
TORCH_MODULE(Net);

Tensor loss_of(const Tensor& logits, const Tensor& target) {
  return torch::cross_entropy_loss(logits.to(torch::kFloat), target);
}

struct Data {
  Tensor x, target;
};
Data batch_of(int seed) {
  const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
  return {torch::randn({12, 6}, generator), torch::randint(0, 5, {12}, generator)};
}

constexpr int kSteps = 15;
constexpr double kRate = 0.05;

struct Case {
  const char* name;
  std::string adapter;
  nlohmann::json settings;        // of the strategy; of each unit under model_parallel
  at::ScalarType outputs = kLow;  // of what `up` and `down` give
  bool through_call = true;
  bool casts_buffer = false;
  bool batch_norm = false;
};

plan::Plan plan_of(const Net& net, const Case& c) {
  auto plan = plan_for(*net);
  auto& all = add_phase(plan, "", kRate, epochs(1));
  all.name = all.groups.front().name = "all";
  all.groups.front().arguments["weight_decay"] = 0.0;
  plan.schedule.phases.front().optimizer = plan::Spec{"sgd", {{"lr", kRate}}};
  plan.schedule.max_epochs = 1;
  const bool of_units = c.adapter == "model_parallel";
  plan.strategies = {{c.adapter, c.adapter, of_units ? nlohmann::json::object() : c.settings, {}, {}}};
  for (const std::vector<std::string>& prefixes : {std::vector<std::string>{"down"}, {"up", "norm", "batch"}}) {
    auto& unit = add_unit(plan, prefixes);
    if (of_units) unit.settings = c.settings;
  }
  return plan;
}

// The weights of the session's run; `checkpoints` is where it saves.
std::vector<Tensor> train(World& world, Net& net, const Case& c, const std::string& checkpoints) {
  auto options = with(world);
  options.progress = false;
  options.checkpoints = checkpoints;
  net->through_call = c.through_call;
  auto session = Session::open(*net, plan_of(net, c), options);
  if (!session) throw std::runtime_error(session.error().text());
  for (auto& epoch : session->epochs()) {
    for (int i = 0; i < kSteps; ++i) {
      const auto rows = torch::indexing::Slice(world.rank(), torch::indexing::None, world.size());
      const auto data = batch_of(i);
      session->step(loss_of(net(data.x.index({rows})), data.target.index({rows})));
    }
    epoch.finish({{"val_loss", 1.0}});
  }
  const auto result = session->result();
  if (!result) throw std::runtime_error(result.error().text());
  EXPECT_TRUE(result->warnings.empty());
  return weights(*net);
}

std::vector<Tensor> train_by_hand(Net& net, const Case& c, bool low) {
  torch::optim::SGD optimizer(net->parameters(), torch::optim::SGDOptions(kRate));
  net->through_call = false;
  for (int i = 0; i < kSteps; ++i) {
    const auto data = batch_of(i);
    optimizer.zero_grad();
    loss_of(low ? net->by_hand(data.x, c.casts_buffer) : net(data.x), data.target).backward();
    optimizer.step();
  }
  return weights(*net);
}

// How far two runs are from each other, as a part of the way that they went.
double apart(const std::vector<Tensor>& a, const std::vector<Tensor>& b, const std::vector<Tensor>& from) {
  double difference = 0, way = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (a[i] - b[i]).square().sum().item<double>();
    way += (b[i] - from[i]).square().sum().item<double>();
  }
  return std::sqrt(difference / way);
}

class MixedPrecision : public testing::TestWithParam<std::tuple<Case, int>> {};

TEST_P(MixedPrecision, IsThatOfCastsByHand) {
  const auto& [c, size] = GetParam();
  ranks::run(size, [c = c](World& world) {
    const auto folder = world.exchange(world.rank() == 0 ? fresh_folder(c.name) : "").front();
    Net net(c.batch_norm), by_hand(c.batch_norm), full(c.batch_norm);
    const auto from = weights(*net);
    const auto found = train(world, net, c, folder);
    const auto expected = train_by_hand(by_hand, c, true);
    EXPECT_LT(apart(found, expected, from), world.size() == 1 ? 2e-3 : 2e-2);
    // The casts are not nothing, and the sum of many small steps is not lost in bfloat16.
    EXPECT_GT(apart(found, train_by_hand(full, c, false), from), 1e-4);
    for (const auto& weight : found) {
      EXPECT_EQ(weight.scalar_type(), torch::kFloat);
      EXPECT_FALSE(torch::equal(weight, weight.to(kLow).to(torch::kFloat)));
    }
    EXPECT_EQ(net->dtypes[0], c.outputs);
    EXPECT_EQ(net->dtypes[1], kLow);
    EXPECT_EQ(net->dtypes[2], c.outputs);

    // What was saved is whole, in float, and one process goes on from it.
    world.all().barrier();
    if (world.rank() != 0) return;
    Net one(c.batch_norm);
    auto plan = plan_of(one, c);
    plan.strategies = {{"base", "base", nlohmann::json::object(), {}, {}}};
    Options options;
    options.progress = false;
    options.resume = folder;
    const auto session = Session::open(*one, plan, options);
    ASSERT_TRUE(session) << session.error().text();
    EXPECT_TRUE(same(weights(*one), found));
  });
}

std::vector<Case> cases() {
  const nlohmann::json low = {{"param_dtype", "bf16"}};
  const auto with_low = [&](nlohmann::json more) {
    more.update(low);
    return more;
  };
  const auto fsdp = [&](nlohmann::json mixed) { return nlohmann::json{{"mixed_precision", std::move(mixed)}}; };
  const auto policy = [&](nlohmann::json mixed) { return nlohmann::json{{"mp_policy", std::move(mixed)}}; };
  auto replicated = fsdp(with_low({{"reduce_dtype", "f32"}}));
  replicated["sharding_strategy"] = "NO_SHARD";
  return {
      {"Fsdp", "fsdp", fsdp(with_low({{"reduce_dtype", "f32"}}))},
      {"FsdpByTheTapAlone", "fsdp", fsdp(with_low({{"reduce_dtype", "f32"}})), kLow, false},
      {"FsdpReducingInLowPrecision", "fsdp", fsdp(with_low({{"keep_low_precision_grads", true}}))},
      {"FsdpWithBuffers", "fsdp", fsdp(with_low({{"buffer_dtype", "bf16"}})), kLow, true, true},
      {"FsdpNoShard", "fsdp", replicated},
      {"ModelParallel", "model_parallel", policy(with_low({{"reduce_dtype", "f32"}}))},
      {"ModelParallelWithOutputs", "model_parallel", policy(with_low({{"output_dtype", "f32"}})), torch::kFloat},
  };
}

const auto name_of = [](const auto& test) {
  return std::get<0>(test.param).name + std::string("On") + std::to_string(std::get<1>(test.param));
};
INSTANTIATE_TEST_SUITE_P(Many, MixedPrecision, testing::Combine(testing::ValuesIn(cases()), testing::Values(1, 3)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(
    BatchNorm, MixedPrecision,
    testing::Values(std::tuple(
        Case{"Float", "fsdp", {{"mixed_precision", {{"param_dtype", "bf16"}}}}, kLow, true, false, true}, 1)),
    name_of);

}  // namespace
}  // namespace fts
