// Layers that several processes compute together end with the weights of one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "compiler/base/code.hpp"
#include "runtime/comm/world.hpp"
#include "tests/runtime/many/first_ranks.hpp"
#include "tests/runtime/many/odd_net.hpp"
#include "tests/runtime/many/tensor_net.hpp"
#include "tests/support/ranks.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests
using testing::HasSubstr;

const std::string kAttention = "\"attention.{q,k,v}\" => colwise\n\"attention.o\" => rowwise\n";
const std::string kMlp = "\"up\" => colwise\n\"down\" => rowwise\n";
const std::string kEnds = "\"embed\" => rowwise\n\"head\" => colwise_gather_output\n";
const std::string kSequence = R"(
    "embed"              => rowwise { output_layouts = shard(1) }
    "norm1" | "norm2" | "norm3" => sequence_parallel
    "attention.{q,k,v}"  => colwise { input_layouts = shard(1) }
    "attention.o"        => rowwise { output_layouts = shard(1) }
    "up"                 => colwise { input_layouts = shard(1) }
    "down"               => rowwise { output_layouts = shard(1) }
    "head"               => colwise { input_layouts = shard(1), output_layouts = replicate }
)";
const std::string kUnits = "\"attention\" => {}\n\"up\" => {}\n\"down\" => {}\n\"\" => {}\n";

struct Case {
  std::string name;
  int data, tensor;
  std::string tp_plan, fsdp_plan;
  std::string schedule = {};
  TensorNetOptions net = {};
};

std::string text_of(const Case& c) {
  return tensor_schedule(c.net.tied ? "\"head.**\" | \"embed.**\"" : "\"head.**\"", c.schedule,
                         fmt::format("strategy many {{\n  adapter = model_parallel\n"
                                     "  mesh = {{ data = {}, tensor = {} }}\n"
                                     "  tp_plan {{\n{}\n}}\n  fsdp_plan {{\n{}\n}}\n}}\n",
                                     c.data, c.tensor, c.tp_plan, c.fsdp_plan));
}

// A file of the case, the same on every rank.
std::string file_of(World& world, const Case& c) {
  const auto file = world.exchange(world.rank() == 0 ? fresh_folder(c.name) + "/net.fts" : "").front();
  if (world.rank() == 0) std::ofstream(file) << text_of(c);
  world.all().barrier();
  return file;
}

Options options_for(const std::string& strategy) {
  Options options;
  options.progress = false;
  options.strategy = strategy;
  return options;
}

Options options_for(const std::string& strategy, World& world) {
  auto options = options_for(strategy);
  options.world = with(world).world;
  return options;
}

void expect_equal(const std::vector<torch::Tensor>& found, const std::vector<torch::Tensor>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(found[i].sizes(), expected[i].sizes()) << "parameter " << i;
    EXPECT_LT(((found[i] - expected[i]).norm() / expected[i].norm()).item<double>(), 1e-9) << "parameter " << i;
  }
}

std::vector<Case> cases() {
  const auto most = kAttention + kMlp;
  return {
      {"Columns", 1, 2, kMlp, ""},
      {"Layer", 1, 2, most, ""},
      {"LayerAndEnds", 1, 2, most + kEnds, ""},
      {"Sharded", 1, 2, most + kEnds, kUnits},
      {"OnThreeRanks", 1, 3, most + kEnds, kUnits},
      {"OnAMesh", 2, 2, most + kEnds, kUnits},
      {"OnAMeshWithPlainParameters", 2, 2, most + kEnds, "\"attention\" => {}\n"},
      {"OnAMeshReplicated", 2, 2, most + kEnds, ""},
      {"Sequence", 1, 2, kSequence, ""},
      {"SequenceOnThreeRanks", 1, 3, kSequence, kUnits},
      {"SequenceOnAMesh", 2, 2, kSequence, kUnits},
      {"SplitInputs", 1, 2,
       "\"up\" => colwise_gather_output\n\"down\" => rowwise_split_input\n"
       "\"embed\" => colwise { output_layouts = replicate }\n",
       kUnits},
      {"Tied", 2, 2, most + kEnds, kUnits, "", {.tied = true}},
      {"Clipped", 2, 2, most + kEnds, "\"attention\" => {}\n\"up\" => {}\n", "gradient_clip_val = 0.3"},
      {"ClippedWithoutUnits", 1, 2, most + kEnds, "", "gradient_clip_val = 0.3"},
      {"SequenceClipped", 1, 2, kSequence, "", "gradient_clip_val = 0.3"},
      {"Accumulating", 2, 2, most + kEnds, kUnits, "accumulate_grad_batches = 4"},
      {"WithoutRestore", 1, 2, most, kUnits, "restore_best = false"},
  };
}

class TensorEquality : public testing::TestWithParam<Case> {};

TEST_P(TensorEquality, WithOneProcess) {
  ranks::run(GetParam().data * GetParam().tensor, [](World& world) {
    const auto& c = GetParam();
    const auto file = file_of(world, c);
    TensorNet one(c.net), many(c.net);
    const auto expected = train_tensor_net(one, file, options_for("one"), 0, 1);
    const auto found = train_tensor_net(many, file, options_for("many", world), world.rank() / c.tensor, c.data);
    ASSERT_EQ(found.losses.size(), 54U);
    EXPECT_EQ(found.result.moves.size(), 2U);
    for (const auto& warning : found.result.warnings) EXPECT_NE(warning.code, Code::adapter_failed) << warning.message;
    for (std::size_t i = 0; i < expected.losses.size(); ++i) {
      const auto loss = torch::tensor(found.losses[i], torch::kDouble);
      world.all().all_reduce(loss).wait();
      EXPECT_NEAR(loss.item<double>() / world.size(), expected.losses[i], 1e-9) << "step " << i;
    }
    for (std::size_t i = 0; i < expected.validation.size(); ++i)
      EXPECT_NEAR(found.validation[i], expected.validation[i], 1e-9);
    expect_equal(found.weights, expected.weights);
  });
}
INSTANTIATE_TEST_SUITE_P(Plans, TensorEquality, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TEST(TensorParallel, KeepsASliceOfParametersAndOfTheOptimizersState) {
  ranks::run(2, [](World& world) {
    const Case c{"slices", 1, 2, kAttention + kMlp + kEnds, ""};
    TensorNet net;
    const auto kept = loss_of(net, tokens_of(1));  // a graph of whole parameters
    train_tensor_net(net, file_of(world, c), options_for("many", world), 0, 1, [&](Session&, int batch) {
      if (batch != 50) return;
      EXPECT_EQ(net->up->weight.sizes(), (std::vector<std::int64_t>{12, 12}));
      EXPECT_EQ(net->up->bias.sizes(), (std::vector<std::int64_t>{12}));
      EXPECT_EQ(net->down->weight.sizes(), (std::vector<std::int64_t>{12, 12}));
      EXPECT_EQ(net->down->bias.sizes(), (std::vector<std::int64_t>{12}));
      EXPECT_EQ(net->embed->weight.sizes(), (std::vector<std::int64_t>{12, 12}));
      EXPECT_EQ(net->up->weight.storage().nbytes(), 12U * 12U * 8U);
    });
    EXPECT_EQ(net->up->weight.sizes(), (std::vector<std::int64_t>{24, 12}));
  });
}

TEST(TensorParallel, DropsOutAlikeWhatEveryRankHas) {
  ranks::run(2, [](World& world) {
    const Case c{"dropout", 1, 2, kAttention + kMlp + kEnds, "", "", {.dropout = 0.3}};
    const auto file = file_of(world, c);
    TensorNet one(c.net), many(c.net);
    torch::manual_seed(3);
    const auto expected = train_tensor_net(one, file, options_for("one"), 0, 1);
    torch::manual_seed(3 + world.rank());  // rank 0's holds
    expect_equal(train_tensor_net(many, file, options_for("many", world), 0, 1).weights, expected.weights);
  });
}

TEST(TensorParallel, OpensCheckpointsOfAnyMesh) {
  ranks::run(4, [](World& world) {
    const auto folder = world.exchange(world.rank() == 0 ? fresh_folder("meshes") : "").front();
    struct Leg {
      int data, tensor;
      std::string tp_plan;
      int until;
    };
    const auto plan = kAttention + kMlp + kEnds;
    std::vector<torch::Tensor> weights;
    for (const auto& leg :
         std::vector<Leg>{{1, 2, plan, 2}, {1, 1, plan, 4}, {2, 2, kSequence, 6}, {1, 3, plan, 7}, {2, 2, plan, 9}}) {
      const Case c{fmt::format("leg{}", leg.until), leg.data, leg.tensor, leg.tp_plan, kUnits};
      const auto file = file_of(world, c);
      if (const auto part = first_ranks(world, leg.data * leg.tensor)) {
        TensorNet net;
        auto options = options_for(part->size() == 1 ? "one" : "many");
        if (part->size() > 1) options.world = part;
        options.checkpoints = options.resume = folder;
        options.max_epochs = leg.until;
        const auto run = train_tensor_net(net, file, options, part->rank() / leg.tensor, leg.data);
        EXPECT_EQ(run.result.epochs, leg.until);
        weights = run.weights;
      }
      world.all().barrier();
    }
    TensorNet net;
    const Case c{"one", 2, 2, plan, kUnits};
    expect_equal(weights, train_tensor_net(net, file_of(world, c), options_for("one"), 0, 1).weights);
  });
}

// ---- what is said

std::string failure_of(World& world, const Case& c, int share = 0, int shares = 1) {
  TensorNet net(c.net);
  try {
    train_tensor_net(net, file_of(world, c), options_for("many", world), share, shares);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

TEST(TensorParallel, TellsOfAModelThatCountsOnAllHeads) {
  ranks::run(2, [](World& world) {
    const auto why = failure_of(world, {"heads", 1, 2, kAttention, "", "", {.heads = 6}});
    EXPECT_THAT(why, HasSubstr("leaves its output split over 2 tensor-parallel ranks"));
    EXPECT_THAT(why, HasSubstr("colwise_gather_output"));
  });
}

TEST(TensorParallel, TellsOfRanksThatDoNotHaveTheSameBatch) {
  ranks::run(2, [](World& world) {
    EXPECT_THAT(failure_of(world, {"batches", 1, 2, kMlp, ""}, world.rank(), 2),
                HasSubstr("the tensor-parallel ranks give 'up' different inputs"));
  });
}

TEST(TensorParallel, TellsOfASequenceThatIsNotSaid) {
  ranks::run(2, [](World& world) {
    const auto why =
        failure_of(world, {"sequence", 1, 2, "\"embed\" => rowwise { output_layouts = shard(1) }\n" + kMlp, ""});
    EXPECT_THAT(why, HasSubstr("'up' different inputs"));
    EXPECT_THAT(why, HasSubstr("input_layouts = shard(1)"));
  });
}

TEST(TensorParallel, TellsOfATiedWeightThatIsUsedOutsideThePlan) {
  ranks::run(2, [](World& world) {
    EXPECT_THAT(failure_of(world, {"tied", 1, 2, "\"embed\" => rowwise\n", "", "", {.tied = true}}),
                HasSubstr("every layer that uses a tied weight"));
  });
}

TEST(TensorParallel, RefusesStylesOfModuleBoundaries) {
  ranks::run(2, [](World& world) {
    const auto why =
        failure_of(world, {"prepared", 1, 2,
                           kAttention + "\"attention\" => prepare_module_input { input_layouts = shard(1), "
                                        "desired_input_layouts = replicate }\n",
                           ""});
    EXPECT_THAT(why, HasSubstr("FTS1002"));
    EXPECT_THAT(why, HasSubstr("'attention' (prepare_module_input)"));
  });
}

TEST(TensorParallel, RefusesSizesThatTheRanksDoNotDivide) {
  ranks::run(5, [](World& world) { EXPECT_THAT(failure_of(world, {"five", 1, 5, kMlp, ""}), HasSubstr("FTS0731")); });
}

// A parameter that each rank uses on its part of the sequence, without the plan's saying so.
TEST(TensorParallel, TellsOfGradientsThatDrift) {
  ranks::run(2, [](World& world) {
    auto plan = kSequence;
    plan.replace(plan.find("| \"norm3\" "), std::string("| \"norm3\" ").size(), "");
    const auto why = failure_of(world, {"drift", 1, 2, plan, kUnits});
    EXPECT_THAT(why, HasSubstr("FTS1403"));
    EXPECT_THAT(why, HasSubstr("different gradients of 'norm3.weight', 'norm3.bias'"));
  });
}

struct Divergence {
  std::string name;
  std::string fsdp_plan;
  std::vector<std::string> said;  // on both ranks
};

void PrintTo(const Divergence& c, std::ostream* out) { *out << c.name; }

class Diverging : public testing::TestWithParam<Divergence> {};

TEST_P(Diverging, IsToldWithBothLayers) {
  ranks::run(2, [](World& world) {
    TensorNet net;
    std::string why;
    try {
      train_tensor_net(net, file_of(world, {"diverging", 1, 2, kAttention + kMlp + kEnds, GetParam().fsdp_plan}),
                       options_for("many", world), 0, 1,
                       [&](Session&, int batch) { net->skips = batch == 20 && world.rank() == 1; });
    } catch (const std::exception& e) {
      why = e.what();
    }
    for (const auto& words : GetParam().said) EXPECT_THAT(why, HasSubstr(words));
  });
}
INSTANTIATE_TEST_SUITE_P(
    Ranks, Diverging,
    testing::Values(Divergence{"InPlainLayers", "", {"different layers", "'down' of", "'head' of"}},
                    Divergence{"InShardedLayers", kUnits, {"rank 1 computes 'head'", "rank 0 needs 'up"}}),
    [](const auto& test) { return test.param.name; });

TEST(TensorParallel, NamesAKilledRank) {
  const auto outcomes = ranks::outcomes(3, [](World& world) {
    TensorNet net;
    try {
      train_tensor_net(net, file_of(world, {"killed", 1, 3, kAttention + kMlp, kUnits}), options_for("many", world), 0,
                       1, [&](Session&, int batch) {
                         if (batch == 20 && world.rank() == 1) std::raise(SIGKILL);
                       });
      ADD_FAILURE() << "the run went on without rank 1";
    } catch (const std::exception& e) {
      EXPECT_THAT(e.what(), HasSubstr("FTS1402"));
      EXPECT_THAT(e.what(), HasSubstr("rank 1 of 3 is gone"));
    }
  });
  if (outcomes.empty()) return;
  EXPECT_EQ(outcomes[0].status, 0) << outcomes[0].output;
  EXPECT_EQ(outcomes[1].status, -SIGKILL);
  EXPECT_EQ(outcomes[2].status, 0) << outcomes[2].output;
}

}  // namespace
}  // namespace fts
