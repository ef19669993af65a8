// ftsc gen: the schedules that FTS's own ScheduleImplMixin.gen_ft_schedule wrote for these models (2.14.1).
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/compiler/driver/ftsc_run.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

using nlohmann::json;

json models() { return json::parse(read_test_file("data/gen/models.json")); }

std::string graph_of(const json& model) {
  json parameters = json::array();
  for (const auto& p : model.at("parameters"))
    parameters.push_back({{"name", p[0]}, {"shape", p[1]}, {"dtype", "f32"}, {"requires_grad", true}});
  for (const auto& names : model.at("tied")) {
    for (std::size_t i = 1; i < names.size(); ++i) {
      for (const auto& p : model.at("parameters")) {
        if (p[0] != names[0]) continue;
        parameters.push_back(
            {{"name", names[i]}, {"shape", p[1]}, {"dtype", "f32"}, {"requires_grad", true}, {"tied_to", names[0]}});
      }
    }
  }
  return json{{"format", "fts-param-graph"}, {"version", 1},
              {"model", model.at("model")},  {"modules", json::array()},
              {"parameters", parameters},    {"buffers", json::array()}}
      .dump();
}

class Gen : public testing::TestWithParam<std::size_t> {};

TEST_P(Gen, WritesThePhasesOfFts) {
  const json model = models().at(GetParam());
  const Folder folder;
  folder.write("m.graph.json", graph_of(model));
  const auto r = ftsc("gen -m " + folder.path("m.graph.json") + " -o " + folder.path("s.fts"));
  ASSERT_EQ(r.status, 0) << r.out;
  EXPECT_EQ(ftsc("fmt --check " + folder.path("s.fts")).status, 0);
  const auto planned = ftsc("plan --format json " + folder.path("s.fts"));
  ASSERT_EQ(planned.status, 0) << planned.out;
  const json phases = json::parse(planned.out).at("phases");
  ASSERT_EQ(phases.size(), model.at("phases").size());
  for (std::size_t i = 0; i < phases.size(); ++i) {
    std::set<std::string> expected;
    for (const auto& index : model.at("phases")[i])
      expected.insert(model.at("parameters")[index.get<std::size_t>()][0]);
    EXPECT_EQ(phases[i].at("thawed").get<std::set<std::string>>(), expected) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Gen, testing::Range<std::size_t>(0, 16), [](const auto& index) {
  return models().at(index.param).at("model").template get<std::string>();
});

TEST(GenOfAName, ThatHoldsWildcardsMeansThatName) {
  const Folder folder;
  json model = {{"model", "odd"}, {"tied", json::array()}, {"parameters", json::array()}};
  for (const char* name : {"a.w[0]", "a.{x,y}*?", "a.$${b}"})
    model["parameters"].push_back(json::array({name, json::array({1})}));
  folder.write("m.graph.json", graph_of(model));
  ASSERT_EQ(ftsc("gen -m " + folder.path("m.graph.json") + " -o " + folder.path("s.fts")).status, 0);
  const auto planned = ftsc("plan --format json " + folder.path("s.fts"));
  ASSERT_EQ(planned.status, 0) << planned.out;
  EXPECT_EQ(json::parse(planned.out).at("phases")[0].at("thawed"), json({"a.{x,y}*?", "a.$${b}"}));
}

}  // namespace
}  // namespace fts::test
