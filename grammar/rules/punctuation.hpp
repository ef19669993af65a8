// Punctuation and operators. Each has a name for its role, for kinds, colours and messages attach to names.
#pragma once
#include "grammar/rules/words.hpp"

namespace fts::grammar::rules {

struct assign : seq<one<'='>, not_at<one<'=', '>'>>> {};
struct arrow : string<'=', '>'> {};
struct colon : one<':'> {};
struct comma : one<','> {};
struct dot : seq<one<'.'>, not_at<one<'.'>>> {};
struct range_op : string<'.', '.'> {};

struct open_body : one<'{'> {};
struct close_body : one<'}'> {};
struct open_paren : one<'('> {};
struct close_paren : one<')'> {};
struct open_list : one<'['> {};
struct close_list : one<']'> {};
struct open_index : one<'['> {};
struct close_index : one<']'> {};

struct cmp_op : sor<string<'=', '='>, string<'!', '='>, string<'<', '='>, string<'>', '='>, one<'<'>, one<'>'>> {};
struct set_op : one<'|', '&'> {};
struct add_op : seq<one<'+', '-'>, not_at<one<'>'>>> {};  // '->' is read as a mistaken '=>'
struct minus : seq<one<'-'>, not_at<one<'>'>>> {};
struct mul_op : sor<seq<one<'*'>, not_at<one<'*'>>>, one<'/'>> {};
struct pow_op : string<'*', '*'> {};

// Habits from other languages, read so that the item is kept and the message names the cause.
struct floor_div : string<'/', '/'> {};
struct double_op : sor<string<'&', '&'>, string<'|', '|'>> {};
struct wrong_assign : sor<string<':', '='>, string<'=', '='>, one<':'>> {};
struct semicolon : one<';'> {};

}  // namespace fts::grammar::rules
