// What is said for each rule that can be missing, or that stands for a known mistake.
#pragma once
#include "compiler/base/code.hpp"
#include "grammar/hints.hpp"
#include "grammar/rules/file.hpp"

namespace fts::grammar {

#define FTS_MESSAGE(rule, code, text, hint)       \
  template <>                                     \
  inline constexpr Message message<rules::rule> { \
    Code::code, text, hint                        \
  }

// ---- literals
FTS_MESSAGE(interp_expr, missing_value, "expected an expression after '${'", hints::operand);
FTS_MESSAGE(interp_end, unclosed_bracket, "expected '}' to end '${'", hints::closer);
FTS_MESSAGE(str_close, unclosed_string, "the string is not closed on its line", hints::unclosed_string);
FTS_MESSAGE(regex_close, unclosed_regex, "the regex is not closed on its line", hints::unclosed_regex);
FTS_MESSAGE(empty_regex, syntax_error, "a regex cannot be empty", hints::empty_regex);
FTS_MESSAGE(wrong_quotes, syntax_error, "a string stands in double quotes", hints::wrong_quotes);

// ---- operands
FTS_MESSAGE(element, missing_value, "expected a value or ']'", hints::operand);
FTS_MESSAGE(list_end, syntax_error, "expected ',' or ']'", hints::separator);
FTS_MESSAGE(empty_list_end, missing_value, "expected a value or ']'", hints::closer);
FTS_MESSAGE(paren_expr, missing_value, "expected an expression after '('", hints::operand);
FTS_MESSAGE(paren_end, syntax_error, "expected an operator or ')'", hints::closer);
FTS_MESSAGE(arg_value, missing_value, "expected the argument's value", hints::operand);
FTS_MESSAGE(next_arg_value, missing_value, "expected an argument or ')'", hints::operand);
FTS_MESSAGE(args_end, syntax_error, "expected ',' or ')'", hints::separator);
FTS_MESSAGE(empty_args_end, missing_value, "expected an argument or ')'", hints::closer);
FTS_MESSAGE(range_end, missing_value, "expected the end of the range after '..'", hints::operand);
FTS_MESSAGE(index_value, missing_value, "expected an index", hints::operand);
FTS_MESSAGE(index_end, syntax_error, "expected ',' or ']'", hints::separator);
FTS_MESSAGE(member_name, syntax_error, "expected a name after '.'", hints::member_name);

// ---- operators
FTS_MESSAGE(pow_rhs, missing_value, "expected an operand after '**'", hints::operand);
FTS_MESSAGE(negated, missing_value, "expected an operand after '-'", hints::operand);
FTS_MESSAGE(mul_rhs, missing_value, "expected an operand after '*' or '/'", hints::operand);
FTS_MESSAGE(add_rhs, missing_value, "expected an operand after '+' or '-'", hints::operand);
FTS_MESSAGE(set_rhs, missing_value, "expected a selection after '|' or '&'", hints::operand);
FTS_MESSAGE(cmp_rhs, missing_value, "expected an operand after the comparison", hints::operand);
FTS_MESSAGE(not_rhs, missing_value, "expected a condition after 'not'", hints::operand);
FTS_MESSAGE(and_rhs, missing_value, "expected a condition after 'and'", hints::operand);
FTS_MESSAGE(or_rhs, missing_value, "expected a condition after 'or'", hints::operand);
FTS_MESSAGE(where_rhs, missing_value, "expected a condition after 'where'", hints::operand);
FTS_MESSAGE(if_condition, missing_value, "expected a condition after 'if'", hints::operand);
FTS_MESSAGE(if_else, syntax_error, "expected 'else'", hints::conditional);
FTS_MESSAGE(else_rhs, missing_value, "expected a value after 'else'", hints::operand);
FTS_MESSAGE(floor_div, syntax_error, "'//' is no operator", hints::floor_div);
FTS_MESSAGE(double_op, syntax_error, "'&&' and '||' are no operators", hints::double_op);

// ---- items
FTS_MESSAGE(item, syntax_error, "expected an item", hints::item_start);
FTS_MESSAGE(item_end, item_not_ended, "expected the end of the item (a newline or ',')", hints::item_end);
FTS_MESSAGE(semicolon, item_not_ended, "an item ends with its line or with ',', not with ';'", hints::semicolon);
FTS_MESSAGE(wrong_assign, syntax_error, "expected '='", hints::wrong_assign);
FTS_MESSAGE(whole_value, missing_value, "expected a value", hints::value);
FTS_MESSAGE(late_value, missing_value, "expected a value", hints::value);
FTS_MESSAGE(body_start, syntax_error, "expected '{'", hints::open_body);
FTS_MESSAGE(rule_arrow, syntax_error, "expected '=', '=>' or '{'", hints::rule_arrow);
FTS_MESSAGE(bind, syntax_error, "expected a name", hints::name);
FTS_MESSAGE(use_as, syntax_error, "expected 'as' and a name", hints::use_as);
FTS_MESSAGE(input_colon, syntax_error, "expected ':' and a type", hints::input_type);
FTS_MESSAGE(input_type, syntax_error, "expected a type", hints::input_type);
FTS_MESSAGE(let_index_end, syntax_error, "expected ',' or ']'", hints::separator);
FTS_MESSAGE(let_assign, syntax_error, "expected '='", hints::let_assign);
FTS_MESSAGE(for_in, syntax_error, "expected 'in'", hints::for_in);
FTS_MESSAGE(for_range, missing_value, "expected a range", hints::operand);
FTS_MESSAGE(body_end, unclosed_bracket, "expected '}'", hints::closer);
FTS_MESSAGE(stray_close, stray_close, "this '}' closes nothing", hints::stray_close);

#undef FTS_MESSAGE

}  // namespace fts::grammar
