#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "compiler/base/code.hpp"
#include "compiler/base/render.hpp"

namespace fts {
namespace {

using nlohmann::json;

json span(int line, int column, int end_line, int end_column) {
  return {{"begin", {{"line", line}, {"column", column}}}, {"end", {{"line", end_line}, {"column", end_column}}}};
}

TEST(RenderJson, CountsLinesAndColumnsFrom1InBytesWithAnExclusiveEnd) {
  SourceMap sources;
  Diagnostics d;
  const FileId file = sources.add("f.fts", "ä = {\n  b\n}\n");
  d.report(Code::wrong_type, {file, 5, 12}, "m");
  const json j = json::parse(render_json(d, sources, "f.fts"));
  EXPECT_EQ(j["version"], 1);
  EXPECT_EQ(j["diagnostics"][0]["span"], span(1, 6, 3, 2));
  EXPECT_EQ(j["diagnostics"][0]["code"], "FTS0301");
  EXPECT_EQ(j["diagnostics"][0]["severity"], "error");
  EXPECT_EQ(j["diagnostics"][0]["notes"], json::array());
  EXPECT_FALSE(j["diagnostics"][0].contains("help"));
  EXPECT_FALSE(j["diagnostics"][0].contains("fixes"));
  EXPECT_EQ(j["summary"], (json{{"errors", 1}, {"warnings", 0}}));
}

TEST(RenderJson, NamesTheFallbackFileWhereThereIsNoPlace) {
  Diagnostics d;
  d.report(Code::model_missing, {}, "m").notes.push_back({"n", {}});
  const json j = json::parse(render_json(d, SourceMap{}, "main.fts"));
  EXPECT_EQ(j["diagnostics"][0]["file"], "main.fts");
  EXPECT_EQ(j["diagnostics"][0]["span"], span(1, 1, 1, 1));
  EXPECT_EQ(j["diagnostics"][0]["notes"][0]["file"], "main.fts");
}

TEST(RenderJson, StaysJsonWhateverTheMessageHolds) {
  Diagnostics d;
  d.report(Code::bad_encoding, {}, "bytes \xff\xfe \"quoted\" \n\x01");
  const std::string text = render_json(d, SourceMap{}, "f");
  EXPECT_TRUE(json::accept(text)) << text;
  EXPECT_TRUE(text.ends_with("}\n"));
  EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
}

TEST(RenderJson, OfNothingIsTheWholeFrame) {
  EXPECT_EQ(render_json(Diagnostics{}, SourceMap{}, "f"),
            "{\"version\":1,\"diagnostics\":[],\"summary\":{\"errors\":0,\"warnings\":0}}\n");
}

}  // namespace
}  // namespace fts
