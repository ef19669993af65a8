// Meant for the thread sanitizer too: training goes on while a checkpoint is written.
#include "runtime/checkpoint/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>

#include "tests/runtime/support/tiny_models.hpp"

namespace fts::checkpoint {
namespace {

Content content_of(const torch::nn::Module& module) {
  Content content{"{}\n", {{"epoch", 1}}, {}, {}};
  for (const auto& p : module.named_parameters()) {
    const auto& tensor = p.value();
    content.model.push_back({p.key(), tensor.requires_grad() ? tensor.detach().clone() : tensor.detach()});
  }
  return content;
}

TEST(Writer, WritesWhatWasThereWhileTrainingGoesOn) {
  const auto folder = test::fresh_folder("writer");
  test::Mlp model;
  for (auto& p : model->fc1->parameters()) p.set_requires_grad(false);
  const auto before = model->head->weight.detach().clone();
  Writer writer;
  writer.start(folder, "000001-epoch0", content_of(*model), {}, {});
  torch::optim::SGD optimizer(model->head->parameters(), 0.1);
  for (int step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    model(torch::ones({4, 8})).sum().backward();
    optimizer.step();
  }
  for (auto& p : model->fc1->parameters()) p.set_requires_grad(true);  // a move thaws what is being written
  EXPECT_EQ(writer.finished(true).value(), "000001-epoch0");
  const auto loaded = load(folder + "/000001-epoch0");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_TRUE(torch::equal(loaded->model.find("head.weight")->read(), before));
  EXPECT_FALSE(torch::equal(model->head->weight, before));
}

TEST(Writer, RemovesOthersOnlyWhenTheNewOneIsThere) {
  const auto folder = test::fresh_folder("writer");
  test::Mlp model;
  ASSERT_TRUE(save(folder, "000001-epoch0", content_of(*model)));
  Writer writer;
  writer.start(folder, "000002-epoch1", content_of(*model), {}, {"000001-epoch0"});
  ASSERT_TRUE(writer.finished(true));
  EXPECT_THAT(list(folder), testing::ElementsAre("000002-epoch1"));

  std::filesystem::create_directories(folder + "/000003-epoch2/in_the_way");
  writer.start(folder, "000003-epoch2", content_of(*model), {}, {"000002-epoch1"});
  EXPECT_FALSE(writer.finished(true));
  EXPECT_THAT(list(folder), testing::ElementsAre("000002-epoch1"));
  EXPECT_EQ(writer.finished(true).value(), std::nullopt);
}

TEST(Writer, WaitsWhenItGoes) {
  const auto folder = test::fresh_folder("writer");
  {
    Writer writer;
    writer.start(folder, "000001-epoch0", content_of(*test::Mlp()), {}, {});
  }
  EXPECT_THAT(list(folder), testing::ElementsAre("000001-epoch0"));
}

}  // namespace
}  // namespace fts::checkpoint
