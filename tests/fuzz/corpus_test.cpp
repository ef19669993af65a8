// The kept corpora in every build: what once broke must not break again. (With sanitizers in the asan preset.)
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "tests/fuzz/fuzz.hpp"

namespace fts::fuzz {
namespace {

namespace fs = std::filesystem;

struct Target {
  std::string name;
  void (*run)(std::string_view);
};
void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, IsAnswered) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(FTS_SOURCE_DIR) / "tests/fuzz/corpus" / GetParam().name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    SCOPED_TRACE(entry.path().string());
    GetParam().run(std::string(std::istreambuf_iterator<char>(file), {}));
    ++count;
  }
  EXPECT_GT(count, 0u);
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus,
                         testing::Values(Target{"source", source}, Target{"graph_json", graph_json},
                                         Target{"safetensors", safetensors}, Target{"index", index},
                                         Target{"archive", archive}, Target{"pickle", pickle}, Target{"plan", plan},
                                         Target{"yaml", yaml}, Target{"plugin_schema", plugin_schema}),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace fts::fuzz
