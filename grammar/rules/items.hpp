// Items: attributes, blocks, rules, let, for, use and input.
#pragma once
#include "grammar/rules/expressions.hpp"

namespace fts::grammar::rules {

// ---- faulty text, up to where reading can go on
struct bad_value : skip_to<StopAt::item_end> {};
struct bad_header : skip_to<StopAt::body> {};
struct bad_body : skip_indented {};

// A faulty value leaves the item's name in the tree, so that nothing else is said to be missing.
template <typename Rest>
using or_bad_value = recover<Rest, opt<bad_value>>;

// The value of an item. On the next line it is a fault, but one that loses nothing if that line cannot be an item.
struct whole_value : seq<value> {};
struct late_value : seq<lines, value> {};
struct item_value
    : seq<ws, sor<seq<at<newline>, no_rule_below, not_at<item_ahead>, tolerate<late_value>>, need<whole_value>>> {};

// ---- attribute and block
struct attribute : seq<ident, ws, sor<assign, tolerate<wrong_assign>>, or_bad_value<item_value>> {};

struct body_start : seq<ws, body> {};
struct next_line_body : seq<lines, body> {};
struct bad_block : seq<opt<bad_header>, opt<sor<body, next_line_body, bad_body>>> {};
struct block_body : recover<need<body_start>, bad_block> {};
struct label : sor<str, ident> {};
struct block : seq<at<block_ahead>, ident, ws, opt<label>, block_body> {};

// ---- rule
struct rule_arrow : seq<ws, arrow> {};
struct rule_value : seq<need<rule_arrow>, or_bad_value<item_value>> {};
struct rule : seq<expr, or_bad_value<rule_value>> {};

// ---- statements; their first word starts one only when a name follows
struct bind : seq<ws, bound_name> {};

struct use_path_names : seq<ident, star<dot, need<member_name>>> {};
struct use_path : sor<str, use_path_names> {};
struct use_as : seq<ws, kw_as, expect<bind>> {};
struct use_without_as : seq<report<use_as>, opt<bind>> {};
struct use : seq<kw_use, blank, use_path, sor<use_as, use_without_as>> {};

struct input_colon : seq<ws, colon> {};
struct input_type : seq<ws, ident> {};
struct input_default : seq<ws, assign, or_bad_value<item_value>> {};
struct input_rest : seq<need<input_colon>, need<input_type>, opt<input_default>> {};
struct input : seq<kw_input, blank, bound_name, or_bad_value<input_rest>> {};

struct let_index_end : seq<ws, close_index> {};
struct next_bind : seq<ws, comma, need<bind>> {};
struct let_index : seq<open_index, within<Newlines::are_blank, seq<need<bind>, star<next_bind>, need<let_index_end>>>> {
};
struct let_assign : seq<ws, assign> {};
struct let_rest : seq<opt<let_index>, need<let_assign>, or_bad_value<item_value>> {};
struct let : seq<kw_let, blank, bound_name, or_bad_value<let_rest>> {};

struct for_in : seq<ws, kw_in> {};
struct for_range : seq<ws, range> {};
struct for_head : seq<need<for_in>, need<for_range>> {};
struct for_loop : seq<kw_for, blank, bound_name, recover<for_head, opt<bad_header>>, block_body> {};

struct item : sor<use, input, let, for_loop, attribute, block, rule> {};

}  // namespace fts::grammar::rules
