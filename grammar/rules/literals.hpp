// Numbers, strings and regexes. What an escape or a number means is decided on the tree.
#pragma once
#include "grammar/rules/punctuation.hpp"

namespace fts::grammar::rules {

struct expr;

struct digits : seq<digit, star<seq<opt<one<'_'>>, digit>>> {};
struct fraction : seq<one<'.'>, digits> {};
struct exponent : seq<one<'e', 'E'>, opt<one<'+', '-'>>, digits> {};
struct unit : identifier {};
struct number : seq<digits, opt<fraction>, opt<exponent>, opt<unit>> {};

struct str_open : one<'"'> {};
struct str_close : one<'"'> {};
struct interp_open : string<'$', '{'> {};
struct interp_close : one<'}'> {};
struct interp_expr : seq<ws, expr> {};
struct interp_end : seq<ws, interp_close> {};
struct interp : seq<interp_open, within<Newlines::forbidden, seq<need<interp_expr>, need<interp_end>>>> {};
struct escaped_code : seq<string<'u', '{'>, star<xdigit>, one<'}'>> {};
struct escaped_char : sor<escaped_code, seq<not_one<'\n', '\r'>, star<pegtl::range<'\x80', '\xBF'>>>> {
};  // UTF-8 is whole
struct escape : seq<one<'\\'>, escaped_char> {};
struct escaped_interp : string<'$', '$', '{'> {};
struct str_text : plus<sor<escaped_interp, seq<not_at<interp_open>, not_one<'"', '\\', '\n', '\r'>>>> {};
struct str_inside : seq<star<sor<interp, escape, str_text>>, need<str_close>> {};
struct str : seq<str_open, opened_by<str_inside>> {};

struct regex_close : one<'/'> {};
struct regex_text : star<sor<seq<one<'\\'>, not_one<'\n', '\r'>>, not_one<'/', '\\', '\n', '\r'>>> {};
struct regex_inside : seq<regex_text, need<regex_close>> {};
struct regex : seq<one<'/'>, opened_by<regex_inside>> {};

// Habits from other languages.
struct rest_of_line : star<not_one<'\n', '\r'>> {};
struct empty_regex : seq<string<'/', '/'>, rest_of_line> {};
struct wrong_quotes : seq<one<'\''>, star<not_one<'\'', '\n', '\r'>>, opt<one<'\''>>> {};

struct literal : sor<str, tolerate<empty_regex>, regex, number, tolerate<wrong_quotes>> {};

}  // namespace fts::grammar::rules
