// Hints: what to do about a fault where there is one obvious thing. Named in the table of messages.hpp.
#pragma once
#include "grammar/explain.hpp"

namespace fts::grammar::hints {

// ---- what stands behind an item, a name or a list's element
void item_start(Explanation& e);  // a stray ')' or ']'
void item_end(Explanation& e);    // two items on a line, a call's '(' behind a space
void separator(Explanation& e);   // a ',' is missing, or the bracket is never closed
void closer(Explanation& e);      // the bracket is never closed
void open_body(Explanation& e);   // the '{' on the next line, ':' in place of braces, an import
void rule_arrow(Explanation& e);  // ':', '->', a missing '='
void semicolon(Explanation& e);
void wrong_assign(Explanation& e);
void stray_close(Explanation& e);

// ---- values
void value(Explanation& e);        // a value on the next line
void operand(Explanation& e);      // an operator in two pieces or of another language
void member_name(Explanation& e);  // 1. for 1.0
void unclosed_string(Explanation& e);
void unclosed_regex(Explanation& e);
void empty_regex(Explanation& e);
void wrong_quotes(Explanation& e);
void floor_div(Explanation& e);
void double_op(Explanation& e);
void conditional(Explanation& e);
void nested(Explanation& e);

// ---- statements
void name(Explanation& e);
void use_as(Explanation& e);
void input_type(Explanation& e);
void let_assign(Explanation& e);
void for_in(Explanation& e);

// The help for a found token that no rule of the language has there; tried where the fault's own hint gave none.
void found_token(Explanation& e);

}  // namespace fts::grammar::hints
