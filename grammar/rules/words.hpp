// Words: names and keywords. A keyword is one only where a rule asks for it; elsewhere it is a word like any other.
#pragma once
#include "grammar/rules/trivia.hpp"

namespace fts::grammar::rules {

template <char... C>
using word = keyword<C...>;

struct kw_use : word<'u', 's', 'e'> {};
struct kw_as : word<'a', 's'> {};
struct kw_input : word<'i', 'n', 'p', 'u', 't'> {};
struct kw_let : word<'l', 'e', 't'> {};
struct kw_for : word<'f', 'o', 'r'> {};
struct kw_in : word<'i', 'n'> {};
struct kw_if : word<'i', 'f'> {};
struct kw_else : word<'e', 'l', 's', 'e'> {};
struct kw_where : word<'w', 'h', 'e', 'r', 'e'> {};
struct kw_and : word<'a', 'n', 'd'> {};
struct kw_or : word<'o', 'r'> {};
struct kw_not : word<'n', 'o', 't'> {};

// Words that are never operands.
struct op_word : sor<kw_and, kw_or, kw_not, kw_if, kw_else, kw_in, kw_where> {};

struct ident : identifier {};                       // the name of an attribute, block, argument, or a label
struct name : seq<not_at<op_word>, identifier> {};  // an operand
struct bound_name : identifier {};                  // what let, for, use … as and input define
struct member_name : identifier {};

}  // namespace fts::grammar::rules
