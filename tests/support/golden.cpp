#include "tests/support/golden.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace fts::test {

namespace {

const std::filesystem::path kTests = std::filesystem::path(FTS_SOURCE_DIR) / "tests";

bool updating() {
  const char* wish = std::getenv("FTS_UPDATE_GOLDEN");
  return wish != nullptr && std::string_view(wish) == "1";
}

void update(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  ASSERT_TRUE(out.flush()) << "cannot write " << path;
}

}  // namespace

std::string read_test_file(const std::string& path) {
  std::ifstream in(kTests / path, std::ios::binary);
  EXPECT_TRUE(in) << "cannot read tests/" << path;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

void expect_golden(const std::string& name, std::string_view actual) {
  const auto path = kTests / "golden" / name;
  if (updating()) return update(path, actual);
  ASSERT_TRUE(std::filesystem::exists(path)) << "no golden file " << path << "; write it with FTS_UPDATE_GOLDEN=1";
  EXPECT_EQ(read_test_file("golden/" + name), actual) << "differs from tests/golden/" << name;
}

}  // namespace fts::test
