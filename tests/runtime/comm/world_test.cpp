#include "compiler/base/code.hpp"
#include "runtime/comm/world.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/support/ranks.hpp"

namespace fts {
namespace {

torch::Tensor floats(std::vector<float> values) { return torch::tensor(values); }

TEST(World, IsOneProcessByItself) {
  auto world = World::join({});
  ASSERT_TRUE(world) << world.error().text();
  EXPECT_EQ((*world)->size(), 1);
  auto out = torch::zeros({2});
  (*world)->all().all_gather(out, floats({1, 2})).wait();
  EXPECT_TRUE(out.equal(floats({1, 2})));
}

TEST(World, DoesEveryCollective) {
  ranks::run(3, [](World& world) {
    const auto rank = static_cast<float>(world.rank());
    auto gathered = torch::zeros({6});
    world.all().all_gather(gathered, floats({rank, 10 * rank})).wait();
    EXPECT_TRUE(gathered.equal(floats({0, 0, 1, 10, 2, 20})));

    auto scattered = torch::zeros({1});
    world.all().reduce_scatter(scattered, floats({rank, rank + 1, rank + 2})).wait();
    EXPECT_TRUE(scattered.equal(floats({3 + 3 * rank})));

    auto sum = floats({rank, 1});
    world.all().all_reduce(sum).wait();
    EXPECT_TRUE(sum.equal(floats({3, 3})));
    auto greatest = floats({rank});
    world.all().all_reduce_max(greatest).wait();
    EXPECT_TRUE(greatest.equal(floats({2})));
    auto sent = floats({rank});
    world.all().broadcast(sent, 1).wait();
    EXPECT_TRUE(sent.equal(floats({1})));
    world.all().barrier();
  });
}

TEST(World, ExchangesInAnotherThreadBesideItsOwn) {
  ranks::run(3, [](World& world) {
    const auto beside = world.new_exchange();
    std::thread other([&] {
      for (int i = 0; i < 5; ++i) EXPECT_EQ(beside(std::to_string(world.rank() + i))[2], std::to_string(2 + i));
    });
    for (int i = 0; i < 5; ++i) EXPECT_EQ(world.exchange(std::to_string(10 * i))[1], std::to_string(10 * i));
    other.join();
  });
}

// Not only where the connection breaks: the store still holds what a rank said before.
TEST(World, ExchangesNothingWithARankThatIsGone) {
  ranks::run(3, [](World& world) {
    const auto exchange = world.new_exchange();
    EXPECT_EQ(exchange("here").size(), 3U);
    if (world.rank() == 1) std::_Exit(0);
    try {
      (void)exchange("there");
      FAIL();
    } catch (const comm::CollectiveFailed& e) {
      EXPECT_STREQ(e.what(), "rank 1 is gone");
    }
  });
}

TEST(World, LaysRanksOutOnAMesh) {
  ranks::run(4, [](World& world) {
    const auto mesh = world.mesh(2, 2);
    EXPECT_THAT(mesh.data.ranks(), testing::ElementsAre(world.rank() % 2, world.rank() % 2 + 2));
    EXPECT_THAT(mesh.tensor.ranks(), testing::ElementsAre(world.rank() / 2 * 2, world.rank() / 2 * 2 + 1));
    auto sum = floats({static_cast<float>(world.rank())});
    mesh.tensor.all_reduce(sum).wait();
    EXPECT_EQ(sum.item<float>(), static_cast<float>(world.rank() / 2 * 4 + 1));
  });
}

TEST(World, MakesAGroupOnceForAllSessionsOfAProgram) {
  ranks::run(2, [](World& world) {
    const auto first = world.group("gather", world.ranks());
    EXPECT_EQ(world.group("gather", world.ranks()).backend(), first.backend());
    EXPECT_NE(world.group("reduce", world.ranks()).backend(), first.backend());
    EXPECT_NE(world.group("gather", {world.rank()}).backend(), first.backend());
  });
}

TEST(World, NamesTheRankThatIsGone) {
  const auto outcomes = ranks::outcomes(3, [](World& world) {
    world.all().barrier();
    if (world.rank() == 2) std::raise(SIGKILL);
    try {
      auto sum = floats({1});
      world.all().all_reduce(sum).wait();
      ADD_FAILURE() << "a collective went through without rank 2";
    } catch (const std::exception& e) {
      const auto error = world.explain(e.what(), "adding up");
      EXPECT_THAT(error.text(), testing::HasSubstr("rank 2 of 3 is gone"));
      EXPECT_EQ(error.diagnostics.front().code, Code::rank_lost);
    }
  });
  if (outcomes.empty()) return;
  EXPECT_EQ(outcomes[0].status, 0) << outcomes[0].output;
  EXPECT_EQ(outcomes[1].status, 0) << outcomes[1].output;
  EXPECT_EQ(outcomes[2].status, -SIGKILL);
}

TEST(World, ThatNobodyElseJoinsIsAnErrorAfterTheTimeout) {
  comm::Rendezvous alone;
  alone.rank = 1;
  alone.size = 2;
  alone.address = "127.0.0.1";
  alone.port = 1;  // nobody listens here
  const auto world = World::join(alone, {std::chrono::milliseconds(300), std::chrono::milliseconds(300)});
  ASSERT_FALSE(world);
  EXPECT_THAT(world.error().text(), testing::HasSubstr("rank 1 of 2 did not meet the others at 127.0.0.1:1"));
}

}  // namespace
}  // namespace fts
