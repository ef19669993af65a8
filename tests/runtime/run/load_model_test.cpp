#include "compiler/base/code.hpp"
#include "runtime/run/load_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/graph/graph.hpp"
#include "runtime/bind/graph_of.hpp"
#include "tests/runtime/run/run_support.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: files of the tests
using nlohmann::json;
using testing::HasSubstr;

json facts(const std::string& name) { return json::parse(text_of(kScripts + name + ".json")); }

NamedTensors batch_of(const json& facts) {
  NamedTensors batch;
  for (const auto& [name, rows] : facts.at("batch").items()) {
    if (!rows.front().is_array()) {
      batch.emplace(name, torch::tensor(rows.get<std::vector<std::int64_t>>()));
      continue;
    }
    std::vector<at::Tensor> all;
    for (const auto& row : rows) all.push_back(torch::tensor(row.get<std::vector<double>>()).to(torch::kFloat));
    batch.emplace(name, torch::stack(all));
  }
  return batch;
}

class Script : public testing::TestWithParam<std::string> {};

TEST_P(Script, HasTheNamesOfPythonAndItsLossAndGradients) {
  const auto python = facts(GetParam());
  auto model = load_script(kScripts + GetParam() + ".pt");
  ASSERT_TRUE(model) << model.error().text();
  auto& module = (*model)->module();
  std::vector<std::string> parameters, buffers;
  for (const auto& p : bind::parameters_of(module)) parameters.push_back(p.name);
  for (const auto& b : bind::buffers_of(module)) buffers.push_back(b.name);
  EXPECT_EQ(parameters, python.at("parameters"));
  EXPECT_EQ(buffers, python.at("buffers"));
  for (const auto& item : module.named_modules()) EXPECT_EQ(item.value()->name(), python.at("modules").at(item.key()));

  module.eval();
  const auto loss = (*model)->forward(batch_of(python)).at("loss");
  EXPECT_NEAR(loss.item<double>(), python.at("loss").get<double>(), 1e-6);
  loss.backward();
  for (const auto& p : module.named_parameters()) {
    if (!python.at("gradients").contains(p.key())) continue;
    EXPECT_NEAR(p.value().grad().sum().item<double>(), python.at("gradients").at(p.key()).get<double>(), 1e-5)
        << p.key();
  }
}

INSTANTIATE_TEST_SUITE_P(All, Script, testing::Values("mlp", "tied"), [](const auto& test) { return test.param; });

TEST(LoadScript, KeepsWhatIsFrozenAndWhatIsTied) {
  const auto mlp = load_script(kScripts + "mlp.pt");
  const auto frozen = (*mlp)->module().named_parameters();
  EXPECT_FALSE(frozen["fc2.bias"].requires_grad());
  EXPECT_TRUE(frozen["fc2.weight"].requires_grad());
  const auto tied = load_script(kScripts + "tied.pt");
  const auto parameters = (*tied)->module().named_parameters();
  EXPECT_TRUE(parameters["emb.weight"].is_same(parameters["out.weight"]));
  const auto graph = graph_of((*tied)->module());
  ASSERT_TRUE(graph) << graph.error().text();
  EXPECT_EQ(graph->model(), "Tied");
}

TEST(LoadScript, IsSwitchedByTrainAndEval) {
  auto model = load_script(kScripts + "mlp.pt");
  const auto batch = batch_of(facts("mlp"));
  const auto loss = [&] { return (*model)->forward(batch).at("loss").item<double>(); };
  (*model)->module().eval();
  EXPECT_EQ(loss(), loss());
  (*model)->module().train();
  torch::manual_seed(1);
  const auto first = loss();
  EXPECT_NE(first, loss());
}

TEST(LoadScript, TakesOptionalTensorsWhereTheDataHasThem) {
  auto model = load_script(kScripts + "mlp.pt");
  const auto inputs = (*model)->inputs();
  ASSERT_EQ(inputs.size(), 3U);
  EXPECT_TRUE(inputs[0].required);
  EXPECT_FALSE(inputs[2].required);
  (*model)->module().eval();
  auto batch = batch_of(facts("mlp"));
  const auto plain = (*model)->forward(batch).at("loss").item<double>();
  batch.emplace("weight", torch::full({5}, 2.0F));
  EXPECT_NEAR((*model)->forward(batch).at("loss").item<double>(), 2 * plain, 1e-5);
}

TEST(LoadModelLibrary, MakesTheRegisteredClassFromItsArguments) {
  auto model = load_model(FTS_TEST_MODEL, {{"classes", "4"}});
  ASSERT_TRUE(model) << model.error().text();
  EXPECT_EQ((*model)->module().named_parameters()["head.weight"].size(0), 4);
  const auto without = load_model(FTS_TEST_MODEL);
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().text(), HasSubstr("the argument 'classes' is missing"));
}

TEST(LoadModel, RefusesEverythingElseWithTheReason) {
  const auto folder = fresh_folder("load_model");
  const auto whole = text_of(kScripts + "mlp.pt");
  const std::vector<std::string> paths = {
      folder + "/none.pt",
      folder,
      write_file(folder + "/empty.pt", ""),
      write_file(folder + "/text.pt", "no model at all"),
      write_file(folder + "/zip.pt", "PK\3\4 and then nothing"),
      write_file(folder + "/half.pt", whole.substr(0, whole.size() / 2)),
      write_file(folder + "/elf.so", "\177ELF and then nothing"),
  };
  for (const auto& path : paths) {
    const auto model = load_model(path);
    ASSERT_FALSE(model) << path;
    EXPECT_EQ(model.error().diagnostics.front().code, Code::model_unusable) << path;
  }
  EXPECT_THAT(load_model("libc.so.6").error().text(), HasSubstr("libc.so.6"));
}

}  // namespace
}  // namespace fts
