// The command line as a whole: its help, completions, manual page, streams and faults.
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/driver/ftsc_run.hpp"

namespace fts::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::set<std::string> kCommands = {"check", "compile", "plan",   "explain",    "diff", "gen",
                                         "fmt",   "graph",   "stdlib", "completion", "man"};

// What --help shows of a command, with its options.
std::set<std::string> long_options(const std::string& command) {
  std::set<std::string> found;
  const std::string help = ftsc(command + " --help").out;
  const std::regex option("--[a-z][a-z-]*");
  for (std::sregex_iterator it(help.begin(), help.end(), option), end; it != end; ++it) found.insert(it->str());
  return found;
}

// What bash completes at the end of a line.
std::set<std::string> completed(const std::string& line) {
  const std::string script = "source <(\"" FTSC "\" completion bash); COMP_WORDS=(" + line +
                             (line.ends_with(" ") ? "\"\"" : "") +
                             "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _ftsc; printf \"%s\\n\" \"${COMPREPLY[@]}\"";
  const std::string command = "bash -c '" + script + "'";
  std::FILE* pipe = popen(("cd " + kCheckData + " && " + command).c_str(), "r");
  std::string out;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  pclose(pipe);
  std::istringstream lines(out);
  std::set<std::string> result;
  for (std::string word; std::getline(lines, word);) result.insert(word);
  return result;
}

std::string without_escapes(std::string text) { return std::regex_replace(text, std::regex(R"(\\-)"), "-"); }

TEST(Cli, HelpListsEveryCommand) {
  const std::string help = ftsc("--help").out;
  for (const auto& command : kCommands) EXPECT_THAT(help, HasSubstr("  " + command + " ")) << command;
}

TEST(Completion, OfBashKnowsCommandsOptionsChoicesAndFiles) {
  for (const auto& command : kCommands) EXPECT_THAT(completed("ftsc "), Contains(command));
  EXPECT_EQ(completed("ftsc ch"), std::set<std::string>{"check"});
  for (const auto& option : long_options("check")) EXPECT_THAT(completed("ftsc check --"), Contains(option)) << option;
  EXPECT_EQ(completed("ftsc check x.fts --format s"), std::set<std::string>{"sarif"});
  EXPECT_THAT(completed("ftsc check thr"), Contains("three_phases.fts"));
  EXPECT_EQ(completed("ftsc completion z"), std::set<std::string>{"zsh"});
  EXPECT_EQ(completed("ftsc completion "), (std::set<std::string>{"-h", "--help", "bash", "zsh", "fish"}));
}

TEST(Completion, OfBashFindsTheCommandBehindAnOptionWithAValue) {
  for (const std::string colour : {"--color always", "--color = always"}) {
    EXPECT_THAT(completed("ftsc " + colour + " "), Contains("check")) << colour;
    EXPECT_THAT(completed("ftsc " + colour + " check --wat"), Contains("--watch")) << colour;
  }
  EXPECT_EQ(completed("ftsc --color al"), std::set<std::string>{"always"});
  EXPECT_EQ(completed("ftsc check x.fts --color al"), std::set<std::string>{"always"});
}

TEST(Completion, OfEveryShellHasEveryCommandAndOption) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const std::string script = ftsc("completion " + shell).out;
    for (const auto& command : kCommands) {
      EXPECT_THAT(script, HasSubstr(command)) << shell;
      for (const auto& option : long_options(command)) {
        const std::string name = shell == "fish" ? "-l " + option.substr(2) : option;
        EXPECT_THAT(script, HasSubstr(name)) << shell << " " << command;
      }
    }
  }
}

TEST(ManualPage, HasEveryCommandAndOption) {
  const std::string page = without_escapes(ftsc("man").out);
  EXPECT_THAT(page, testing::StartsWith(".TH FTSC 1"));
  for (const auto& command : kCommands) {
    const auto begin = page.find(".SS " + command + "\n");
    ASSERT_NE(begin, std::string::npos) << command;
    const std::string section = page.substr(begin, page.find("\n.S", begin + 1) - begin);
    for (const auto& option : long_options(command)) {
      const bool everywhere = option == "--color" || option == "--version";
      EXPECT_THAT(everywhere ? page : section, HasSubstr(option + "\\fR")) << command;
    }
  }
}

TEST(Cli, SuggestsTheCommandOrOptionThatWasMeant) {
  const auto command = ftsc("chekc x.fts");
  EXPECT_EQ(command.status, 2);
  EXPECT_THAT(command.out, HasSubstr("there is no command 'chekc'; did you mean 'check'?"));
  const auto option = ftsc("check x.fts --formt json");
  EXPECT_EQ(option.status, 2);
  EXPECT_THAT(option.out, HasSubstr("there is no option '--formt'; did you mean '--format'?"));
  EXPECT_THAT(option.out, HasSubstr("`ftsc check --help`"));
}

TEST(Cli, PrintsItsVersion) {
  EXPECT_THAT(ftsc("--version").out, testing::MatchesRegex("ftsc [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Cli, ColoursOnlyWhenItIsToldToOffATerminal) {
  EXPECT_THAT(ftsc("check eight_faults.fts").out, testing::Not(HasSubstr("\x1b[")));
  EXPECT_THAT(ftsc("check eight_faults.fts --color always").out, HasSubstr("\x1b[1;31m"));
  EXPECT_EQ(ftsc("check eight_faults.fts --color sometimes").status, 2);
}

TEST(Cli, SaysThatItsOutputCannotBeWritten) {
  const auto r = ftsc("plan three_phases.fts > /dev/full");
  EXPECT_EQ(r.status, 2);
  EXPECT_THAT(r.out, HasSubstr("No space left on device"));
  EXPECT_EQ(ftsc("compile three_phases.fts -o /nowhere/x.ftsplan").status, 2);
}

TEST(Cli, IsQuietWhenNobodyReadsOn) {
  EXPECT_EQ(ftsc("graph ../graphs/bert-base-uncased-seqcls.graph.json | head -1 > /dev/null").out, "");
}

TEST(Cli, CompilesToStdout) {
  const auto r = ftsc("compile three_phases.fts -o -");
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.out, testing::StartsWith("{"));
}

}  // namespace
}  // namespace fts::test
