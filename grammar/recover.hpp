// The rules that PEGTL lacks: how reading goes on behind a fault, and what a line break means. They are the only rules
// with a match function of their own; analyze() learns of them at the end of this file.
#pragma once
#include <algorithm>
#include <utility>

#include <tao/pegtl.hpp>

#include "compiler/base/code.hpp"
#include "grammar/context.hpp"
#include "grammar/hints.hpp"

namespace fts::grammar::rules {

namespace pegtl = tao::pegtl;

// A rule's match function takes all that PEGTL passes down and hands it on to the rules inside.
#define FTS_MATCH                                                                           \
  template <pegtl::apply_mode A, pegtl::rewind_mode M, template <typename...> class Action, \
            template <typename...> class Control, typename Input>                           \
  [[nodiscard]] static bool match([[maybe_unused]] Input& in, [[maybe_unused]] Context& context)

template <typename Input>
[[nodiscard]] std::uint32_t offset(const Input& in) {
  return static_cast<std::uint32_t>(in.current() - in.begin());
}

// A value that is set for as long as a rule runs, also if it throws.
template <typename T>
class Scoped {
 public:
  Scoped(T& target, T value) : target_(target), before_(std::exchange(target, value)) {}
  ~Scoped() { target_ = before_; }
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;

 private:
  T& target_;
  T before_;
};

inline constexpr Message kTooDeep{Code::nested_too_deeply, "nested more than 200 levels deep", hints::nested};

// need<R>: R, or the item cannot be read on: throws to the nearest recover<>. Only behind the token that decides what
// is being read, never in a look-ahead.
template <typename R>
struct need {
  using rule_t = need;
  using subs_t = pegtl::type_list<R>;
  FTS_MATCH {
    static_assert(!message<R>.text.empty(), "a needed rule has a message");
    const std::uint32_t at = offset(in);
    if (Control<R>::template match<A, pegtl::rewind_mode::required, Action, Control>(in, context)) return true;
    throw Failure{context.fault(message<R>, at)};
  }
};

// expect<R>: R, or its absence is reported and reading goes on as if it had been there.
template <typename R>
struct expect {
  using rule_t = expect;
  using subs_t = pegtl::type_list<R>;
  FTS_MATCH {
    static_assert(!message<R>.text.empty(), "an expected rule has a message");
    const std::uint32_t at = offset(in);
    if (!Control<R>::template match<A, pegtl::rewind_mode::required, Action, Control>(in, context)) {
      context.faults.add(context.fault(message<R>, at));
    }
    return true;
  }
};

// tolerate<R>: R is a known mistake; it is reported and stays in the tree.
template <typename R>
struct tolerate {
  using rule_t = tolerate;
  using subs_t = pegtl::type_list<R>;
  FTS_MATCH {
    static_assert(!message<R>.text.empty(), "a tolerated rule has a message");
    const std::uint32_t at = offset(in);
    if (!Control<R>::template match<A, M, Action, Control>(in, context)) return false;
    context.faults.add(context.fault(message<R>, at));
    return true;
  }
};

// report<R>: R's message, here; matches nothing.
template <typename R>
struct report {
  using rule_t = report;
  using subs_t = pegtl::type_list<>;
  FTS_MATCH {
    context.skip_line = !context.faults.add(context.fault(message<R>, offset(in)));
    return true;
  }
};

// recover<R, Skip>: if R fails for good, the fault is reported and Skip takes the text from R's start on.
template <typename R, typename Skip>
struct recover {
  using rule_t = recover;
  using subs_t = pegtl::type_list<R, Skip>;
  FTS_MATCH {
    const std::size_t size = context.nodes.size();
    try {
      auto marker = in.template mark<pegtl::rewind_mode::required>();
      return marker(Control<R>::template match<A, pegtl::rewind_mode::required, Action, Control>(in, context));
    } catch (const Failure& failure) {  // the marker has rewound the input
      context.nodes.resize(size);
      const bool kept = context.faults.add(failure.fault);
      context.skip_line = !kept || failure.fault.message == &kTooDeep;  // else one line could fail at every ','
      context.failed_at = failure.fault.next;
    }
    return Control<Skip>::template match<A, M, Action, Control>(in, context);
  }
};

// deeper<R>: R, one level deeper. Every recursion passes through here or through within<>.
template <typename R>
struct deeper {
  using rule_t = deeper;
  using subs_t = pegtl::type_list<R>;
  FTS_MATCH {
    if (context.depth >= Context::kMaxDepth) throw Failure{context.fault(kTooDeep, offset(in))};
    const Scoped depth(context.depth, context.depth + 1);
    return Control<R>::template match<A, M, Action, Control>(in, context);
  }
};

// opened_by<R>: R behind an opening quote or bracket of one byte; faults inside say where that was.
template <typename R>
struct opened_by {
  using rule_t = opened_by;
  using subs_t = pegtl::type_list<R>;
  FTS_MATCH {
    const Scoped opened(context.opened, offset(in) - 1);
    return Control<R>::template match<A, M, Action, Control>(in, context);
  }
};

// within<meaning, R>: R inside a bracket that has just been opened; `meaning` is that of a line break.
template <Newlines meaning, typename R>
struct within {
  using rule_t = within;
  using subs_t = pegtl::type_list<R>;
  FTS_MATCH {
    const bool in_string = context.newlines == Newlines::forbidden;
    const Scoped newlines(context.newlines, in_string ? Newlines::forbidden : meaning);
    const Scoped opened(context.opened, offset(in) - 1);
    const Scoped item_begin(context.item_begin, context.item_begin);
    return deeper<R>::template match<A, M, Action, Control>(in, context);
  }
};

// item_at<R>: R is an item; its faults say where it began.
template <typename R>
struct item_at {
  using rule_t = item_at;
  using subs_t = pegtl::type_list<R>;
  FTS_MATCH {
    context.item_begin = offset(in);
    return Control<R>::template match<A, M, Action, Control>(in, context);
  }
};

// Whether a line break means this here.
template <Newlines meaning>
struct when {
  using rule_t = when;
  using subs_t = pegtl::type_list<>;
  FTS_MATCH { return context.newlines == meaning; }
};

// Whether so many faults were found that the rest of the file is not read.
struct too_many {
  using rule_t = too_many;
  using subs_t = pegtl::type_list<>;
  FTS_MATCH { return context.faults.full(); }
};

// Whether the next line with text in it is no rule, so that it may be a value that stands a line too late.
struct no_rule_below {
  using rule_t = no_rule_below;
  using subs_t = pegtl::type_list<>;
  FTS_MATCH { return next_line_is_no_rule(context.text, offset(in)); }
};

// Takes faulty text up to where reading can go on; fails if that is here.
template <StopAt stop>
struct skip_to {
  using rule_t = skip_to;
  using subs_t = pegtl::type_list<>;
  FTS_MATCH {
    const std::uint32_t begin = offset(in);
    const StopAt where = stop == StopAt::item_end && context.skip_line ? StopAt::line_end : stop;
    const std::uint32_t end = context.skipper().skip(begin, std::max(begin, context.failed_at), where);
    in.bump(end - begin);
    return end > begin;
  }
};

// Takes the lines that look like the body of a header without '{'; fails if there are none.
struct skip_indented {
  using rule_t = skip_indented;
  using subs_t = pegtl::type_list<>;
  FTS_MATCH {
    const std::uint32_t begin = offset(in);
    const std::uint32_t end = indented_body_end(context.text, context.item_begin, begin);
    in.bump(end - begin);
    return end > begin;
  }
};

#undef FTS_MATCH

}  // namespace fts::grammar::rules
