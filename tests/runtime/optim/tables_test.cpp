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

// A run of an optimizer over the gradients of the file.
class TableRun {
 public:
  TableRun(const json& file, const json& table, bool fused) : file_(file), table_(table), fused_(fused) {
    auto made = make_optimizer({table.at("name"), table.at("arguments")});
    EXPECT_TRUE(made);
    optimizer_ = std::move(*made);
    add(0, json::object());
    add(1, table.at("second"));
  }
  void step(std::size_t at) {
    if (at == file_.at("joins_at")) add(2, table_.at("second"));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const auto& gradient = file_.at("gradients")[at][i];
      parameters_[i].mutable_grad() = gradient.is_null() ? at::Tensor() : tensor(gradient, file_.at("shapes")[i]);
    }
    optimizer_->step();
  }
  void expect(std::size_t at) const {
    const auto& wanted = table_.at("parameters")[at];
    ASSERT_EQ(wanted.size(), parameters_.size());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const auto theirs = tensor(wanted[i], file_.at("shapes")[i]);
      // A fused kernel rounds at other places.
      const double tolerance = fused_ ? 1e-5 : 1e-6;
      EXPECT_TRUE(torch::allclose(parameters_[i], theirs, tolerance, tolerance))
          << "step " << at << ", parameter " << i << ": " << (parameters_[i] - theirs).abs().max().item<float>();
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
  void add(std::uint32_t i, const json& own) {
    parameters_.push_back(tensor(table_.at("start")[i], file_.at("shapes")[i]).requires_grad_());
    json arguments = table_.at("arguments");
    arguments.update(own);
    arguments["fused"] = fused_;
    const auto added = optimizer_->add_group({"group" + std::to_string(i), {i}, {parameters_.back()}, arguments});
    EXPECT_TRUE(added) << added.error().text();
  }

  const json& file_;
  const json& table_;
  bool fused_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<at::Tensor> parameters_;
};

void for_each_step(const std::function<void(TableRun&)>& before) {
  std::ifstream in(FTS_SOURCE_DIR "/tests/data/optimizers/tables.json");
  const auto file = json::parse(in);
  for (const auto& table : file.at("tables")) {
    for (const bool fused : {true, false}) {
      SCOPED_TRACE(table.at("name").dump() + table.at("arguments").dump() + (fused ? " fused" : ""));
      TableRun run(file, table, fused);
      for (std::size_t i = 0; i < file.at("gradients").size() && !::testing::Test::HasFailure(); ++i) {
        before(run);
        run.step(i);
        run.expect(i);
      }
    }
  }
}

TEST(Optimizers, EqualPyTorchsOnRecordedGradientsOfWhichSomeAreNone) {
  for_each_step([](TableRun&) {});
}

TEST(Optimizers, GoOnFromTheirStateAtEveryStep) {
  for_each_step([](TableRun& run) { run.resume(); });
}

}  // namespace
}  // namespace fts::optim
