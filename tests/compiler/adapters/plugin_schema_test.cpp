// The schema files of plugins: what is read, what is refused, and how a file that names a plugin is checked by it.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "compiler/adapters/plugin_schema.hpp"
#include "tests/compiler/adapters/strategy_case.hpp"

namespace fts {
namespace {

using adapters::read_plugin_schema;

std::string with_type(const std::string& type) {
  return R"({"format":"fts-adapter-schema","version":1,"classes":[{"name":"bridge","attributes":[{"name":"a","type":)" +
         type + "}]}]}";
}

TEST(PluginSchema, ReadsEveryKindOfType) {
  for (const char* type : {R"("boolean")", R"({"kind":"integer","minimum":1,"maximum":8})", R"(["string","none"])",
                           R"({"kind":"word","words":["a","b"]})", R"({"kind":"list","element":"modules"})",
                           R"({"kind":"body","attributes":[{"name":"b","type":"bytes"}]})",
                           R"({"kind":"rules","keys":"modules","element":"dtype"})"}) {
    const auto schema = read_plugin_schema(with_type(type));
    EXPECT_TRUE(schema) << type << ": " << schema.error();
  }
}

std::string fault_of(const std::string& text) {
  const auto schema = read_plugin_schema(text);
  return schema ? "" : schema.error();
}

TEST(PluginSchema, RefusesWithThePlaceOfTheFault) {
  const std::pair<std::string, std::string> cases[] = {
      {"[", "it is not JSON"},
      {"{}", "format: expected a string"},
      {R"({"format":"fts-adapter-schema","version":2})", "version: this program reads version 1"},
      {R"({"format":"fts-adapter-schema","version":1,"classes":[]})", "classes: there must be at least one"},
      {with_type(R"("intger")"), "classes[0].attributes[0].type: there is no type 'intger'"},
      {with_type(R"("list")"), "classes[0].attributes[0].type: 'list' needs an object that says of what"},
      {with_type(R"([])"), "classes[0].attributes[0].type: there must be at least one type"},
      {with_type(R"("integer","default":"x")"), "classes[0].attributes[0].default: expected a whole number"},
      {with_type(R"("integer","wat":1)"),
       "classes[0].attributes[0]: unknown key 'wat'; it has name, type, doc, default, required"},
  };
  for (const auto& [text, words] : cases) EXPECT_EQ(fault_of(text), words) << text;
  std::string deep = R"("integer")";
  for (int i = 0; i < 10000; ++i) deep = R"({"kind":"list","element":)" + deep + "}";
  EXPECT_THAT(fault_of(with_type(deep)), testing::HasSubstr("nested deeper than 8 levels"));
}

TEST(PluginSchema, IsTotalOnEveryPrefixAndByte) {
  const std::string good = with_type(R"({"kind":"rules","keys":"modules","element":["dtype","none"]})");
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(read_plugin_schema(good.substr(0, i)));
    std::string broken = good;
    for (const char c : {'\0', '{', '"', '9'}) {
      broken[i] = c;
      (void)read_plugin_schema(broken);
    }
  }
}

TEST(PluginSchema, RenamesByPieces) {
  const auto schema = read_plugin_schema(
      R"({"format":"fts-adapter-schema","version":1,"classes":[{"name":"b","renames":[{"from":"transformer.h.*.attn","to":"blocks.*.attention"},{"from":"head","to":""}]}]})");
  ASSERT_TRUE(schema) << schema.error();
  const auto& renames = schema->classes[0].renames;
  EXPECT_EQ(adapters::renamed(renames, "transformer.h.3.attn.weight"), "blocks.3.attention.weight");
  EXPECT_EQ(adapters::renamed(renames, "transformer.h.3"), "transformer.h.3");
  EXPECT_EQ(adapters::renamed(renames, "head.bias"), "bias");
}

// A folder with one plugin, named by FTS_ADAPTER_PATH while the test runs.
class PluginInAFolder : public testing::TestWithParam<test::StrategyCase> {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "libbridge.schema.json")
        << R"({"format":"fts-adapter-schema","version":1,"classes":[{"name":"bridge","class":"Bridge","attributes":[)"
           R"({"name":"depth","type":{"kind":"integer","minimum":1},"default":2},{"name":"where","type":"modules"},)"
           R"({"name":"fast","type":"boolean"},{"name":"mode","type":{"kind":"word","words":["a","b"]}}],)"
           R"("constraints":[{"attribute":"fast","needs":["mode"],"excludes":["where"]}],)"
           R"("renames":[{"from":"model.blocks","to":"h"}]}]})";
    std::ofstream(folder_ / "broken.schema.json") << "{";
    setenv("FTS_ADAPTER_PATH", folder_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("FTS_ADAPTER_PATH");
    std::filesystem::remove_all(folder_);
  }
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("fts_plugin_" + std::to_string(getpid()));
};

TEST_P(PluginInAFolder, IsCheckedByItsSchema) { test::check(GetParam()); }

std::string views(const std::string& adapter) {
  return "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\nphase all { thaw = all } }\nstrategy views { "
         "adapter = " +
         adapter + " }\n";
}
const std::string kNet = "three-blocks";
INSTANTIATE_TEST_SUITE_P(
    Table, PluginInAFolder,
    testing::Values(
        test::StrategyCase{"Right", kNet, views("plugin(\"bridge\") { depth = 3, where = all }"), {}, "", 0},
        test::StrategyCase{"InTheStrategysBody", kNet, views("plugin(\"bridge\"), depth = 3"), {}, "", 0},
        test::StrategyCase{
            "AWrongType", kNet, views("plugin(\"bridge\") { depth = \"x\" }"), {"FTS0301"}, "a whole number >= 1"},
        test::StrategyCase{"OutOfRange", kNet, views("plugin(\"bridge\") { depth = 0 }"), {"FTS0302"}, "depth"},
        test::StrategyCase{
            "AnUnknownAttribute", kNet, views("plugin(\"bridge\") { deph = 3 }"), {"FTS0203"}, "did you mean 'depth'?"},
        test::StrategyCase{"ASelectionThatMatchesNothing",
                           kNet,
                           views("plugin(\"bridge\") { where = \"model.nowhere\" }"),
                           {"FTS0401"},
                           "model.nowhere"},
        test::StrategyCase{
            "WhatItNeeds", kNet, views("plugin(\"bridge\") { fast = true }"), {"FTS0752"}, "'fast' needs 'mode'"},
        test::StrategyCase{"WhatItExcludes",
                           kNet,
                           views("plugin(\"bridge\") { fast = true, mode = a, where = all }"),
                           {"FTS0752"},
                           "'fast' excludes 'where'"},
        test::StrategyCase{"NotFound", kNet, views("plugin(\"brigde\")"), {"FTS0750"}, "libbrigde.schema.json"},
        test::StrategyCase{"ALibraryThatIsNotThere",
                           kNet,
                           views("plugin(\"nowhere/x.so:Bridge\")"),
                           {"FTS0750"},
                           "nowhere/x.schema.json"},
        test::StrategyCase{"Unreadable", kNet, views("plugin(\"broken\")"), {"FTS0751"}, "it is not JSON"},
        test::StrategyCase{"WithoutAName", kNet, views("plugin { depth = 3 }"), {"FTS0205"}, "which"}),
    test::case_name);

TEST(Plugin, ANameIsTakenAsItIsWhereNoFolderHasPlugins) {
  unsetenv("FTS_ADAPTER_PATH");
  test::check({"", kNet, views("plugin(\"bridge\") { anything = 3 }"), {}, "", 0});
}

}  // namespace
}  // namespace fts
