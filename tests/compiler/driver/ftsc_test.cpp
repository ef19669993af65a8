// ftsc as a program: its commands, exit codes and machine-readable output.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "compiler/plan/plan.hpp"
#include "tests/compiler/driver/ftsc_run.hpp"
#include "tests/support/golden.hpp"

namespace fts {
namespace {

using nlohmann::json;
using testing::HasSubstr;

using test::ftsc;

TEST(Ftsc, ChecksAGoodFile) {
  const auto r = ftsc("check three_phases.fts");
  EXPECT_EQ(r.status, 0) << r.out;
  EXPECT_EQ(r.out, "three_phases.fts: 3 phases over 105 parameters of minilm-classifier\n");
}

TEST(Ftsc, IsNotLinkedToLibTorch) {
  const auto linked = test::shell("ldd " + test::kFtsc);
  EXPECT_EQ(linked.status, 0);
  EXPECT_THAT(linked.out, HasSubstr("libre2"));
  EXPECT_THAT(linked.out, testing::Not(testing::ContainsRegex("libtorch|libc10")));
}

TEST(Ftsc, EndsWithOneWhereThereAreErrorsAndZeroWithWarnings) {
  EXPECT_EQ(ftsc("check eight_faults.fts").status, 1);
  const auto warned = ftsc("check only_head.fts");
  EXPECT_EQ(warned.status, 0) << warned.out;
  EXPECT_THAT(warned.out, HasSubstr("warning[FTS0505]"));
}

TEST(Ftsc, EndsWithOneWhereAFileCannotBeReadAndWithTwoInDiffAndFmt) {
  for (const char* command :
       {"check nowhere.fts", "compile nowhere.fts", "plan nowhere.fts", "explain nowhere.fts x",
        "export nowhere.fts --to fts-yaml", "import nowhere.yaml", "gen -m nowhere", "init nowhere", "graph nowhere"}) {
    EXPECT_EQ(ftsc(command).status, 1) << command;
  }
  EXPECT_EQ(ftsc("diff nowhere.fts three_phases.fts").status, 2);
  EXPECT_EQ(ftsc("fmt nowhere.fts").status, 2);
}

TEST(Ftsc, EndsWithTwoOnWrongUsage) {
  EXPECT_EQ(ftsc("").status, 2);
  EXPECT_THAT(ftsc("").out, HasSubstr("explain"));
  EXPECT_EQ(ftsc("check").status, 2);
  EXPECT_EQ(ftsc("check three_phases.fts --format xml").status, 2);
  EXPECT_EQ(ftsc("check three_phases.fts --set lr").status, 2);
  EXPECT_EQ(ftsc("explain FTS9999").status, 2);
}

TEST(Ftsc, PlansTheMemoryOfARank) {
  const auto r = ftsc("plan sharded.fts --world 4");
  EXPECT_EQ(r.status, 0) << r.out;
  test::expect_golden("check/sharded.plan.txt", r.out);
  const auto as_json = json::parse(ftsc("plan sharded.fts --world 4 --strategy flat --format json").out);
  EXPECT_EQ(as_json["memory"][0]["ranks"]["data"], 4);
  EXPECT_EQ(as_json["memory"][0]["phases"].size(), 2u);
}

TEST(Ftsc, RefusesAWorldThatTheMeshDoesNotFitAndADeviceThatIsTooSmall) {
  const auto world = ftsc("plan sharded.fts --world 3");
  EXPECT_EQ(world.status, 1);
  EXPECT_THAT(world.out,
              HasSubstr("error[FTS0720]: strategy 'mesh': 3 processes do not divide by 2 tensor-parallel ranks"));
  const auto device = ftsc("plan sharded.fts --world 2 --device-mem 8KiB");
  EXPECT_EQ(device.status, 1);
  EXPECT_THAT(device.out, HasSubstr("error[FTS0740]: phase 'body' needs"));
  EXPECT_THAT(device.out, HasSubstr("KiB on each rank of strategy 'mesh', and the device has 8.00 KiB"));
  EXPECT_EQ(ftsc("plan sharded.fts --world 2 --device-mem 80GiB").status, 0);
}

TEST(Ftsc, WantsADevicesMemoryWithItsUnit) {
  for (const std::string size : {"80", "-1GiB", "1.5GiB", "GiB", "80GiBs"}) {
    const auto r = ftsc("plan sharded.fts --device-mem " + size);
    EXPECT_EQ(r.status, 2) << size;
    EXPECT_THAT(r.out, HasSubstr("--device-mem: '" + size + "' is no whole number with a unit, such as 80GiB"));
  }
  EXPECT_EQ(ftsc("plan sharded.fts --device-mem 80gb").status, 0);
}

TEST(Ftsc, ATorchScriptModuleHasNoActivationCheckpoints) {
  EXPECT_EQ(ftsc("check checkpointed.fts --model ../graphs/torch/scripted.graph.json").status, 0);
  const auto r = ftsc("check checkpointed.fts --model ../graphs/torch/scripted.pt");
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.out, HasSubstr("error[FTS0718]: a TorchScript module has no place"));
}

TEST(Ftsc, PlanHoldsUnitsAndSplits) {
  const auto file = std::filesystem::path(testing::TempDir()) / "sharded.ftsplan";
  const auto r = ftsc("compile sharded.fts -o " + file.string());
  ASSERT_EQ(r.status, 0) << r.out;
  std::ifstream in(file);
  std::string line, strategies;
  while (std::getline(in, line)) {
    if (line.starts_with("\"strategies\"") || !strategies.empty()) strategies += line + "\n";
  }
  test::expect_golden("check/sharded.strategies", strategies);
}

TEST(Ftsc, PrintsDiagnosticsAsJson) {
  const auto r = ftsc("check eight_faults.fts --format json");
  EXPECT_EQ(r.status, 1);
  const json j = json::parse(r.out);
  EXPECT_EQ(j.at("version"), 1);
  EXPECT_EQ(j.at("summary").at("errors"), 8);
  ASSERT_EQ(j.at("diagnostics").size(), 8U);
  for (const auto& d : j.at("diagnostics")) {
    EXPECT_EQ(d.at("file"), "eight_faults.fts");
    EXPECT_EQ(d.at("code").get<std::string>().substr(0, 3), "FTS");
    EXPECT_GE(d.at("span").at("begin").at("line"), 1);
    EXPECT_GE(d.at("span").at("end").at("column"), 1);
    EXPECT_TRUE(d.contains("help")) << d;
    EXPECT_TRUE(d.at("notes").is_array());
  }
}

TEST(Ftsc, GivesEightDiagnosticsForEightFaultsEachWithPlaceAndHelp) {
  test::expect_golden("check/eight_faults.diag", ftsc("check eight_faults.fts").out);
}

TEST(Ftsc, PrintsThePlanAsATable) {
  test::expect_golden("check/three_phases.plan.txt", ftsc("plan three_phases.fts").out);
}

TEST(Ftsc, PrintsThePlanAsJson) {
  const auto r = ftsc("plan three_phases.fts --format json");
  ASSERT_EQ(r.status, 0) << r.out;
  test::expect_golden("check/three_phases.plan.json", r.out);
  const json j = json::parse(r.out);
  EXPECT_EQ(j.at("max_depth"), 2);
  EXPECT_EQ(j.at("phases").at(0).at("thawed"), json({"classifier.weight", "classifier.bias"}));
}

TEST(Ftsc, CompilesToAPlanThatReadsBack) {
  const auto path = std::filesystem::temp_directory_path() / ("ftsc_test_" + std::to_string(getpid()) + ".ftsplan");
  const auto r = ftsc("compile three_phases.fts -o " + path.string());
  ASSERT_EQ(r.status, 0) << r.out;
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto plan = plan::from_json(text);
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan::to_json(*plan), text);
  EXPECT_EQ(plan->schedule.phases.size(), 3U);
  std::filesystem::remove(path);
}

TEST(Ftsc, SetsInputs) {
  const auto r = ftsc("plan three_phases.fts --format json --set encoder_lr=0.25");
  ASSERT_EQ(r.status, 0) << r.out;
  EXPECT_EQ(json::parse(r.out).at("phases").at(1).at("lr"), 0.25);
  EXPECT_THAT(ftsc("check three_phases.fts --set encoder_lr=fast").out, HasSubstr("FTS0214"));
  EXPECT_THAT(ftsc("check three_phases.fts --set encodr_lr=1").out, HasSubstr("did you mean 'encoder_lr'?"));
}

TEST(Ftsc, ExplainsACode) {
  const auto r = ftsc("explain fts0401");
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.out, testing::StartsWith("# FTS0401: "));
}

TEST(Ftsc, ExplainsAParameter) {
  const auto r = ftsc("explain three_phases.fts encoder.layer.5.output.dense.bias");
  EXPECT_EQ(r.status, 0) << r.out;
  test::expect_golden("check/explain_parameter.txt", r.out);
  EXPECT_THAT(ftsc("explain three_phases.fts encoder.layer.5.output.dense.bia").out, HasSubstr("did you mean"));
}

TEST(Ftsc, ExplainsTheUnitOfAParameterAndWhatMadeIt) {
  const auto flat = ftsc("explain sharded.fts model.blocks.0.fc1.weight --strategy flat");
  EXPECT_THAT(flat.out, HasSubstr("  strategy 'flat':\n    in the unit of model.blocks.0 (sharded.fts:26: "
                                  "auto_wrap_policy = module_types(\"Block\"))\n"));
  EXPECT_THAT(ftsc("explain sharded.fts model.blocks.1").out, HasSubstr("    is a unit (sharded.fts:26: auto_wrap"));
  EXPECT_THAT(ftsc("explain sharded.fts model.blocks.1").out,
              HasSubstr("  strategy 'mesh':\n    is a unit\n    fsdp_plan takes it (sharded.fts:15: "));
  const test::Folder folder;
  const auto file = folder.write(
      "a.fts",
      "schedule {\n  monitor = val_loss\n  optimizer = adamw { lr = 1e-3 }\n  phase a { thaw = all }\n}\n"
      "strategy flat {\n  adapter = fsdp\n  use_orig_params = true\n  awp_overrides = [\"model.blocks.0\"]\n"
      "  ignored_modules = \"model.blocks.1\"\n}\n");
  const auto explained = [&](const std::string& name) {
    return ftsc("explain " + file + " " + name + " --model ../graphs/three-blocks.graph.json").out;
  };
  EXPECT_THAT(explained("model.blocks.0.fc1.weight"),
              HasSubstr("in the unit of model.blocks.0 (" + file + ":9: awp_overrides = \"model.blocks.0\")"));
  EXPECT_THAT(explained("model.blocks.1.fc1.weight"),
              HasSubstr("in no unit (" + file + ":10: ignored_modules = \"model.blocks.1\")"));
  EXPECT_THAT(explained("model.blocks.2"), HasSubstr("    in the unit of the root\n"));
  folder.write("a.fts",
               "schedule {\n  compat = fts\n  monitor = val_loss\n  optimizer = adamw { lr = 1e-3 }\n"
               "  phase a { thaw = all }\n}\nstrategy flat {\n  adapter = fsdp\n  use_orig_params = true\n"
               "  auto_wrap_policy = module_types(\"Block\")\n}\n");
  EXPECT_THAT(explained("model"), HasSubstr("is a unit (" + file + ":2: compat = fts)"));
  EXPECT_THAT(explained("model.head.weight"), HasSubstr("in the unit of model (" + file + ":2: compat = fts)"));
  EXPECT_THAT(explained("model.blocks.1"), HasSubstr("is a unit (" + file + ":10: auto_wrap_policy = "));
}

TEST(Ftsc, ListsAModelAndTheModules) {
  EXPECT_THAT(ftsc("graph ../graphs/tiny-gpt2.graph.json").out, HasSubstr("tied to transformer.wte.weight"));
  EXPECT_THAT(ftsc("stdlib").out, HasSubstr("std.bert"));
  EXPECT_THAT(ftsc("stdlib std.bert").out, HasSubstr("let layers[i]"));
  EXPECT_EQ(ftsc("stdlib bert").out, ftsc("stdlib std.bert").out);
}

TEST(Ftsc, BeginsAFileForAModelAndWritesOverNone) {
  const auto path = std::filesystem::temp_directory_path() / ("ftsc_init_" + std::to_string(getpid()) + ".fts");
  const std::string init = "init ../graphs/minilm-frozen.graph.json -o " + path.string();
  EXPECT_EQ(ftsc(init).status, 0);
  const auto checked = ftsc("check " + path.string());
  EXPECT_EQ(checked.out, path.string() + ": 3 phases over 105 parameters of minilm-frozen\n");
  const auto again = ftsc(init);
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.out, HasSubstr("--force"));
  EXPECT_EQ(ftsc(init + " --force").status, 0);
  std::filesystem::remove(path);
  EXPECT_THAT(ftsc("init ../graphs/tiny-gpt2.graph.json").out, HasSubstr("use std.gpt2 as gpt2"));
  EXPECT_EQ(ftsc("init nowhere.safetensors").status, 1);
}

TEST(Ftsc, SaysWhichFileOrModelIsMissing) {
  EXPECT_THAT(ftsc("check nowhere.fts").out, HasSubstr("there is no file 'nowhere.fts'"));
  EXPECT_THAT(ftsc("check three_phases.fts --model nowhere.json").out, HasSubstr("FTS0801"));
  EXPECT_THAT(ftsc("check no_model.fts").out, HasSubstr("FTS0802"));
  EXPECT_THAT(ftsc("check three_phases.fts --strategy shraded").out, HasSubstr("FTS0702"));
}

struct WithoutModel {
  std::string name;
  std::string text;
  std::vector<std::string> said;
  std::string not_said = "names no model";
};

class Modelless : public testing::TestWithParam<WithoutModel> {};

TEST_P(Modelless, FileGetsWhatCanBeSaidOfIt) {
  const test::Folder folder;
  const auto r = ftsc("check " + folder.write("a.fts", GetParam().text));
  EXPECT_EQ(r.status, 1);
  for (const auto& words : GetParam().said) EXPECT_THAT(r.out, HasSubstr(words));
  EXPECT_THAT(r.out, testing::Not(HasSubstr(GetParam().not_said)));
}

const std::string kFaults = "schedule {\n max_epochs = 0\n optimizer = adamx\n phase a { thaw = bret.x, lrr = 1 }\n}\n";

INSTANTIATE_TEST_SUITE_P(
    Table, Modelless,
    testing::Values(
        WithoutModel{"AMissingOneHidesNoOtherFault",
                     "model { graph = \"nowhere.json\" }\n" + kFaults,
                     {"FTS0801", "relative to the folder of this file", "FTS0302", "FTS0304", "FTS0203", "4 errors"}},
        WithoutModel{"NoneIsOneFaultOfSeveral", kFaults, {"FTS0802", "FTS0302", "FTS0304", "FTS0203"}, "FTS0801"},
        WithoutModel{"AnItemWithoutAGraphIsNone", "model { hidden_size = 4 }\n", {"FTS0802"}, "FTS0801"},
        WithoutModel{
            "AMisspeltAttributeIsSaid", "model { grap = \"x.json\" }\n", {"did you mean 'graph'?", "1 error,"}},
        WithoutModel{"AListIsNoPath", "model { graph = [\"x.json\"] }\n", {"FTS0301", "1 error,"}},
        WithoutModel{"ABrokenItemIsSaid", "model { graph = \n}\n", {"FTS0107", "1 error,"}},
        WithoutModel{"AnotherLanguageIsSaid", "0:\n  params:\n  - a.b\n", {"FTS0101"}}),
    [](const auto& test) { return test.param.name; });

TEST(Ftsc, ListsWhatThereIsWhereNothingIsNear) {
  EXPECT_THAT(ftsc("check sharded.fts --strategy nope").out, HasSubstr("its strategies are mesh, flat"));
  EXPECT_THAT(ftsc("check only_head.fts --strategy nope").out, HasSubstr("written: strategy nope { adapter = base }"));
  EXPECT_THAT(ftsc("check three_phases.fts --set nope=1").out, HasSubstr("its inputs are encoder_lr"));
  EXPECT_THAT(ftsc("check only_head.fts --set nope=1").out, HasSubstr("written: input nope: float = 1e-3"));
  EXPECT_THAT(ftsc("check nowhere.ftsplan").out, HasSubstr("is a plan, not a schedule"));
  EXPECT_THAT(ftsc("check nowhere.fts").out, HasSubstr("help: name a .fts file"));
  EXPECT_THAT(ftsc("check three_phases.fts --model nowhere.json").out, HasSubstr("--model is relative to"));
}

TEST(Ftsc, SaysThatAUsedFileIsMissingWhereTheMainFileHasNoFolder) {
  const test::Folder folder;
  folder.write("a.fts", "use \"nowhere.fts\" as c\n");
  const auto r = test::shell("cd " + folder.path("") + " && " + test::kFtsc + " check a.fts");
  EXPECT_THAT(r.out, HasSubstr("there is no file 'nowhere.fts'"));
}

TEST(Ftsc, SaysWhatIsWrongWhereTheWorkingFolderIsGone) {
  const test::Folder folder;
  const std::string gone = "mkdir " + folder.path("gone") + " && cd " + folder.path("gone") + " && rmdir ../gone && ";
  const auto checked = [&](const std::string& text) {
    return test::shell(gone + "echo '" + text + "' | " + test::kFtsc + " check -");
  };
  const auto below = checked("use \"u.fts\" as u");
  EXPECT_EQ(below.status, 1);
  EXPECT_THAT(below.out, HasSubstr("error[FTS0213]: there is no file 'u.fts'"));
  EXPECT_THAT(checked("use \"../u.fts\" as u").out, HasSubstr("'../u.fts' leaves the project's folder"));
}

TEST(Ftsc, AcceptsTheCompleteFileOfTheLanguageWithoutADiagnostic) {
  const auto r = ftsc("check ../language_sample.fts --model ../graphs/minilm-classifier.graph.json");
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.out, testing::Not(HasSubstr("FTS0"))) << r.out;
}

}  // namespace
}  // namespace fts
