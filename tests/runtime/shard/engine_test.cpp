// A sharded model against the same model in one process, for everything that the engine does.
#include "runtime/shard/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/runtime/shard/counting.hpp"
#include "tests/support/ranks.hpp"

namespace fts::shard {
namespace {

using torch::Tensor;

// Odd sizes, so that nothing divides by the ranks; an embedding, a norm and a weight that is used twice.
struct NetImpl : torch::nn::Module {
  torch::nn::Embedding embed{nullptr};
  torch::nn::LayerNorm norm{nullptr};
  torch::nn::Linear up{nullptr}, middle{nullptr}, down{nullptr}, idle{nullptr}, head{nullptr};
  bool swapped = false;

  NetImpl() {
    torch::manual_seed(7);
    embed = register_module("embed", torch::nn::Embedding(11, 5));
    norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({5})));
    up = register_module("up", torch::nn::Linear(5, 7));
    middle = register_module("middle", torch::nn::Linear(7, 7));
    down = register_module("down", torch::nn::Linear(7, 5));
    idle = register_module("idle", torch::nn::Linear(3, 3));
    head = register_module("head", torch::nn::Linear(5, 11));
    to(torch::kDouble);
  }
  Tensor forward(const Tensor& tokens) {
    auto x = norm(embed(tokens));
    x = swapped ? torch::tanh(middle(torch::tanh(middle(torch::tanh(up(x))))))
                : torch::tanh(middle(torch::tanh(up(x))));
    x = torch::tanh(down(x));
    return head(x);
  }
};
TORCH_MODULE(Net);

Tensor loss_of(Net& net, const Tensor& tokens) {
  return torch::nn::functional::cross_entropy(net(tokens).reshape({-1, 11}), tokens.reshape({-1}));
}

// Positions of named_parameters() by unit; the last unit mixes modules.
std::vector<UnitSpec> units_of(Net& net, bool reshard_after_forward) {
  std::vector<UnitSpec> units;
  for (const std::vector<std::string>& modules :
       {std::vector<std::string>{"embed", "norm"}, {"up"}, {"middle"}, {"down", "idle"}, {"head"}}) {
    UnitSpec unit{modules.front(), {{}}, reshard_after_forward};
    std::uint32_t position = 0;
    for (const auto& item : net->named_parameters()) {
      const auto module = item.key().substr(0, item.key().find('.'));
      if (std::ranges::find(modules, module) != modules.end()) unit.segments.front().push_back(position);
      ++position;
    }
    units.push_back(std::move(unit));
  }
  // Frozen with trained in one unit: the norm is a segment of its own.
  units.front().segments = {{0}, {1, 2}};
  return units;
}

// The world's ranks over a model; steps both it and a whole copy of it with the same plain gradient descent.
class Beside {
 public:
  Beside(World& world, bool reshard_after_forward = true)
      : world_(world),
        order_(world.group("order", ranks())),
        engine_(world,
                {counted(world.group("gather", ranks()), traffic_),
                 counted(world.group("reduce", ranks()), traffic_),
                 order_,
                 {}},
                sharded->parameters(), units_of(sharded, reshard_after_forward)),
        tap_(engine_) {}

  // Batches of all ranks; this rank takes every size()-th row.
  void step(const std::vector<Tensor>& batches) {
    for (std::size_t i = 0; i < batches.size(); ++i) {
      (loss_of(whole, batches[i]) / static_cast<double>(batches.size())).backward();
      const auto mine = batches[i].index({torch::indexing::Slice(world_.rank(), torch::indexing::None, world_.size())});
      const auto loss = loss_of(sharded, mine) / static_cast<double>(batches.size());
      engine_.begin_backward(i + 1 == batches.size());
      loss.backward();
      Agreed agreed;
      engine_.end_backward(agreed);
      agreed.start(order_);
      agreed.wait(world_, "backward", static_cast<std::int64_t>(i));
      engine_.take_agreed(agreed);
      EXPECT_EQ(engine_.whole_units(), 0U);
    }
    const torch::NoGradGuard no_grad;
    std::uint32_t position = 0;
    for (auto& parameter : whole->parameters()) {
      const auto& piece = engine_.piece(position);
      EXPECT_EQ(piece.grad().defined(), parameter.grad().defined()) << position;
      if (parameter.grad().defined()) parameter.sub_(parameter.grad(), 0.1);
      if (piece.grad().defined()) Tensor(piece).sub_(piece.grad(), 0.1);
      parameter.mutable_grad().reset();
      Tensor(piece).mutable_grad().reset();
      const auto& range = engine_.range(position);
      EXPECT_LT((parameter.flatten().slice(0, range.begin, range.end) - piece).norm().item<double>(), 1e-12);
      ++position;
    }
  }

  void train(const std::vector<std::string>& modules) {
    for (auto* net : {&sharded, &whole}) {
      for (auto& item : (*net)->named_parameters())
        item.value().set_requires_grad(
            std::ranges::any_of(modules, [&](const auto& m) { return item.key().starts_with(m); }));
    }
    engine_.phase_changed();
  }

  [[nodiscard]] Tensor batch(int seed) const {
    torch::manual_seed(seed);
    return torch::randint(0, 11, {2 * world_.size(), 3});
  }
  Engine& engine() { return engine_; }
  // Since the last call.
  Traffic traffic() { return std::exchange(traffic_, {}); }

  Net sharded;
  Net whole;

 private:
  [[nodiscard]] std::vector<int> ranks() const {
    std::vector<int> all;
    for (int r = 0; r < world_.size(); ++r) all.push_back(r);
    return all;
  }
  World& world_;
  comm::Group order_;
  Traffic traffic_;
  Engine engine_;
  Tap tap_;
};

class Ranks : public testing::TestWithParam<int> {};

TEST_P(Ranks, TrainAsOneProcessDoesThroughPhasesAndValidation) {
  ranks::run(GetParam(), [](World& world) {
    Beside beside(world);
    int seed = 0;
    for (const std::vector<std::string>& phase : {std::vector<std::string>{"head"}, {"head", "middle", "norm"}, {""}}) {
      beside.train(phase);
      for (int i = 0; i < 4; ++i) beside.step({beside.batch(++seed)});
      const torch::NoGradGuard no_grad;
      for (int i = 0; i < 3; ++i) {
        const auto tokens = beside.batch(100 + i);
        EXPECT_LT((loss_of(beside.sharded, tokens) - loss_of(beside.whole, tokens)).abs().item<double>(), 1e-12);
      }
    }
  });
}

TEST_P(Ranks, AccumulateBatchesBeforeTheyReduce) {
  ranks::run(GetParam(), [](World& world) {
    Beside beside(world, false);
    for (int i = 0; i < 4; ++i) beside.step({beside.batch(i), beside.batch(i + 50), beside.batch(i + 70)});
  });
}
INSTANTIATE_TEST_SUITE_P(Engine, Ranks, testing::Values(2, 3),
                         [](const auto& test) { return fmt::format("{}Processes", test.param); });

TEST(Engine, HoldsTwoUnitsAtMostAndGathersAheadInTheSecondStep) {
  ranks::run(2, [](World& world) {
    Beside beside(world);
    beside.train({"head"});
    beside.step({beside.batch(1)});
    const auto first = beside.engine().gathers();
    beside.step({beside.batch(2)});
    EXPECT_EQ(beside.engine().gathers(), 2 * first);
    // embed, up, middle, down, head forward; nothing behind the head is needed in backward but the head itself
    EXPECT_EQ(first, 5);
  });
}

// What sharding cannot do without: each unit once for the forward pass, once more for a backward pass that uses its
// weights, except the last one, which is still there; and each gradient once, into the rank that keeps its piece.
struct Least {
  std::vector<std::string> trained;
  std::vector<std::vector<std::int64_t>> gathered;  // sizes of segments
  std::vector<std::int64_t> reduced;
};

TEST(Engine, SendsNoMoreThanTheLeastThatAStepNeeds) {
  const std::vector<std::int64_t> embed{11 * 5, 5 + 5}, up{7 * 5 + 7}, middle{7 * 7 + 7}, down{5 * 7 + 5 + 3 * 3 + 3},
      head{11 * 5 + 11};
  const std::vector<std::vector<std::int64_t>> forward{embed, up, middle, down, head};
  const auto with = [&](std::initializer_list<std::vector<std::int64_t>> backward) {
    auto all = forward;
    all.insert(all.end(), backward);
    return all;
  };
  const std::vector<Least> cases = {
      {{"head"}, forward, {head[0]}},
      {{"head", "down", "idle"}, forward, {head[0], down[0]}},
      {{"head", "middle"}, with({down}), {head[0], middle[0]}},
      {{""}, with({down, middle, up, embed}), {head[0], down[0], middle[0], up[0], embed[0], embed[1]}},
  };
  ranks::run(3, [&](World& world) {
    const auto padded = [&](std::int64_t n) { return (n + world.size() - 1) / world.size() * world.size(); };
    Beside beside(world);
    for (const auto& least : cases) {
      beside.train(least.trained);
      beside.step({beside.batch(1)});
      beside.traffic();
      for (int i = 2; i < 5; ++i) {  // the second step follows the order of the first
        beside.step({beside.batch(i)});
        Traffic wanted;
        for (const auto& unit : least.gathered) {
          for (const auto n : unit) wanted.gathered += padded(n);
        }
        for (const auto n : least.reduced) wanted.reduced += padded(n);
        const auto seen = beside.traffic();
        EXPECT_EQ(seen.gathered, wanted.gathered) << least.trained.back() << ", step " << i;
        EXPECT_EQ(seen.reduced, wanted.reduced) << least.trained.back() << ", step " << i;
      }
    }
  });
}

TEST(Engine, FollowsWhenAllRanksChangeTheirOrder) {
  ranks::run(2, [](World& world) {
    Beside beside(world);
    for (int i = 0; i < 6; ++i) {
      beside.sharded->swapped = beside.whole->swapped = i % 3 == 2;
      beside.step({beside.batch(i)});
    }
  });
}

TEST(Engine, NamesUnitsAndOperatorsWhenRanksDiverge) {
  ranks::run(2, [](World& world) {
    Beside beside(world);
    beside.step({beside.batch(1)});
    beside.step({beside.batch(2)});
    auto run = [&] {
      if (world.rank() == 0) return loss_of(beside.sharded, beside.batch(3));
      return beside.sharded->head(torch::zeros({1, 5}, torch::kDouble)).sum();
    };
    try {
      run();
      ADD_FAILURE() << "the ranks gathered different units without a word";
    } catch (const comm::Diverged& e) {
      EXPECT_THAT(e.what(), testing::AllOf(testing::HasSubstr("'head'"), testing::HasSubstr("rank 1"),
                                           testing::HasSubstr("aten::")));
    }
  });
}

}  // namespace
}  // namespace fts::shard
