// Adapters from shared libraries: found, checked against versions, loaded, and taking part in a run.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "runtime/adapters/plugin.hpp"
#include "runtime/adapters/find_plugin.hpp"
#include "runtime/adapters/registry.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

namespace fs = std::filesystem;
using namespace fts::test;  // NOLINT: models, plans and loops of the tests
using nlohmann::json;
using testing::HasSubstr;

const std::string kLibrary = FTS_PLUGINS "/libquarters.so";

json schema_of(const std::string& library) {
  std::ifstream in(library.substr(0, library.size() - 3) + ".schema.json");
  return json::parse(in);
}

// A folder with a copy of the library and its schema, for tests to change.
struct Copied {
  std::string folder = fresh_folder("plugins");
  std::string schema = folder + "/libquarters.schema.json";
  Copied() {
    fs::copy(kLibrary, folder + "/libquarters.so");
    put(schema_of(kLibrary).dump());
  }
  void put(const std::string& text) const { std::ofstream(schema) << text; }
};

struct PathSet {
  explicit PathSet(const std::string& value) { ::setenv("FTS_ADAPTER_PATH", value.c_str(), 1); }
  ~PathSet() { ::unsetenv("FTS_ADAPTER_PATH"); }
};

plan::Strategy bound_to(const std::string& which, json settings = json::object()) {
  settings["which"] = which;
  return {"special", "plugin", std::move(settings)};
}

std::string choice(const std::string& which, const std::string& folder) {
  const auto chosen = choose_adapter(bound_to(which), {.folder = folder});
  return chosen ? "found" : chosen.error().text();
}

TEST(PluginSchema, IsWrittenByTheBuild) {
  const auto j = schema_of(kLibrary);
  EXPECT_EQ(j.at("format"), "fts-adapter-schema");
  EXPECT_EQ(j.at("classes").at(0).at("name"), "quarters");  // lower case
  EXPECT_EQ(j.at("classes").at(0).at("class"), "Quarters");
  EXPECT_EQ(j.at("classes").at(0).at("attributes").at(0).at("default"), 3);
  EXPECT_EQ(j.at("torch_version"), TORCH_VERSION);
}

TEST(Plugin, IsFoundInItsThreeForms) {
  EXPECT_EQ(choice("libquarters.so:Quarters", FTS_PLUGINS), "found");
  EXPECT_EQ(choice(kLibrary + ":Never", "/nowhere"), "found");
  const PathSet path("/nowhere::" FTS_PLUGINS);
  EXPECT_EQ(choice("QUARTERS", "/nowhere"), "found");
  EXPECT_EQ(choice("libquarters.so:quarters", "/nowhere"), "found");
}

TEST(Plugin, WithOneAdapterNeedsNoClass) { EXPECT_EQ(choice("libbert_bridge.so", FTS_EXAMPLE_PLUGIN), "found"); }

TEST(Plugin, SaysWhyItCannotBeUsed) {
  const Copied copied;
  EXPECT_EQ(choice("libquarters.so", copied.folder),
            "error[FTS1105]: 'libquarters.so' has 2 adapters and none was chosen\n"
            "  help: it has Quarters, Never; write \"libquarters.so:Class\"\n");
  EXPECT_THAT(choice("libquarters.so:Halves", copied.folder), HasSubstr("has no adapter 'Halves'"));
  EXPECT_THAT(choice("libother.so", copied.folder), HasSubstr("libother.schema.json' cannot be read"));
  {
    const PathSet path(copied.folder);
    EXPECT_EQ(choice("quarter", "/nowhere"),
              "error[FTS1105]: there is no adapter 'quarter', in the program or in a plugin\n"
              "  help: did you mean 'quarters'?\n");
  }
  auto j = schema_of(kLibrary);
  j["abi"] = "0";
  copied.put(j.dump());
  EXPECT_THAT(
      choice("libquarters.so:Never", copied.folder),
      HasSubstr("was built for version 0 of the adapter interface, this program has " + std::to_string(kAdapterAbi)));
  copied.put("{\"format\":\"fts-adapter-schema\",\"version\":1,\"abi\":\"" + std::to_string(kAdapterAbi) + "\"}");
  EXPECT_THAT(choice("libquarters.so:Never", copied.folder), HasSubstr("is damaged: "));
  copied.put(schema_of(kLibrary).dump());
  std::ofstream(copied.folder + "/libquarters.so") << "no library";
  EXPECT_THAT(choice("libquarters.so:Never", copied.folder), HasSubstr("cannot be used: "));
}

TEST(Plugin, ThatNobodyAsksForIsOnlyWarnedOf) {
  const Copied copied;
  copied.put("{");
  const PathSet path(copied.folder + ":" FTS_PLUGINS);
  const auto chosen = choose_adapter(bound_to("never"), {.folder = "/nowhere"});
  ASSERT_TRUE(chosen) << chosen.error().text();
  ASSERT_EQ(chosen->warnings.size(), 1U);
  EXPECT_EQ(chosen->warnings[0].severity, Severity::warning);
}

std::string implicit_file(const std::string& strategy) {
  const auto path = fresh_folder("plugin") + "/implicit.fts";
  std::ofstream(path) << "schedule {\n  monitor = val_loss\n  optimizer = adamw { lr = 1e-2 }\n  max_epochs = "
                         "2\n}\nstrategy s { adapter = "
                      << strategy << " }\n";
  return path;
}

TEST(Plugin, GeneratesTheScheduleAndLimitsIt) {
  const PathSet path(FTS_PLUGINS);
  auto model = seeded_mlp();
  auto session = Session::open(*model, implicit_file("plugin(\"quarters\") { max_depth = 1 }"), quiet());
  ASSERT_TRUE(session) << session.error().text();
  const auto& schedule = session->plan().schedule;
  ASSERT_EQ(schedule.phases.size(), 3U);  // three of the compiler's phases, one a quarter
  EXPECT_EQ(schedule.phases[1].name, "quarter2");
  EXPECT_EQ(schedule.max_depth, 1);
  train(*session, model);
  EXPECT_TRUE(session->result());
}

TEST(Plugin, RaisesTheLastEpoch) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.strategies[0].name = "mine";
  plan.strategies[0].settings["greatest_epoch"] = 20;
  plan.schedule.max_epochs = 9;
  plan.schedule.phases.back().until = test::epoch(8);
  const auto session = Session::open(*model, plan, quiet({.adapters = {{"mine", kLibrary + ":Quarters"}}}));
  ASSERT_TRUE(session) << session.error().text();
  EXPECT_EQ(session->plan().schedule.max_epochs, 20);
}

TEST(Plugin, RefusesAScheduleThatItDoesNotLike) {
  const PathSet path(FTS_PLUGINS);
  auto model = seeded_mlp();
  EXPECT_EQ(Session::open(*model, implicit_file("plugin(\"libquarters.so:Never\")"), quiet()).error().text(),
            "error[FTS1104]: no schedule is good enough\n");
}

TEST(Plugin, StandsInForAStrategysOwnAdapter) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.strategies[0].name = "mine";
  const auto opened = Session::open(*model, plan, quiet({.adapters = {{"mine", kLibrary + ":Never"}}}));
  EXPECT_THAT(opened.error().text(), HasSubstr("FTS1104"));
  EXPECT_TRUE(Session::open(*model, plan, quiet({.adapters = {{"other", kLibrary + ":Never"}}})));
}

}  // namespace
}  // namespace fts
