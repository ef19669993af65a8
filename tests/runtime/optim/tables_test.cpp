// Every optimizer against PyTorch's own on recorded gradients (tests/peer/optimizer_tables.py made the tables).
#include <fstream>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/optim/optimizer.hpp"

namespace fts::optim {
namespace {

using nlohmann::json;

at::Tensor tensor(const json& values, const json& shape) {
  return torch::tensor(values.get<std::vector<double>>(), torch::kFloat).view(shape.get<std::vector<std::int64_t>>());
}

class Table {
 public:
  Table(const json& table, bool fused) : table_(table) {
    auto made = make_optimizer({table.at("name"), table.at("arguments")});
    EXPECT_TRUE(made);
    optimizer_ = std::move(*made);
    for (std::uint32_t i = 0; i < 2; ++i) {
      parameters_.push_back(tensor(table.at("start")[i], table.at("shapes")[i]).requires_grad_());
      json arguments = table.at("arguments");
      if (i == 1) arguments.update(table.at("second"));
      arguments["fused"] = fused;
      const auto added = optimizer_->add_group({"group", {i}, {parameters_.back()}, arguments});
      EXPECT_TRUE(added) << added.error().text();
    }
  }
  void step(std::size_t at) {
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& gradient = table_.at("gradients")[at][i];
      parameters_[i].mutable_grad() = gradient.is_null() ? at::Tensor() : tensor(gradient, table_.at("shapes")[i]);
    }
    optimizer_->step();
  }
  void expect(std::size_t at) const {
    for (std::size_t i = 0; i < 2; ++i) {
      const auto wanted = tensor(table_.at("parameters")[at][i], table_.at("shapes")[i]);
      EXPECT_TRUE(torch::allclose(parameters_[i], wanted, 1e-6, 1e-7)) << "step " << at << ", parameter " << i;
    }
  }
  // Goes on with an optimizer made anew, from the old one's state.
  void resume() {
    const auto old = std::move(optimizer_);
    optimizer_ = std::move(*make_optimizer(old->spec()));
    for (const auto& g : old->groups())
      ASSERT_TRUE(optimizer_->add_group({g.name, g.positions, g.parameters, g.arguments}));
    ASSERT_TRUE(optimizer_->load_state(old->state()));
  }

 private:
  const json& table_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<at::Tensor> parameters_;
};

void for_each_table(const std::function<void(const json&, bool fused)>& test) {
  std::ifstream in(FTS_SOURCE_DIR "/tests/data/optimizers/tables.json");
  const auto tables = json::parse(in);
  for (const auto& table : tables) {
    SCOPED_TRACE(table.at("name").dump() + table.at("arguments").dump());
    test(table, true);
    test(table, false);
  }
}

TEST(Optimizers, EqualPyTorchsOnRecordedGradients) {
  for_each_table([](const json& table, bool fused) {
    Table t(table, fused);
    for (std::size_t i = 0; i < table.at("gradients").size(); ++i) {
      t.step(i);
      t.expect(i);
    }
  });
}

TEST(Optimizers, GoOnFromTheirStateAtEveryStep) {
  for_each_table([](const json& table, bool fused) {
    Table t(table, fused);
    for (std::size_t i = 0; i < table.at("gradients").size(); ++i) {
      t.resume();
      t.step(i);
      t.expect(i);
    }
  });
}

}  // namespace
}  // namespace fts::optim
