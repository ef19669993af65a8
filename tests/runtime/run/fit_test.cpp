#include "runtime/run/fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace fts {
namespace {

using testing::HasSubstr;

std::string text(const tl::expected<void, Error>& result) { return result ? "fits" : result.error().text(); }

TEST(CheckInputs, WantsWhatForwardNeedsAndNothingElse) {
  const std::vector<Model::Input> inputs = {{"input_ids"}, {"mask"}, {"weight", false}};
  const auto t = torch::zeros({2});
  EXPECT_EQ(text(check_inputs(inputs, {{"input_ids", t}, {"mask", t}, {"more", t}}, "d")), "fits");
  EXPECT_EQ(text(check_inputs({}, {{"x", t}}, "d")), "fits");
  const auto refused = text(check_inputs(inputs, {{"input_id", t}, {"x", t}}, "d.safetensors"));
  EXPECT_THAT(refused, HasSubstr("FTS1303"));
  EXPECT_THAT(refused, HasSubstr("lacks 2 of the tensors"));
  EXPECT_THAT(refused, HasSubstr("'input_ids', did you mean 'input_id'?"));
  EXPECT_THAT(refused, HasSubstr("forward takes 'mask'"));
  EXPECT_THAT(refused, HasSubstr("it has input_id, x"));
}

struct Output {
  const char* name;
  NamedTensors tensors;
  const char* says;
};
void PrintTo(const Output& output, std::ostream* out) { *out << output.name; }

at::Tensor grad(at::IntArrayRef shape) { return torch::ones(shape, torch::requires_grad()) * 2; }

class ModelOutput : public testing::TestWithParam<Output> {};

TEST_P(ModelOutput, IsHeldAgainstWhatTrainingNeeds) {
  EXPECT_THAT(text(check_output(GetParam().tensors, true)), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, ModelOutput,
    testing::Values(Output{"a_loss_fits", {{"loss", grad({})}}, "fits"},
                    Output{"a_loss_of_one_element_fits", {{"loss", grad({1})}}, "fits"},
                    Output{"metrics_fit", {{"loss", grad({})}, {"hits", torch::tensor(3)}}, "fits"},
                    Output{"no_loss_is_suggested", {{"los", grad({})}}, "there is no 'loss', did you mean 'los'?"},
                    Output{"logits_are_no_loss", {{"loss", grad({5, 4})}}, "'loss' is 5x4, not a scalar"},
                    Output{"a_metric_a_row_is_none", {{"loss", grad({})}, {"hits", torch::ones(5)}}, "'hits' is 5"},
                    Output{"an_undefined_tensor", {{"loss", at::Tensor()}}, "'loss' is no tensor"},
                    Output{"an_integer_loss", {{"loss", torch::tensor(3)}}, "of an integer type"},
                    Output{"a_loss_of_nothing", {{"loss", torch::tensor(1.0)}}, "depends on no parameter"}),
    [](const auto& test) { return test.param.name; });

TEST(WatchedMetrics, AreThoseOfConditionsSchedulersAndCheckpoints) {
  plan::Schedule schedule;
  schedule.phases.resize(1);
  schedule.phases[0].until = test::epoch(3);
  schedule.phases[0].lr_scheduler = plan::Spec{"reduce_on_plateau", {{"monitor", "val_f1"}}};
  schedule.settings["checkpoint"] = {{"monitor", "val_auc"}};
  EXPECT_EQ(watched_metrics(schedule), (std::vector<std::string>{"val_auc", "val_f1"}));
}

TEST(CheckMetrics, TellsWhatIsMissingAndHowToGetIt) {
  EXPECT_EQ(text(check_metrics({"val_loss"}, {"train_loss", "val_loss"}, true)), "fits");
  const auto near = text(check_metrics({"val_acuracy"}, {"train_loss", "val_accuracy"}, true));
  EXPECT_THAT(near, HasSubstr("'val_acuracy', did you mean 'val_accuracy'?"));
  EXPECT_THAT(text(check_metrics({"val_loss"}, {"train_loss"}, false)), HasSubstr("with --val also val_loss"));
}

}  // namespace
}  // namespace fts
