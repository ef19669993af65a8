// A reader of single tokens for messages ("found 'lr'"). It knows less than the grammar and works on any bytes.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace fts::grammar {

// The end of the token that starts at `at`: a word, number, string, operator, or one UTF-8 character.
[[nodiscard]] std::size_t token_end(std::string_view text, std::size_t at);

// What stands at `at`, for "found …": a quoted token, "the end of the line" or "the end of the file".
[[nodiscard]] std::string describe_token(std::string_view text, std::size_t at);

[[nodiscard]] bool is_word_char(char c);
[[nodiscard]] bool is_blank(char c);
// The first offset from `at` on that holds no blank.
[[nodiscard]] std::size_t skip_blanks(std::string_view text, std::size_t at);
[[nodiscard]] bool at_line_end(std::string_view text, std::size_t at);
// The word that the text ends with; empty if it ends otherwise.
[[nodiscard]] std::string_view last_word(std::string_view text);
// The offsets of the line that holds `at`, without its line break.
[[nodiscard]] std::size_t line_begin(std::string_view text, std::size_t at);
[[nodiscard]] std::size_t line_end(std::string_view text, std::size_t at);

}  // namespace fts::grammar
