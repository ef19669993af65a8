// Scalars and documents as PyYAML reads them.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/base/render.hpp"
#include "compiler/interop/yaml.hpp"
#include "compiler/interop/yaml_text.hpp"

namespace fts::interop {
namespace {

using Kind = Yaml::Kind;

struct Scalar {
  const char* text;
  Kind kind;
  double value = 0;
  Dialect dialect = Dialect::schedule;
};

class Scalars : public testing::TestWithParam<Scalar> {};

TEST_P(Scalars, AreReadAsPyYamlReadsThem) {
  const auto value = resolve_scalar(GetParam().text, GetParam().dialect);
  EXPECT_EQ(static_cast<int>(value.kind), static_cast<int>(GetParam().kind)) << GetParam().text;
  if (value.is_number()) {
    EXPECT_EQ(value.real, GetParam().value) << GetParam().text;
  }
}

constexpr auto kConfig = Dialect::configuration;
INSTANTIATE_TEST_SUITE_P(Table, Scalars,
                         testing::Values(Scalar{"1e-3", Kind::string}, Scalar{"1.0e-3", Kind::real, 1e-3},
                                         Scalar{"1.e3", Kind::string}, Scalar{"2.0e+2", Kind::real, 200},
                                         Scalar{"1e-3", Kind::real, 1e-3, kConfig},
                                         Scalar{"1e3", Kind::real, 1e3, kConfig}, Scalar{"0o17", Kind::string},
                                         Scalar{"017", Kind::integer, 15}, Scalar{"0x1F", Kind::integer, 31},
                                         Scalar{"1_000", Kind::integer, 1000}, Scalar{"1:30", Kind::integer, 90},
                                         Scalar{"yes", Kind::boolean}, Scalar{"Off", Kind::boolean},
                                         Scalar{"y", Kind::string}, Scalar{"~", Kind::null}, Scalar{"", Kind::null},
                                         Scalar{"-.inf", Kind::real, -HUGE_VAL}, Scalar{"-5", Kind::integer, -5},
                                         Scalar{".5", Kind::real, 0.5}, Scalar{"1.", Kind::real, 1},
                                         Scalar{"99999999999999999999", Kind::real, 1e20}));

TEST(Scalars, OfBase60MayBeLargerThanAnyInteger) {
  const auto value = resolve_scalar("9:59:59:59:59:59:59:59:59:59:59:59", Dialect::schedule);
  EXPECT_EQ(value.kind, Kind::real);
  EXPECT_GT(value.real, 0x1p63);
}

TEST(PythonNumbers, AreConvertedAsFloatDoes) {
  EXPECT_EQ(python_float("1e-3"), 1e-3);
  EXPECT_EQ(python_float(" +1_0.5 "), 10.5);
  EXPECT_EQ(python_float("-Infinity"), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(python_float("nan").value()));
  for (const char* bad : {"", "fast", "1.0e-05x", "1__0", "0x10", "1e", "--1", "+-1", "-+1"})
    EXPECT_FALSE(python_float(bad)) << bad;
  EXPECT_EQ(python_int(" 7 "), 7);
  for (const char* bad : {"", "1.0", "+-1", "1_", "0x1"}) EXPECT_FALSE(python_int(bad)) << bad;
}

std::optional<Document> read(SourceMap& sources, Diagnostics& diagnostics, const std::string& text) {
  return read_yaml(sources, sources.add("s.yaml", text), Dialect::schedule, diagnostics);
}

struct Faulty {
  const char* name;
  std::string text;
  const char* code;
};
class FaultyYaml : public testing::TestWithParam<Faulty> {};

TEST_P(FaultyYaml, IsRefusedWithItsPlace) {
  SourceMap sources;
  Diagnostics diagnostics;
  EXPECT_FALSE(read(sources, diagnostics, GetParam().text));
  ASSERT_EQ(diagnostics.all().size(), 1U) << render(diagnostics, sources, {});
  EXPECT_EQ(info(diagnostics.all()[0].code).id, GetParam().code);
  EXPECT_TRUE(diagnostics.all()[0].span.has_place());
}

INSTANTIATE_TEST_SUITE_P(Table, FaultyYaml,
                         testing::Values(Faulty{"OpenBracket", "0:\n  params: [a\n1:\n", "FTS1201"},
                                         Faulty{"Tab", "0:\n\tparams: [a]\n", "FTS1201"},
                                         Faulty{"PythonTag", "0: !!python/object:os.system {}\n", "FTS1201"},
                                         Faulty{"NoUtf8", "0: \xff\n", "FTS1201"},
                                         Faulty{"RepeatedKey", "1: a\n1.0: b\n", "FTS1202"},
                                         Faulty{"AliasInItself", "&a [*a]\n", "FTS1201"},
                                         Faulty{"UnknownAlias", "a: *b\n", "FTS1201"}),
                         [](const auto& c) { return c.param.name; });

TEST(Yaml, AliasesThatGrowWithoutBoundAreRefused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    text += "]\n";
  }
  SourceMap sources;
  Diagnostics diagnostics;
  EXPECT_FALSE(read(sources, diagnostics, text));
  EXPECT_THAT(render(diagnostics, sources, {}), testing::HasSubstr("grows too large"));
}

TEST(Yaml, MergesAndAliasesAreResolved) {
  SourceMap sources;
  Diagnostics diagnostics;
  const auto document = read(sources, diagnostics, "base: &b {lr: 1.0, x: 2}\n1:\n  <<: *b\n  lr: 3.0\n");
  ASSERT_TRUE(document);
  const Yaml& phase = document->root.entries[1].second;
  EXPECT_EQ(phase.find("lr")->real, 3.0);
  EXPECT_EQ(phase.find("x")->integer, 2);
}

TEST(Yaml, WhatIsWrittenIsReadBack) {
  const nlohmann::ordered_json value = {
      {"a", {1, 2.5, 2e-05, true, nullptr}},
      {"b", {{"c", "on"}, {"d", "1e-3"}, {"e", "it's"}, {"f", "model.layers.\\d+$"}, {"g", ""}, {"h", "1:30"}}},
      {"l", {"x", {{"k", 1}}, {{"k", 2}, {"m", nlohmann::ordered_json::object()}}}}};
  SourceMap sources;
  Diagnostics diagnostics;
  const auto document = read(sources, diagnostics, yaml_text(value));
  ASSERT_TRUE(document) << yaml_text(value);
  EXPECT_EQ(document->root.find("a")->elements[2].real, 2e-05) << yaml_text(value);
  for (const auto& [key, v] : document->root.find("b")->entries) {
    EXPECT_TRUE(v.is(Kind::string)) << key.text;
    EXPECT_EQ(v.text, value["b"][key.text].get<std::string>());
  }
  EXPECT_EQ(document->root.find("l")->elements[2].find("k")->integer, 2) << yaml_text(value);
}

}  // namespace
}  // namespace fts::interop
