// As much of TextMate's way to read a grammar as ours uses: match rules with captures, begin/end rules, includes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace fts::test {

struct ScopedText {
  std::string text;
  std::string scope;  // the innermost; empty: none
};

// The pieces of `text` with their scopes, line by line; blanks without a scope are left out.
[[nodiscard]] std::vector<ScopedText> tokenise(const nlohmann::json& grammar, std::string_view text);

}  // namespace fts::test
