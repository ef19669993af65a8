// Names, inputs, loops and types: one line of a file, and what is said of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compiling.hpp"

namespace fts {
namespace {

struct Case {
  std::string name;
  std::string line;      // in a phase that thaws the head
  std::string expected;  // a code, or empty for none
  std::string words;
};

class Line : public testing::TestWithParam<Case> {};

TEST_P(Line, GetsTheExpectedDiagnostic) {
  const auto& c = GetParam();
  const auto result = test::compile_text(
      "input n: int = 3\nlet base = 1e-3\nschedule {\n monitor = val_loss\n optimizer = adamw { lr = 1e-3 }\n"
      " phase head {\n thaw = \"classifier.**\"\n " +
          c.line + "\n }\n phase others { thaw = rest }\n}\n",
      "minilm-classifier");
  if (c.expected.empty()) {
    EXPECT_TRUE(result.diagnostics.all().empty()) << test::rendered(result);
    return;
  }
  EXPECT_THAT(test::codes_and_lines(result), testing::ElementsAre(c.expected + "@8")) << test::rendered(result);
  EXPECT_THAT(test::rendered(result), testing::HasSubstr(c.words));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Line,
    testing::Values(
        Case{"ANumber", "lr = 1e-3", "", ""}, Case{"AnExpression", "lr = base * 0.9 ** (n - 1)", "", ""},
        Case{"AFunction", "lr = max(base, sqrt(0.01), 1e-4)", "", ""},
        Case{"AConditional", "lr = base if n > 2 else 1e-4", "", ""},
        Case{"AnIntegerWhereANumberIsWanted", "lr = 1", "", ""}, Case{"AList", "betas = [0.9, 0.95]", "", ""},
        Case{"AListOfTheWrongLength", "betas = [0.9]", "FTS0603", "two numbers"},
        Case{"AListElementOutOfRange", "betas = [0.9, 1.5]", "FTS0302", "out of range"},
        Case{"AString", R"(lr = "fast")", "FTS0301", "a number >= 0 is wanted"},
        Case{"ASize", "lr = 3GiB", "FTS0301", "the size"}, Case{"ATruthValue", "lr = true", "FTS0301", "a number"},
        Case{"ANegativeRate", "lr = -1", "FTS0302", "a number >= 0 is wanted"},
        Case{"AnUnknownName", "lr = bse", "FTS0202", "did you mean 'base'?"},
        Case{"AnUnknownFunction", "lr = log(3)", "FTS0202", "the functions are"},
        Case{"ADivisionByZero", "lr = 1 / (n - 3)", "FTS0303", "division by zero"},
        Case{"AnUnknownAttribute", "lrr = 3", "FTS0203", "did you mean 'lr'?"},
        Case{"AnAttributeTwice", "lr = 1, lr = 2", "FTS0204", "leave one of them out"},
        Case{"AnItemOfTheFile", "strategy s { adapter = base }", "FTS0203", "it stands at the top of the file"},
        Case{"AFractionWhereACountIsWanted", "until = epochs(1.5)", "FTS0301", "a whole number"},
        Case{"NoEpochsAtAll", "until = epochs(0)", "FTS0302", ">= 1"},
        Case{"MoreChecksThanAnIntHolds", "until = plateau(patience = 4294967297)", "FTS0302", "<= 2147483647"},
        Case{"AnUnknownCondition", "until = plateu", "FTS0202", "did you mean 'plateau'?"},
        Case{"AMetricWithoutAComparison", R"(until = metric("val_acc"))", "FTS0301", ">= 0.9"},
        Case{"AMetric", R"(until = metric("val/acc") >= 0.9 and epochs(2))", "", ""},
        Case{"APlateauOfItsOwn", "until = plateau(patience = 5, monitor = val_acc, mode = max) or step(500)", "", ""},
        Case{"AnUnknownPlateauArgument", "until = plateau(patiense = 5)", "FTS0305", "did you mean 'patience'?"},
        Case{"AnOptimizerByItsClassName", "optimizer = SGD { lr = 0.1, momentum = 0.9 }", "", ""},
        Case{"AMemberOfNothing", "lr_scheduler = c.nope { gamma = 1 }", "FTS0202", "nothing is called 'c' here"},
        Case{"AMetricThatIsAMemberOfNothing", "until = plateau(monitor = c.nope)", "FTS0202", "'c'"},
        Case{"AParameterWithoutQuotes", "freeze = classifier.weight", "FTS0202", "write \"classifier.weight\""},
        Case{"AModuleWithoutQuotes", "freeze = classifier", "FTS0202", "write module(\"classifier\")"},
        Case{"AModuleByItsIndexWithoutQuotes", "freeze = encoder.layer[3]", "FTS0202",
             "write module(\"encoder.layer.3\")"},
        Case{"AParameterBehindAnIndexWithoutQuotes", "freeze = encoder.layer[3].output.dense.bias", "FTS0202",
             "write \"encoder.layer.3.output.dense.bias\""},
        Case{"AnIndexOfNothing", "freeze = encoder.layer[99]", "FTS0202", "nothing is called 'encoder' here"},
        Case{"AFactThatWhereDoesNotKnow", "freeze = all where ndim == 1", "FTS0202", "did you mean 'rank'?"},
        Case{"AConditionWithoutItsNumber", "until = epoch 3", "FTS0106", "an operator is missing"},
        Case{"AConditionThatLacksItsNumber", "until = plateau or epochs", "FTS0305", "write epochs(2)"},
        Case{"AListWhereANumberIsWanted", "lr = [1]", "FTS0301", "a list does not fit here"},
        Case{"AnAttributeOfFts", "max_transition_epoch = 3", "FTS0203", "write until = plateau or epoch(3)"},
        Case{"AnAttributeOfATrainer", "learning_rate = 3", "FTS0203", "write lr = …"},
        Case{"AnUnknownOptimizer", "optimizer = adamax { lr = 0.1 }", "FTS0304", "there is no 'adamax'"},
        Case{"AScheduler", "lr_scheduler = cosine_annealing { T_max = 10, interval = step }", "", ""},
        Case{"ASchedulerWithoutWhatItNeeds", "lr_scheduler = step { gamma = 0.5 }", "FTS0205",
             "'step' needs 'step_size'"},
        Case{"ASequence",
             "lr_scheduler = sequential { schedulers = [linear { total_iters = 4 }, step { step_size = 2 }], "
             "milestones = [4] }",
             "", ""},
        Case{"ALambdaWithAFunctionsArgumentsMissing", "lr_scheduler = lambda { lr_lambda = pow(epoch) }", "FTS0305",
             "'pow' takes 2 arguments"},
        Case{"TimesOfDifferentUnitsAreNotEqual", "lr = 1e-3 if 1s == 1 else 1e-4", "FTS0303", "cannot mix"},
        Case{"ALambda", "lr_scheduler = lambda { lr_lambda = 0.95 ** epoch }", "", ""},
        Case{"ALambdaOfAnUnknownName", "lr_scheduler = lambda { lr_lambda = 0.95 ** epoc }", "FTS0202", "epoc"},
        Case{"AWordThatIsNoChoice", "lr_scheduler = linear { interval = batch }", "FTS0304",
             "one of epoch, step is wanted"}),
    [](const auto& test) { return test.param.name; });

driver::Compilation phases(const std::string& items) {
  return test::compile_text("schedule {\n monitor = val_loss\n optimizer = adamw { lr = 1e-3 }\n" + items + "\n}\n",
                            "minilm-classifier");
}

TEST(Loops, AreUnrolledInTheirOrder) {
  const auto up = phases(
      "for i in 0..2 { phase \"l${i}\" { thaw = module(\"encoder.layer.${i}\") } }\nphase others { thaw = rest }");
  ASSERT_TRUE(up.plan) << test::rendered(up);
  EXPECT_EQ(up.plan->schedule.phases[0].name, "l0");
  EXPECT_EQ(up.plan->schedule.phases[2].name, "l2");
  const auto down = phases(
      "for i in 5..3 { phase \"l${i}\" { thaw = module(\"encoder.layer.${i}\") } }\nphase others { thaw = rest }");
  ASSERT_TRUE(down.plan) << test::rendered(down);
  EXPECT_EQ(down.plan->schedule.phases[0].name, "l5");
  EXPECT_EQ(down.plan->schedule.phases.size(), 4U);
}

TEST(Loops, OverAnEmptyRangeAreEmpty) {
  const auto r = test::compile_text(
      "let n = 0\nschedule {\n max_epochs = 1\n for i in 0..n-1 { phase \"l${i}\" { thaw = all } }\n phase others { "
      "thaw = rest }\n}\n",
      "minilm-classifier");
  ASSERT_TRUE(r.plan) << test::rendered(r);
  EXPECT_EQ(r.plan->schedule.phases.size(), 1U);
}

TEST(Loops, AreBounded) {
  const auto r = phases("for i in 0..999999999999 { phase \"l${i}\" { thaw = all } }");
  EXPECT_THAT(test::rendered(r), testing::HasSubstr("FTS0306"));
}

TEST(Strategies, HaveTheirAdaptersAttributes) {
  const std::string schedule = "schedule {\n max_epochs = 1\n phase a { thaw = all }\n}\n";
  const auto check = [&](const std::string& s) {
    return test::rendered(test::compile_text(schedule + s + "\n", "minilm-classifier"));
  };
  EXPECT_EQ(check("strategy a { adapter = base }"), "");
  EXPECT_EQ(check("strategy a { adapter = fsdp, auto_wrap_policy = module_types(\"BertLayer\"), awp_overrides = "
                  "[\"pooler.dense\"] }"),
            "");
  EXPECT_EQ(check("strategy a { adapter = model_parallel\n fsdp_plan { /encoder\\.layer\\.\\d/ => { "
                  "reshard_after_forward = 2 }\n\"\" => {} } }"),
            "");
  EXPECT_EQ(check("strategy a { adapter = plugin(\"x\") { anything = [1, \"two\", three] } }"), "");
  EXPECT_THAT(check("strategy a { adapter = base, awp_overrides = [\"pooler\"] }"), testing::HasSubstr("FTS0203"));
  EXPECT_THAT(check("strategy a { adapter = dpp }"), testing::HasSubstr("did you mean 'ddp'?"));
  EXPECT_THAT(check("strategy a { precision = f32 }"), testing::HasSubstr("'strategy' needs 'adapter'"));
  EXPECT_THAT(check("strategy a { adapter = fsdp, awp_overrides = [\"poolr\"] }"), testing::HasSubstr("FTS0401"));
}

// A let has its meaning where it is used, whatever it holds.
struct LetCase {
  std::string name;
  std::string head;   // before the schedule
  std::string phase;  // beside thaw, in the first phase
};

class LetUse : public testing::TestWithParam<LetCase> {};

TEST_P(LetUse, GetsNoDiagnostic) {
  const auto& c = GetParam();
  const auto result = test::compile_text(c.head +
                                             "\nschedule {\n monitor = val_loss\n optimizer = adamw { lr = 1e-3 }\n"
                                             " phase head {\n thaw = \"classifier.**\"\n " +
                                             c.phase + "\n }\n phase others { thaw = rest }\n}\n",
                                         "minilm-classifier");
  EXPECT_TRUE(result.diagnostics.all().empty()) << test::rendered(result);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LetUse,
    testing::Values(
        LetCase{"AConditionBesideAnother", "let stop = plateau or epoch(9)", "until = stop or step(500)"},
        LetCase{"AConditionByAnInput", "input quick: bool = true", "until = epoch(1) if quick else plateau"},
        LetCase{"APartOfARate", "let decay = 0.95 ** epoch", "lr_scheduler = lambda { lr_lambda = decay * 0.5 }"},
        LetCase{"AnIndexedScheduler", "let fall[n] = linear { total_iters = n }", "lr_scheduler = fall[4]"},
        LetCase{"TheLengthOfAList", "let rates = [1e-3, 1e-4]", "until = epochs(len(rates))"},
        LetCase{"AMetricByAnInput", "input watched: string = \"val/acc\"",
                "until = plateau(monitor = watched) or metric(watched) >= 0.9"},
        LetCase{"AMetricWithSettings", "let watched = \"val/acc\"",
                "lr_scheduler = reduce_on_plateau { monitor = watched }"}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace fts
