// Operands: literals, lists, parentheses, names, and what may follow one directly: a call, an index, a member.
#pragma once
#include "grammar/rules/literals.hpp"

namespace fts::grammar::rules {

struct body;

// A value is an expression, perhaps with a body behind it, or a body. Whether the expression is one that takes a body
// is checked on the tree: a rule that tried that first would read nested values exponentially often.
struct constructor : seq<expr, opt<spaces, body>> {};
struct value : sor<body, constructor> {};

struct list_end : seq<ws, close_list> {};
struct empty_list_end : seq<ws, close_list> {};
struct element : seq<value> {};
struct next_element : seq<ws, comma, ws, not_at<close_list>, need<element>> {};
struct elements : seq<value, star<next_element>, opt<ws, comma>, need<list_end>> {};
struct list : seq<open_list, within<Newlines::are_blank, seq<ws, sor<elements, need<empty_list_end>>>>> {};

struct paren_expr : seq<ws, expr> {};
struct paren_end : seq<ws, close_paren> {};
struct paren : seq<open_paren, within<Newlines::are_blank, seq<need<paren_expr>, need<paren_end>>>> {};

struct args_end : seq<ws, close_paren> {};
struct empty_args_end : seq<ws, close_paren> {};
struct arg_value : seq<ws, value> {};
struct keyword_arg : seq<ident, ws, assign, need<arg_value>> {};
struct arg : sor<keyword_arg, value> {};
struct next_arg_value : seq<arg> {};
struct next_arg : seq<ws, comma, ws, not_at<close_paren>, need<next_arg_value>> {};
struct args : seq<arg, star<next_arg>, opt<ws, comma>, need<args_end>> {};
struct call : seq<open_paren, within<Newlines::are_blank, seq<ws, sor<args, need<empty_args_end>>>>> {};

// Behind an operator that still lacks its right operand a line may end, unless an item starts on the next one.
struct attribute_ahead : seq<identifier, spaces, assign> {};
struct block_ahead : seq<identifier, spaces,
                         sor<one<'{', '"'>, seq<identifier, spaces, one<'{'>>, seq<not_at<op_word>, identifier>,
                             seq<lines, one<'{'>>>> {};  // the last is a fault with a fix: no item starts with '{'

struct statement_ahead : seq<sor<kw_let, kw_for, kw_input, kw_use>, blank, identifier> {};
struct item_ahead : seq<lines, sor<attribute_ahead, statement_ahead, block_ahead>> {};
struct gap : seq<ws, opt<at<newline>, not_at<item_ahead>, lines>> {};

// Inclusive on both ends; only in an index and behind `in`.
struct range_end : seq<gap, expr> {};
struct range : seq<expr, opt<ws, range_op, need<range_end>>> {};
struct index_value : seq<ws, range> {};
struct index_end : seq<ws, close_index> {};
struct next_index : seq<ws, comma, need<index_value>> {};
struct index : seq<open_index, within<Newlines::are_blank, seq<need<index_value>, star<next_index>, need<index_end>>>> {
};

struct member : seq<dot, need<member_name>> {};

struct primary : sor<literal, list, paren, name> {};
struct postfix : seq<primary, star<sor<call, index, member>>> {};

}  // namespace fts::grammar::rules
