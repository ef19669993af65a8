// Bodies and the file: items, each ended by a line break, a ',' or the '}' of its body.
#pragma once
#include "grammar/rules/items.hpp"

namespace fts::grammar::rules {

struct unread : seq<any, until<eof>> {};
struct bad_item : sor<skip_to<StopAt::item_end>, any> {};
struct junk : skip_to<StopAt::item_end> {};

struct any_item : sor<seq<too_many, unread>, item_at<recover<need<item>, bad_item>>> {};

struct item_end : seq<ws, sor<comma, newline, at<close_body>, at<eof>>> {};
struct semicolon_end : seq<ws, tolerate<semicolon>, opt<item_end>> {};
// Text behind an item: if it is the next attribute, only the separator is missing.
struct no_item_end : seq<ws, report<item_end>, sor<at<attribute_ahead>, seq<opt<junk>, opt<item_end>>>> {};

struct items
    : seq<lines, star<not_at<close_body>, not_at<eof>, any_item, sor<item_end, semicolon_end, no_item_end>, lines>> {};

struct body_end : seq<close_body> {};
struct body : seq<open_body, within<Newlines::end_items, seq<items, expect<body_end>>>> {};

struct bom : string<'\xEF', '\xBB', '\xBF'> {};
struct stray_close : one<'}'> {};
struct stray : seq<tolerate<stray_close>, opt<ws, comma>> {};
struct file : seq<opt<bom>, items, star<stray, items>, eof> {};

}  // namespace fts::grammar::rules
