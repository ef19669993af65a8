// What SARIF 2.1.0 asks for, and what the diagnostics say in it.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "compiler/base/code.hpp"
#include "compiler/base/render.hpp"

namespace fts {
namespace {

using nlohmann::json;

json sarif(const Diagnostics& d, const SourceMap& sources, const std::string& file = "a b.fts") {
  const Report report{d, sources, file};
  return json::parse(render_sarif(std::span(&report, 1), "1.2.3"));
}

TEST(RenderSarif, HasOneRunOfTheToolWithoutResultsForACleanFile) {
  const json j = sarif({}, {});
  EXPECT_EQ(j.at("version"), "2.1.0");
  ASSERT_EQ(j.at("runs").size(), 1U);
  const json& driver = j["runs"][0].at("tool").at("driver");
  EXPECT_EQ(driver, json({{"name", "ftsc"}, {"version", "1.2.3"}, {"rules", json::array()}}));
  EXPECT_EQ(j["runs"][0].at("results"), json::array());
}

TEST(RenderSarif, PlacesResultsInCodePointsAndNamesTheirRules) {
  SourceMap sources;
  Diagnostics d;
  const FileId file = sources.add("/x/ä b.fts", "\"ä\" = 1\nnext\n");
  d.report(Code::never_thawed, {}, "none").help = "thaw them";
  d.report(Code::wrong_type, {file, 7, 8}, "m").notes.push_back({"here", {file, 9, 13}});
  const json run = sarif(d, sources).at("runs")[0];
  const json& rules = run.at("tool").at("driver").at("rules");
  const json& results = run.at("results");
  ASSERT_EQ(rules.size(), 2U);
  ASSERT_EQ(results.size(), 2U);
  for (const auto& r : results) EXPECT_EQ(rules[r.at("ruleIndex").get<std::size_t>()].at("id"), r.at("ruleId"));
  EXPECT_EQ(results[0].at("level"), "warning");
  EXPECT_EQ(results[0].at("message").at("text"), "none\nthaw them");
  EXPECT_EQ(results[0].at("locations")[0].at("physicalLocation"), json({{"artifactLocation", {{"uri", "a%20b.fts"}}}}));
  const json& place = results[1].at("locations")[0].at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "file:///x/%C3%A4%20b.fts");
  EXPECT_EQ(place.at("region"), json({{"startLine", 1}, {"startColumn", 7}, {"endLine", 1}, {"endColumn", 8}}));
  EXPECT_EQ(results[1].at("relatedLocations")[0].at("physicalLocation").at("region").at("startLine"), 2);
}

TEST(RenderSarif, CarriesFixesAsReplacements) {
  SourceMap sources;
  Diagnostics d;
  const FileId file = sources.add("f.fts", "a = b\n");
  d.report(Code::unknown_name, {file, 4, 5}, "m").fixes.push_back({{file, 4, 5}, "c", true});
  const json result = sarif(d, sources).at("runs")[0].at("results")[0];
  const json& change = result.at("fixes")[0].at("artifactChanges")[0];
  EXPECT_EQ(change.at("artifactLocation").at("uri"), "f.fts");
  EXPECT_EQ(change.at("replacements")[0].at("insertedContent").at("text"), "c");
  EXPECT_EQ(change.at("replacements")[0].at("deletedRegion").at("startColumn"), 5);
}

}  // namespace
}  // namespace fts
