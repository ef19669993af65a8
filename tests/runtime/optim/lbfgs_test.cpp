// L-BFGS against PyTorch's own on recorded losses and gradients (tests/peer/optimizer_tables.py made the tables).
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

std::unique_ptr<Optimizer> make(const json& arguments, const std::vector<at::Tensor>& parameters) {
  auto made = make_optimizer({"lbfgs", arguments});
  EXPECT_TRUE(made);
  EXPECT_TRUE((*made)->evaluates_again());
  const auto added = (*made)->add_group({"group", {0, 1}, parameters, arguments});
  EXPECT_TRUE(added) << added.error().text();
  return std::move(*made);
}

// Steps through a table; `resumes`: before every step with an optimizer made anew from the old one's state.
void follow(const json& table, bool resumes) {
  std::vector<at::Tensor> parameters;
  for (std::size_t i = 0; i < 2; ++i)
    parameters.push_back(tensor(table.at("start")[i], table.at("shapes")[i]).requires_grad_());
  auto optimizer = make(table.at("arguments"), parameters);
  for (std::size_t step = 0; step < table.at("evaluations").size(); ++step) {
    if (resumes) {
      const auto old = std::exchange(optimizer, make(table.at("arguments"), parameters));
      ASSERT_TRUE(optimizer->load_state(old->state()));
    }
    const auto& evaluations = table.at("evaluations")[step];
    std::size_t next = 0;
    optimizer->step([&] {
      const auto& e = evaluations.at(std::min(next++, evaluations.size() - 1));
      for (std::size_t i = 0; i < 2; ++i)
        parameters[i].mutable_grad() = tensor(e.at("gradients")[i], table.at("shapes")[i]);
      return e.at("loss").get<double>();
    });
    EXPECT_EQ(next, evaluations.size()) << "step " << step;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto wanted = tensor(table.at("parameters")[step][i], table.at("shapes")[i]);
      EXPECT_TRUE(torch::allclose(parameters[i], wanted, 1e-5, 1e-6)) << "step " << step << ", parameter " << i;
    }
  }
}

TEST(Lbfgs, EqualsPyTorchsOnRecordedGradientsAlsoFromItsStateAtEveryStep) {
  std::ifstream in(FTS_SOURCE_DIR "/tests/data/optimizers/lbfgs.json");
  for (const auto& table : json::parse(in)) {
    SCOPED_TRACE(table.at("arguments").dump());
    follow(table, false);
    follow(table, true);
  }
}

TEST(Lbfgs, TakesOneGroupOnly) {
  const auto parameter = torch::zeros({2}).requires_grad_();
  auto optimizer = make_optimizer({"lbfgs", json::object()});
  ASSERT_TRUE((*optimizer)->add_group({"one", {0}, {parameter}, json::object()}));
  const auto added = (*optimizer)->add_group({"two", {1}, {torch::zeros({2})}, json::object()});
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().text().find("it takes one parameter group only"), std::string::npos);
}

}  // namespace
}  // namespace fts::optim
