// Blanks, comments and line breaks. They stand in the rules wherever they are allowed, so that every byte is in the
// tree.
#pragma once
#include "grammar/recover.hpp"

namespace fts::grammar::rules {

using namespace tao::pegtl;  // NOLINT: rules read as PEGTL's own

struct blank : plus<one<' ', '\t'>> {};
// Up to its line's end; a carriage return that is no line break is text. In ${…} a comment would hide the string's end.
struct comment : seq<not_at<when<Newlines::forbidden>>, one<'#'>,
                     star<sor<not_one<'\n', '\r'>, seq<one<'\r'>, not_at<one<'\n'>>>>>> {};
struct newline : seq<not_at<when<Newlines::forbidden>>, eol> {};

// Between the tokens of one item.
struct ws : star<sor<blank, comment, seq<when<Newlines::are_blank>, newline>>> {};
// Between tokens that share a line.
struct spaces : star<blank> {};
// Between items.
struct lines : star<sor<blank, comment, newline>> {};

}  // namespace fts::grammar::rules
