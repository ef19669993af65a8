// fts::call under a checkpoint computes what the plain call does, and keeps nothing of it.
#include "runtime/call/call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/call/calls.hpp"

namespace fts::calls {
namespace {

using testing::HasSubstr;
using torch::Tensor;

// Dropout and a batch norm, whose running statistics a second forward would move; counts its forwards, and watches over
// what it computes.
struct BlockImpl : torch::nn::Module {
  BlockImpl() {
    up = register_module("up", torch::nn::Linear(6, 10));
    norm = register_module("norm", torch::nn::BatchNorm1d(10));
    drop = register_module("drop", torch::nn::Dropout(0.4));
    down = register_module("down", torch::nn::Linear(10, 6));
    to(torch::kDouble);
  }
  Tensor forward(const Tensor& x) {
    ++forwards;
    const auto normed = norm(call(up, x));
    watched = normed.storage().getWeakStorageImpl();
    const auto out = down(drop(torch::gelu(normed)));
    ++ends;
    return x + out;
  }
  torch::nn::Linear up{nullptr}, down{nullptr};
  torch::nn::BatchNorm1d norm{nullptr};
  torch::nn::Dropout drop{nullptr};
  int forwards = 0, ends = 0;
  c10::weak_intrusive_ptr<c10::StorageImpl> watched{c10::intrusive_ptr<c10::StorageImpl>()};
};
TORCH_MODULE(Block);

struct StackImpl : torch::nn::Module {
  StackImpl() {
    torch::manual_seed(3);
    for (int i = 0; i < 3; ++i) blocks.push_back(register_module("block" + std::to_string(i), Block()));
  }
  Tensor forward(Tensor x) {
    for (auto& block : blocks) x = call(block, x);
    return x;
  }
  std::vector<Block> blocks;
};
TORCH_MODULE(Stack);

plan::Strategy checkpointing(const std::vector<std::string>& modules, const std::string& mode = "composable",
                             const nlohmann::json& arguments = nlohmann::json::object()) {
  plan::Strategy strategy;
  for (const auto& module : modules)
    strategy.units.push_back({module, {}, {{"act_ckpt", {{"mode", mode}, {"arguments", arguments}}}}});
  return strategy;
}

struct Passed {
  Tensor out, input_gradient;
  std::vector<Tensor> gradients, buffers;
};

void expect_same(const std::vector<Tensor>& found, const std::vector<Tensor>& expected, const char* what) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].defined(), expected[i].defined()) << what << " " << i;
    if (!found[i].defined() || !expected[i].defined()) continue;
    EXPECT_TRUE(torch::equal(found[i], expected[i])) << what << " " << i << "\n" << found[i] << "\n" << expected[i];
  }
}

void expect_same(const Passed& found, const Passed& expected) {
  expect_same({found.out}, {expected.out}, "output");
  expect_same({found.input_gradient}, {expected.input_gradient}, "gradient of the input");
  expect_same(found.gradients, expected.gradients, "gradient");
  expect_same(found.buffers, expected.buffers, "buffer");
}

// Twice, so that gradients accumulate.
template <class Net>
Passed pass(Net& net, bool input_needs_gradient = true) {
  torch::manual_seed(5);
  Passed passed;
  for (int i = 0; i < 2; ++i) {
    const auto x = torch::randn({8, 6}, torch::kDouble).set_requires_grad(input_needs_gradient);
    passed.out = call(net, x);
    passed.out.square().sum().backward();
    passed.input_gradient = x.grad();
  }
  passed.out = passed.out.detach() + torch::rand({1}, torch::kDouble);  // the generator goes on as it would
  for (const auto& p : net->parameters()) passed.gradients.push_back(p.grad());
  for (const auto& b : net->buffers()) passed.buffers.push_back(b);
  return passed;
}

struct Case {
  const char* name;
  std::vector<std::string> modules;
  std::string mode = "composable";
  nlohmann::json arguments = nlohmann::json::object();
  bool input_needs_gradient = true;
  std::vector<int> frozen = {};
};

class Checkpointed : public testing::TestWithParam<Case> {};

TEST_P(Checkpointed, PassIsThePlainOne) {
  const auto& c = GetParam();
  Stack plain, net;
  for (auto* stack : {&plain, &net}) {
    for (const int block : c.frozen) {
      for (auto& p : (*stack)->blocks[static_cast<std::size_t>(block)]->parameters()) p.set_requires_grad(false);
    }
  }
  const auto expected = pass(plain, c.input_needs_gradient);
  const auto session = Calls::of(checkpointing(c.modules, c.mode, c.arguments), *net);
  expect_same(pass(net, c.input_needs_gradient), expected);
  EXPECT_EQ(net->blocks.back()->forwards, 4);  // also where it is nested: the outer one stops before it
}

INSTANTIATE_TEST_SUITE_P(
    Call, Checkpointed,
    testing::Values(
        Case{"OfOneModule", {"block2"}}, Case{"OfSeveral", {"block0", "block1", "block2"}},
        Case{"Wrapped", {"block1", "block2"}, "wrapped"},
        Case{"WrappedAndOffloaded", {"block1", "block2"}, "wrapped_offload"},
        Case{"Reentrant", {"block1", "block2"}, "wrapped", {{"use_reentrant", true}}},
        Case{"WithoutCheck", {"block2"}, "composable", {{"determinism_check", "none"}}}, Case{"OfAll", {""}},
        Case{"Nested", {"", "block1", "block2"}, "composable"},
        Case{"ThriceNested", {"", "block2", "block2.up"}, "composable"},
        Case{"WhoseInputNeedsNoGradient", {"block0", "block2"}, "composable", nlohmann::json::object(), false},
        Case{"WithFrozenParts", {"", "block1", "block2"}, "composable", nlohmann::json::object(), false, {0, 1}},
        Case{"OfWhatIsFrozen", {"block0", "block1", "block2"}, "composable", nlohmann::json::object(), true, {1, 2}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Call, KeepsNothingOfAForwardAndComputesNoMoreOfItThanBackwardNeeds) {
  Stack net;
  const auto session = Calls::of(checkpointing({"block1"}), *net);
  const auto out = net(torch::randn({8, 6}, torch::kDouble));
  EXPECT_FALSE(net->blocks[0]->watched.expired());
  EXPECT_TRUE(net->blocks[1]->watched.expired());
  out.sum().backward();
  EXPECT_EQ(net->blocks[1]->forwards, 2);
  EXPECT_EQ(net->blocks[1]->ends, 1);  // nothing is saved behind the last linear
  EXPECT_TRUE(net->blocks[1]->watched.expired());
}

TEST(Call, IsPlainWithoutASessionAndWithoutGradients) {
  Stack net;
  EXPECT_EQ(boundary(), nullptr);
  net(torch::randn({8, 6}, torch::kDouble)).sum().backward();
  EXPECT_EQ(net->blocks[1]->forwards, 1);
  const auto session = Calls::of(checkpointing({"block1"}), *net);
  EXPECT_EQ(boundary(), session.get());
  EXPECT_EQ(session->never_called(), std::vector<std::string>{"block1"});
  const torch::NoGradGuard no_grad;
  static_cast<void>(net(torch::randn({8, 6}, torch::kDouble)));
  EXPECT_TRUE(session->never_called().empty());
  EXPECT_EQ(net->blocks[1]->forwards, 2);
}

TEST(Call, PassesAGraphTwiceThatIsKept) {
  Stack plain, net;
  const auto x = torch::randn({8, 6}, torch::kDouble);
  const auto gradients = [&](Stack& stack) {
    torch::manual_seed(1);
    const auto loss = stack(x).square().sum();
    loss.backward({}, true);
    loss.backward();
    return stack->blocks[0]->up->weight.grad();
  };
  const auto expected = gradients(plain);
  const auto session = Calls::of(checkpointing({"block0", "block1"}), *net);
  EXPECT_TRUE(torch::equal(gradients(net), expected));
}

// Arguments and results of other kinds than one tensor.
struct ManyImpl : torch::nn::Module {
  ManyImpl() { weight = register_parameter("weight", torch::rand({4}, torch::kDouble)); }
  std::tuple<Tensor, std::vector<Tensor>> forward(const std::vector<Tensor>& xs, const std::optional<Tensor>& mask,
                                                  double scale, const std::optional<Tensor>& none) {
    EXPECT_FALSE(none.has_value());
    std::vector<Tensor> all;
    for (const auto& x : xs) all.push_back((x * weight * mask.value()).exp() * scale);
    return {(all[0] + weight).tanh(), all};
  }
  Tensor weight;
};
TORCH_MODULE(Many);

TEST(Call, TakesAndGivesWhatTheForwardDoes) {
  Many net;
  const std::vector<Tensor> xs{torch::rand({4}, torch::kDouble).requires_grad_(), torch::rand({4}, torch::kDouble)};
  const auto mask = torch::rand({4}, torch::kDouble);
  const auto gradients = [&] {
    const auto [first, all] = call(net, xs, std::optional(mask), 2.0, std::optional<Tensor>());
    (first * all[1] + all[0]).sum().backward();
    std::vector<Tensor> both{net->weight.grad(), xs[0].grad()};
    net->weight.mutable_grad().reset();
    xs[0].mutable_grad().reset();
    return both;
  };
  const auto expected = gradients();
  const auto session = Calls::of(checkpointing({""}), *net);
  const auto found = gradients();
  EXPECT_TRUE(torch::equal(found[0], expected[0]));
  EXPECT_TRUE(torch::equal(found[1], expected[1]));
}

template <class Net>
std::string failure_of(
    Net& net, const std::function<void(Tensor&)>& between = [](Tensor&) {},
    const nlohmann::json& arguments = nlohmann::json::object()) {
  const auto session = Calls::of(checkpointing({""}, "composable", arguments), *net);
  const auto leaf = torch::ones({4, 4}, torch::requires_grad());
  auto x = leaf * 2;
  const auto out = call(net, x);
  between(x);
  try {
    out.sum().backward();
  } catch (const c10::Error& e) {
    return e.what_without_backtrace();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

struct FickleImpl : torch::nn::Module {
  Tensor forward(const Tensor& x) {
    ++forwards;
    if (fewer) return forwards == 1 ? x.exp().sin() : x * 2;
    return forwards == 1 ? x.exp().sin() : x.narrow(0, 0, 2).exp().sin();
  }
  int forwards = 0;
  bool fewer = false;
};
TORCH_MODULE(Fickle);

TEST(Call, TellsWhatChangedSinceTheForward) {
  torch::nn::Sequential changed((torch::nn::Tanh()));
  Fickle other, fewer;
  fewer->fewer = true;
  EXPECT_THAT(failure_of(changed, [](Tensor& x) { x.add_(1); }), HasSubstr("modified by an inplace operation"));
  const auto form = failure_of(other);
  EXPECT_THAT(form, HasSubstr("'the root' does something else"));
  EXPECT_THAT(form, HasSubstr("was Float [4, 4] and is Float [2, 4]"));
  EXPECT_THAT(failure_of(fewer), HasSubstr("it saves 0 tensors, and saved 2 before"));
  Fickle told;
  EXPECT_THAT(failure_of(told, [](Tensor&) {}, {{"debug", true}}), HasSubstr("; 1: Float [4, 4] / Float [2, 4]"));
}

}  // namespace
}  // namespace fts::calls
