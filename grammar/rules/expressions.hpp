// Operators, each level one rule, here from the tightest to the loosest.
#pragma once
#include "grammar/rules/operands.hpp"

namespace fts::grammar::rules {

struct unary;
struct not_expr;

struct pow_rhs : seq<gap, deeper<unary>> {};  // binds to the right, and takes a sign: 2 ** -i
struct power : seq<postfix, opt<ws, pow_op, need<pow_rhs>>> {};

struct negated : seq<gap, unary> {};
struct negation : seq<minus, deeper<need<negated>>> {};
struct unary : sor<negation, power> {};

struct mul_rhs : seq<gap, unary> {};
struct product : seq<unary, star<ws, sor<tolerate<floor_div>, mul_op>, need<mul_rhs>>> {};

struct add_rhs : seq<gap, product> {};
struct sum : seq<product, star<ws, add_op, need<add_rhs>>> {};

struct set_rhs : seq<gap, sum> {};
struct set_expr : seq<sum, star<ws, sor<tolerate<double_op>, set_op>, need<set_rhs>>> {};

struct cmp_rhs : seq<gap, set_expr> {};
struct comparison : seq<set_expr, star<ws, cmp_op, need<cmp_rhs>>> {};  // a chain is refused on the tree

struct not_rhs : seq<gap, not_expr> {};
struct not_op : seq<kw_not, deeper<need<not_rhs>>> {};
struct not_expr : sor<not_op, comparison> {};

struct and_rhs : seq<gap, not_expr> {};
struct and_expr : seq<not_expr, star<ws, kw_and, need<and_rhs>>> {};

struct or_rhs : seq<gap, and_expr> {};
struct or_expr : seq<and_expr, star<ws, kw_or, need<or_rhs>>> {};

struct where_rhs : seq<gap, or_expr> {};
struct where_expr : seq<or_expr, star<ws, kw_where, need<where_rhs>>> {};

struct if_condition : seq<gap, or_expr> {};
struct if_else : seq<ws, kw_else> {};
struct else_rhs : seq<gap, deeper<expr>> {};
struct conditional : seq<where_expr, opt<ws, kw_if, need<if_condition>, need<if_else>, need<else_rhs>>> {};

struct expr : seq<conditional> {};

}  // namespace fts::grammar::rules
