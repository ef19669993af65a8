// What the rules of recover.hpp take, for PEGTL's analyze(), which finds rules that could loop without taking a byte.
#pragma once
#include <tao/pegtl/contrib/analyze_traits.hpp>

#include "grammar/recover.hpp"

namespace tao::pegtl {

namespace fts_rules = ::fts::grammar::rules;

template <typename N, typename R>
struct analyze_traits<N, fts_rules::need<R>> : analyze_traits<N, typename seq<R>::rule_t> {};
template <typename N, typename R>
struct analyze_traits<N, fts_rules::expect<R>> : analyze_traits<N, typename opt<R>::rule_t> {};
template <typename N, typename R>
struct analyze_traits<N, fts_rules::tolerate<R>> : analyze_traits<N, typename seq<R>::rule_t> {};
template <typename N, typename R>
struct analyze_traits<N, fts_rules::report<R>> : analyze_opt_traits<> {};
template <typename N, typename R, typename Skip>
struct analyze_traits<N, fts_rules::recover<R, Skip>> : analyze_traits<N, typename sor<R, Skip>::rule_t> {};
template <typename N, typename R>
struct analyze_traits<N, fts_rules::deeper<R>> : analyze_traits<N, typename seq<R>::rule_t> {};
template <typename N, fts::grammar::Newlines meaning, typename R>
struct analyze_traits<N, fts_rules::within<meaning, R>> : analyze_traits<N, typename seq<R>::rule_t> {};
template <typename N, typename R>
struct analyze_traits<N, fts_rules::item_at<R>> : analyze_traits<N, typename seq<R>::rule_t> {};
template <typename N, fts::grammar::Newlines meaning>
struct analyze_traits<N, fts_rules::when<meaning>> : analyze_opt_traits<> {};
template <typename N, typename R>
struct analyze_traits<N, fts_rules::opened_by<R>> : analyze_traits<N, typename seq<R>::rule_t> {};
template <typename N>
struct analyze_traits<N, fts_rules::no_rule_below> : analyze_opt_traits<> {};
template <typename N>
struct analyze_traits<N, fts_rules::too_many> : analyze_opt_traits<> {};
template <typename N, fts::grammar::StopAt stop>
struct analyze_traits<N, fts_rules::skip_to<stop>> : analyze_any_traits<> {};
template <typename N>
struct analyze_traits<N, fts_rules::skip_indented> : analyze_any_traits<> {};

}  // namespace tao::pegtl
