#include "runtime/run/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts {
namespace {

CommandLine parse(std::vector<std::string> words) {
  words.insert(words.begin(), "ftsrun");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

TEST(Arguments, ReadsSchedulesInputsAndModelArguments) {
  const auto line = parse({"a.fts", "-m", "m.pt", "-d", "d.safetensors", "--set", "lr=1e-3", "--set", "name=a=b",
                           "--model-arg", "classes=4", "--no-shuffle", "--max-epochs", "3"});
  ASSERT_FALSE(line.exit_status);
  const auto& a = line.arguments;
  EXPECT_EQ(a.schedule, "a.fts");
  EXPECT_EQ(a.inputs.at("lr"), "1e-3");
  EXPECT_EQ(a.inputs.at("name"), "a=b");
  EXPECT_EQ(a.model_arguments.find("classes")->second, "4");
  EXPECT_FALSE(a.shuffle);
  EXPECT_EQ(a.max_epochs, 3);
}

struct Wrong {
  const char* name;
  std::vector<std::string> more;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class WrongCommandLine : public testing::TestWithParam<Wrong> {};

TEST_P(WrongCommandLine, IsStatusTwo) {
  std::vector<std::string> words = {"a.fts", "-m", "m.pt", "-d", "d.safetensors"};
  words.insert(words.end(), GetParam().more.begin(), GetParam().more.end());
  EXPECT_EQ(parse(words).exit_status, 2);
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongCommandLine,
    testing::Values(Wrong{"a_batch_of_no_rows", {"--batch-size", "0"}}, Wrong{"no_epochs", {"--max-epochs", "0"}},
                    Wrong{"an_input_without_a_value", {"--set", "lr"}}, Wrong{"resume_without_a_folder", {"--resume"}},
                    Wrong{"an_unknown_option", {"--epochs", "3"}}, Wrong{"a_word_too_many", {"b.fts"}}),
    [](const auto& test) { return test.param.name; });

TEST(Arguments, HelpIsStatusZeroAndNothingIsStatusTwo) {
  EXPECT_EQ(parse({"--help"}).exit_status, 0);
  EXPECT_EQ(parse({}).exit_status, 2);
}

}  // namespace
}  // namespace fts
