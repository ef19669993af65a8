// What selections select, as a table over MiniLM: the names, or how many.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/base/code.hpp"
#include "tests/support/compiling.hpp"

namespace fts {
namespace {

struct Case {
  std::string name;
  std::string selection;
  std::size_t count;
  std::string before;  // items before the schedule
};

class Selection : public testing::TestWithParam<Case> {};

TEST_P(Selection, SelectsSoMany) {
  const auto& c = GetParam();
  const auto result = test::compile_text(
      c.before + "\nschedule {\n max_epochs = 1\n phase a { thaw = " + c.selection + " }\n}\n", "minilm-classifier");
  ASSERT_TRUE(result.plan) << test::rendered(result);
  EXPECT_EQ(result.plan->schedule.phases.front().thaw.size(), c.count);
}

const std::string kBert = "use std.bert as bert";

INSTANTIATE_TEST_SUITE_P(
    MiniLM, Selection,
    testing::Values(Case{"AnExactName", R"("classifier.weight")", 1, ""}, Case{"AGlob", R"("classifier.*")", 2, ""},
                    Case{"EveryBias", R"("**.bias")", 51, ""},
                    Case{"ARegex", R"(/encoder\.layer\.\d\.output\.dense\.weight/)", 6, ""},
                    Case{"AModule", R"(module("encoder.layer.3"))", 16, ""},
                    Case{"ModulesByGlob", R"(module("encoder.layer.{3,4}"))", 32, ""},
                    Case{"ModulesByType", R"(types("LayerNorm"))", 26, ""},
                    Case{"AUnion", R"("classifier.*" | "pooler.**")", 4, ""},
                    Case{"AnIntersection", R"("**.bias" & module("encoder"))", 48, ""},
                    Case{"ADifference", R"(all - module("encoder"))", 9, ""},
                    Case{"Parentheses", R"((all - module("encoder")) & "**.bias")", 3, ""}, Case{"All", "all", 105, ""},
                    Case{"Rest", "rest", 105, ""}, Case{"AnIndex", "bert.layers[0]", 16, kBert},
                    Case{"ARange", "bert.layers[1..3]", 48, kBert}, Case{"TheLast", "bert.layers[-1]", 16, kBert},
                    Case{"TheLastTwo", "bert.layers[-2..-1]", 32, kBert}, Case{"EveryIndex", "bert.layers", 96, kBert},
                    Case{"FromAnIndexToOneFromTheEnd", "bert.layers[2..-2]", 48, kBert},
                    Case{"ALetInAPredicate", "all where big", 1, "let big = numel > 1e6"},
                    Case{"ALetAsAModulesName", "module(third)", 16, "let third = \"encoder.layer.3\""},
                    Case{"WhereRank", "all where rank == 2", 41, ""},
                    Case{"WhereNumel", "all where numel > 1e6", 1, ""},
                    Case{"WhereDtype", "all where dtype == f32", 105, ""},
                    Case{"WhereTorchsDtype", "all where dtype == float32", 105, ""},
                    Case{"WhereShape", "all where rank == 2 and shape[0] == 1536", 6, ""},
                    Case{"WhereTheLastDimension", "all where shape[-1] == 1536", 12, ""},
                    Case{"WhereType", R"(all where type == "LayerNorm" or numel < 100)", 27, ""},
                    Case{"WhereTakesAllLeftOfIt", R"("**.bias" | "**.weight" where rank == 1)", 64, ""},
                    Case{"ALet", "norms", 26, R"(let norms = /.*LayerNorm\.(weight|bias)/)"},
                    Case{"ALetOfALet", "both", 28,
                         "let norms = /.*LayerNorm\\.(weight|bias)/\nlet both = norms | \"classifier.*\""},
                    Case{"AnIndexedLet", "l[2]", 16, R"(let l[i] = module("encoder.layer.${i}"))"},
                    Case{"AnExpressionInAnIndex", "l[n - 1]", 16,
                         "let n = 3\nlet l[i] = module(\"encoder.layer.${i}\")"},
                    Case{"AConditional", R"("classifier.*" if n > 2 else all)", 2, "let n = 3"},
                    Case{"AnInterpolation", R"("encoder.layer.${n}.output.dense.bias")", 1, "let n = 3"},
                    Case{"NothingOnPurpose", R"("classifier.*" | ("**.bias" & none))", 2, ""}),
    [](const auto& test) { return test.param.name; });

struct Faulty {
  std::string name;
  std::string selection;
  std::string code;
  std::string words;  // in what is printed
  std::string before;
};

class FaultySelection : public testing::TestWithParam<Faulty> {};

TEST_P(FaultySelection, IsReportedOnceWithItsReason) {
  const auto& c = GetParam();
  const auto result = test::compile_text(
      c.before + "\nschedule {\n max_epochs = 1\n phase a { thaw = " + c.selection + " }\n}\n", "minilm-classifier");
  EXPECT_EQ(result.diagnostics.errors(), 1U) << test::rendered(result);
  ASSERT_FALSE(result.diagnostics.all().empty());
  EXPECT_THAT(test::rendered(result), testing::AllOf(testing::HasSubstr(c.code), testing::HasSubstr(c.words)));
}

INSTANTIATE_TEST_SUITE_P(
    MiniLM, FaultySelection,
    testing::Values(
        Faulty{"ATypingError", R"("clasifier.weight")", "FTS0401", "did you mean 'classifier.weight'?", ""},
        Faulty{"AModuleWithATypingError", R"("classifer")", "FTS0401", "did you mean module(\"classifier\")?", ""},
        Faulty{"AModuleInsideWithATypingError", R"("encoder.layr.3")", "FTS0401",
               "did you mean module(\"encoder.layer.3\")?", ""},
        Faulty{"AStandardModuleThatIsNotUsed", "bert.layers[4..5]", "FTS0202",
               "write `use std.bert as bert` at the top of the file", ""},
        Faulty{"AnIndexThatIsNoWholeNumber", "bert.layers[1.5]", "FTS0301", "indices and the ends of a range", kBert},
        Faulty{"APathThatLeavesTheModel", R"("encoder.blocks.*.attention.**")", "FTS0401",
               "no name begins with 'encoder.blocks'; behind 'encoder.' comes one of layer", ""},
        Faulty{"AGlobWithATypingError", R"("encodr.**")", "FTS0401", R"(did you mean "encoder.**"?)", ""},
        Faulty{"ARegexWithATypingError", R"(/encoder\.layr\.\d\.output\.dense\.weight/)", "FTS0401",
               R"(did you mean /encoder\.layer\.\d\.output\.dense\.weight/?)", ""},
        Faulty{"ARegexMeantAsAPrefix", R"(/encoder\.layer\.1\.out/)", "FTS0401", R"(write /encoder\.layer\.1\.out.*/)",
               ""},
        Faulty{"AModulesName", R"("encoder.layer.3")", "FTS0404", R"(write module("encoder.layer.3"))", ""},
        Faulty{"AnUnknownModule", R"(module("encoder.layer.9"))", "FTS0401", "matches no module", ""},
        Faulty{"AnUnknownType", R"(types("LayrNorm"))", "FTS0401", "did you mean 'LayerNorm'?", ""},
        Faulty{"ABuffer", R"("embeddings.position_ids")", "FTS0406", "names the buffer 'embeddings.position_ids'", ""},
        Faulty{"BuffersByAGlob", R"("**.*_ids")", "FTS0406", "names 2 buffers, such as", ""},
        Faulty{"ADifferenceThatLeavesNothing", R"("classifier.*" - "**.{weight,bias}")", "FTS0402",
               "every parameter of the left side is in the right side too", ""},
        Faulty{"AnIntersectionThatLeavesNothing", R"("classifier.*" | ("pooler.**" & "encoder.**"))", "FTS0402",
               "no parameter is in both sides", ""},
        Faulty{"AnIndexThatIsNotThere", "bert.layers[6]", "FTS0405", "the indices that match are 0, 1, 2, 3, 4, 5",
               kBert},
        Faulty{"ARangeThatEndsBeforeItBegins", "bert.layers[4..-6]", "FTS0405", "0, 1, 2, 3, 4, 5", kBert},
        Faulty{"AnIndexTooFarFromTheEnd", "bert.layers[-7]", "FTS0405", "0, 1, 2, 3, 4, 5", kBert},
        Faulty{"AnUnknownName", "bret.layers[1]", "FTS0202", "did you mean 'bert'?", kBert},
        Faulty{"AMemberWithATypingError", "bert.layer[1]", "FTS0202", "did you mean 'bert.layers'?", kBert},
        Faulty{"AnUnknownMember", "bert.nothing_like_it", "FTS0202", "it defines", kBert},
        Faulty{"AnIndexOfARange", "bert.layers[4..6]", "FTS0405",
               "'bert.layers[6]' of 'bert.layers[4..6]' selects nothing in the model", kBert},
        Faulty{"SeveralIndicesOfARange", "bert.layers[4..9]", "FTS0405",
               "'bert.layers[6]', 'bert.layers[7]', 'bert.layers[8]', … of 'bert.layers[4..9]' select "
               "nothing in the model",
               kBert},
        Faulty{"AnIndexOfARangeFromTheEnd", "bert.layers[-8..-1]", "FTS0405",
               "'bert.layers[-8]', 'bert.layers[-7]' of 'bert.layers[-8..-1]' select nothing", kBert},
        Faulty{"AnUnclosedClass", R"("classifier.[wb")", "FTS0403", "write \\[ for the character itself", ""},
        Faulty{"ALookahead", "/(?=a)b/", "FTS0403", "no lookaround", ""},
        Faulty{"ANumber", "3", "FTS0301", "a selection of parameters is wanted", ""},
        Faulty{"ABadPredicate", "all where rank", "FTS0301", "needs true or false", ""},
        Faulty{"AnUnknownFact", "all where size > 3", "FTS0202", "size", ""},
        Faulty{"OrInsteadOfABar", R"("classifier.*" or "pooler.**")", "FTS0301", "write a | b", ""},
        Faulty{"ACycle", "a", "FTS0212", "defined by itself", "let a = a | \"classifier.*\""}),
    [](const auto& test) { return test.param.name; });

// Evaluated at each of its names, the last of these lets would be 2^60 parts.
TEST(Lets, ThatEachNameTheirLastTwiceDoNotDouble) {
  std::string text = "let a0 = \"classifier.**\"\n";
  for (int i = 1; i <= 60; ++i) text += fmt::format("let a{} = a{} | a{}\n", i, i - 1, i - 1);
  const auto result = test::compile_text(
      text + "schedule {\n monitor = val_loss\n phase a { thaw = a60 }\n phase b { thaw = rest }\n}\n",
      "minilm-classifier");
  ASSERT_TRUE(result.plan) << test::rendered(result);
  const auto& phase = result.program->phases.front();
  const auto& selections = result.program->selections;
  EXPECT_EQ(selections.set(phase.thaw).count(), 2U);
  EXPECT_THAT(selections.reasons(phase.thaw, selections.set(phase.thaw).members().front()),
              testing::ElementsAre("\"classifier.**\""));
}

// A let is not the same everywhere: `rest` is what the phases before this one have left.
TEST(Lets, OfWhatIsLeftAreEvaluatedInEachPhase) {
  const auto result = test::compile_text(
      "let half = rest & \"**.bias\"\nschedule {\n monitor = val_loss\n phase a { thaw = half & \"classifier.**\" }\n"
      " phase b { thaw = half }\n phase c { thaw = rest }\n}\n",
      "minilm-classifier");
  ASSERT_TRUE(result.plan) << test::rendered(result);
  EXPECT_EQ(result.plan->schedule.phases[0].thaw.size(), 1U);
}

struct Loose {
  std::string name;
  std::string selection;
  std::string fix;  // of the one warning; empty: there is none
  std::string before;
};

class LooseSelection : public testing::TestWithParam<Loose> {};

TEST_P(LooseSelection, IsWarnedOfWhereItTakesMoreThanItSays) {
  const auto& c = GetParam();
  const auto result = test::compile_text(c.before + "\nschedule {\n max_epochs = 1\n phase a { thaw = " + c.selection +
                                             " }\n phase b { thaw = rest }\n}\n",
                                         "bert-base-uncased-seqcls");
  std::vector<std::string> fixes;
  for (const auto& d : result.diagnostics.all()) {
    if (d.code != Code::takes_more) continue;
    fixes.push_back(d.fixes.empty() ? "no fix" : d.fixes.front().replacement);
    EXPECT_THAT(d.fixes, testing::Each(testing::Field(&Fix::safe, false)));
  }
  EXPECT_EQ(fixes, c.fix.empty() ? std::vector<std::string>{} : std::vector{c.fix}) << test::rendered(result);
}

INSTANTIATE_TEST_SUITE_P(
    Bert, LooseSelection,
    testing::Values(Loose{"ANumberBeforeAnything", R"(/bert\.encoder\.layer\.1.*/)",
                          R"(/bert\.encoder\.layer\.1(\..*)?/)", ""},
                    Loose{"ASetOfNumbers", R"(/.*layer\.[0-1].*/)", R"(/.*layer\.[0-1](\..*)?/)", ""},
                    Loose{"AGroupOfNumbers", R"(/.*layer\.(0|1).*bias/)", R"(/.*layer\.(0|1)(\..*)?bias/)", ""},
                    Loose{"AGlobsNumber", R"("bert.encoder.layer.1*.**")", R"("bert.encoder.layer.1.**")", ""},
                    Loose{"AModulesNumber", R"(module("**.layer.1*"))", R"("**.layer.1")", ""},
                    Loose{"InALetItIsSaidOnce", "ones", R"(/.*layer\.1(\..*)?/)", R"(let one = /.*layer\.1.*/
let ones = one | one)"},
                    Loose{"ADotThatTookADigit", R"(/.*layer.1.\.output\.dense\.bias/)", "", ""},
                    Loose{"ANumberThatEnds", R"(/bert\.encoder\.layer\.1\..*/)", "", ""},
                    Loose{"TwoDigits", R"(/bert\.encoder\.layer\.1[01].*/)", "", ""},
                    Loose{"AnyNumber", R"(/bert\.encoder\.layer\.\d.*/)", "", ""},
                    Loose{"AnyNumberInBrackets", R"(/bert\.encoder\.layer\.[0-9].*/)", "", ""},
                    Loose{"DotsThatTookDots", "/bert.encoder.layer.3.output.dense.bias/", "", ""},
                    Loose{"AnyWord", R"("**.layer.1.*.**")", "", ""}),
    [](const auto& test) { return test.param.name; });

TEST(LooseSelections, SayHowManyAndWhich) {
  const auto result = test::compile_text(
      "schedule {\n max_epochs = 1\n phase a { thaw = /bert.encoder.layer.1.*/ }\n phase b { thaw = rest }\n}\n",
      "bert-base-uncased-seqcls");
  EXPECT_THAT(
      test::rendered(result),
      testing::HasSubstr("takes 48 parameters, 32 of them only because a number in it goes on with further digits: "
                         "'bert.encoder.layer.10.attention.self.query.weight'"));
}

TEST(LooseSelections, KnowADotThatTookAnotherCharacter) {
  graph::ParamGraphBuilder builder;
  for (const auto* name : {"net.fc.weight", "net.fc_weight", "net.out.weight"}) {
    const std::int64_t shape[] = {2, 2};
    builder.add_parameter(name, shape, graph::DType::f32);
  }
  const auto graph = std::move(*builder.finish());
  driver::Compilation out;
  const auto file = out.sources->add(
      "test.fts", "schedule {\n max_epochs = 1\n phase a { thaw = /net.fc.weight/ }\n phase b { thaw = rest }\n}\n");
  driver::compile_into(file, graph, {}, out);
  EXPECT_THAT(
      test::rendered(out),
      testing::AllOf(testing::HasSubstr("1 of them only because its `.` stands for any character: 'net.fc_weight'"),
                     testing::HasSubstr(R"(write /net\.fc\.weight/)")));
}

struct Entries {
  std::string name;
  std::string selection;
  std::vector<std::string> fixes;  // of the FTS0512s
};

class FtsEntries : public testing::TestWithParam<Entries> {};

TEST_P(FtsEntries, AreWarnedOfWhereTheyTakeMoreThanTheySay) {
  const auto result = test::compile_text("schedule {\n monitor = val_loss\n phase a { thaw = " + GetParam().selection +
                                             " }\n phase b { thaw = rest }\n}\n",
                                         "minilm-classifier");
  std::vector<std::string> fixes;
  for (const auto& d : result.diagnostics.all()) {
    ASSERT_EQ(d.code, Code::entry_takes_more) << test::rendered(result);
    fixes.push_back(d.fixes.empty() ? "no fix" : d.fixes.front().replacement);
  }
  EXPECT_EQ(fixes, GetParam().fixes) << test::rendered(result);
}

INSTANTIATE_TEST_SUITE_P(
    MiniLM, FtsEntries,
    testing::Values(Entries{"APartOfAWord", R"(fts("pooler.dense.wei"))", {"no fix"}},
                    Entries{"OneOfTwoWords",
                            R"(fts("classifier.bias", "pooler.dense|classifier.w"))",
                            {R"("classifier.bias" | /(?:pooler\.dense|classifier\.w)(?:\..*)?/)"}},
                    Entries{"AModuleBesideIt",
                            R"(fts("embeddings", "pooler.dense|classifier.w"))",
                            {R"(module("embeddings") | /(?:pooler\.dense|classifier\.w)(?:\..*)?/)"}},
                    Entries{"APatternThatRe2DoesNotRead", R"x(fts("pooler.dense|classifier.w(?=e)"))x", {"no fix"}},
                    Entries{"AWordWithinNames", R"(fts(".*Norm.*"))", {}},
                    Entries{"TheBeginningsOfWords", R"(fts("encoder.layer.\\d+.(attention|inter|out).*"))", {}},
                    Entries{"ALookahead", R"x(fts("classifier.(?=weight)"))x", {}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace fts
