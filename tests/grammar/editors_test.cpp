// The editors' grammars know the words that the language has, and colour its complete file as they should.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/grammar/textmate.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

using nlohmann::json;
using Words = std::set<std::string>;

std::string read(const std::string& path) {
  std::ifstream in(std::string(FTS_SOURCE_DIR) + "/" + path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

// What `word` finds in the part of a text that `part` finds; group 1 of each.
Words words(const std::string& text, const std::string& part, const std::string& word) {
  std::smatch found;
  if (!std::regex_search(text, found, std::regex(part))) {
    ADD_FAILURE() << part;
    return {};
  }
  const std::string inside = found[0];
  const std::regex each(word);
  Words all;
  for (auto at = std::sregex_iterator(inside.begin(), inside.end(), each); at != std::sregex_iterator(); ++at)
    all.insert((*at)[1]);
  return all;
}

// The language's own lists, read from where they stand in its sources.
struct Language {
  Words keywords = words(read("grammar/rules/words.hpp"), "struct kw_[^]*", R"(struct kw_(\w+))");
  Words operators = words(read("grammar/rules/words.hpp"), "struct op_word[^\n]*", R"(kw_(\w+))");
  Words constants = words(read("compiler/ast/build_items.cpp"), R"(kReserved = \{[^}]*)", R"re("(\w+)")re");
  Words functions = words(read("compiler/resolve/scalar.cpp"), "kFunctions = [^;]*;", R"re(Function\{"(\w+)")re");
  Words facts = words(read("compiler/resolve/evaluate_predicates.cpp"), R"(kFacts = \{[^}]*)", R"re("(\w+)")re");
  Words conditions = words(read("compiler/resolve/evaluate_conditions.cpp"), R"(words = \{[^}]*)", R"re("(\w+)")re");
};

Words operator+(Words a, const Words& b) {
  a.insert(b.begin(), b.end());
  return a;
}
Words operator-(Words a, const Words& b) {
  for (const auto& word : b) a.erase(word);
  return a;
}

json textmate() { return json::parse(read("grammar/editors/fts.tmLanguage.json")); }

// The alternatives of a rule of the TextMate grammar.
Words textmate_words(const std::string& rule) {
  return words(textmate().at("repository").at(rule).at("match").get<std::string>(), R"(\((?:\w+\|)+\w+\))",
               R"(\b(\w+)\b)");
}

// The words of a group of the Vim syntax.
Words vim_words(const std::string& group) {
  const auto all = words(read("grammar/editors/vim/syntax/fts.vim"), "syn keyword " + group + "[^\n]*", R"( (\w+))");
  return all - Words{"keyword", group};
}

TEST(Editors, KnowTheWordsOfTheLanguage) {
  const Language language;
  EXPECT_EQ(textmate_words("word-operator"), language.operators + Words{"as"});
  EXPECT_EQ(textmate_words("constant"), language.constants);
  EXPECT_EQ(textmate_words("function"), (language.functions + Words{"len", "module", "types"}));
  EXPECT_EQ(textmate_words("fact"), language.facts);
  EXPECT_EQ(textmate_words("condition"), language.conditions);
  const auto statements = textmate().at("repository").at("statement").dump();
  for (const auto& word : language.keywords - language.operators) EXPECT_THAT(statements, testing::HasSubstr(word));
}

TEST(Editors, KnowTheSameWords) {
  const Language language;
  EXPECT_EQ(vim_words("ftsStatement") + vim_words("ftsWordOperator"), language.keywords);
  EXPECT_EQ(vim_words("ftsConstant"), textmate_words("constant"));
  EXPECT_EQ(vim_words("ftsFunction"), textmate_words("function"));
  EXPECT_EQ(vim_words("ftsCondition"), textmate_words("condition"));
  EXPECT_EQ(vim_words("ftsFact") + Words{"tied"}, textmate_words("fact"));
  EXPECT_EQ(vim_words("ftsBlock"), textmate_words("block"));
}

TEST(Editors, TextMateColoursTheCompleteFile) {
  std::string all;
  for (const auto& [text, scope] : tokenise(textmate(), read("tests/data/language_sample.fts")))
    all += (scope.empty() ? "(none)" : scope.substr(0, scope.rfind(".fts"))) + "\t" + text + "\n";
  expect_golden("grammar/language_sample.scopes", all);
}

struct Case {
  std::string text;
  std::string piece;
  std::string scope;
};

TEST(Editors, TextMateTellsWhatIsAlike) {
  const auto grammar = textmate();
  const std::vector<Case> cases = {
      {"a = 6 / 2 / 3", "/", "keyword.operator.fts"},
      {"a = /x.*/", "/x.*/", "string.regexp.fts"},
      {"  /a#b/ => {}", "/a#b/", "string.regexp.fts"},
      {"let x = all - /a\\/b/", "/a\\/b/", "string.regexp.fts"},
      {"max = 1", "max", "variable.other.property.fts"},
      {"x = max(1, 2)", "max", "support.function.fts"},
      {"a == b", "a", "variable.other.fts"},
      {"x = \"a.${n + 1}.*\" # no", "n", "variable.other.fts"},
      {"x = \"a#b\"", "a#b", "string.quoted.double.fts"},
      {"x = 80GiB", "80GiB", "constant.numeric.fts"},
      {"model { graph = \"x\" }", "model", "storage.type.fts"},
      {"phase \"layer_${i}\" {", "phase", "storage.type.fts"},
      {"let = 3", "let", "variable.other.property.fts"},
  };
  for (const auto& c : cases) {
    const auto pieces = tokenise(grammar, c.text);
    const auto found = std::find_if(pieces.begin(), pieces.end(), [&](const auto& p) { return p.text == c.piece; });
    ASSERT_NE(found, pieces.end()) << c.text;
    EXPECT_EQ(found->scope, c.scope) << c.text;
  }
}

}  // namespace
}  // namespace fts::test
