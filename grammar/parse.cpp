// The only translation unit that instantiates the grammar.
#include <limits>

#include <fmt/format.h>
#include <tao/pegtl.hpp>

#include "compiler/base/code.hpp"
#include "compiler/base/error.hpp"
#include "grammar/control.hpp"
#include "grammar/encoding.hpp"
#include "grammar/explain.hpp"
#include "grammar/grammar.hpp"
#include "grammar/messages.hpp"
#include "grammar/tokens.hpp"

namespace fts::grammar {

namespace {

constexpr std::string_view kSaveAsUtf8 = "save the file as UTF-8";

void report_encoding(const SyntaxTree& tree, std::string_view text, Diagnostics& diagnostics) {
  const auto bad = first_bad_utf8(text);
  if (!bad) return;
  const auto byte = static_cast<unsigned char>(text[*bad]);
  const auto at = static_cast<std::uint32_t>(*bad);
  diagnostics
      .report(Code::bad_encoding, {tree.file, at, at + 1}, fmt::format("the byte 0x{:02X} is not UTF-8 here", byte))
      .help = kSaveAsUtf8;
}

// A text in UTF-16 would be a fault a line: one for the file says more.
SyntaxTree refuse_utf16(SyntaxTree tree, std::string_view text, Diagnostics& diagnostics) {
  const auto size = static_cast<std::uint32_t>(text.size());
  tree.nodes = {{Kind::file, 0, size, 2}, {Kind::unread, 0, size, 1}};
  diagnostics.report(Code::bad_encoding, {tree.file, 0, 2}, "the file is UTF-16, not UTF-8").help = kSaveAsUtf8;
  return tree;
}

}  // namespace

SyntaxTree parse(FileId file, std::string_view text, Diagnostics& diagnostics) {
  FTS_CHECK(text.size() < std::numeric_limits<std::uint32_t>::max());
  SyntaxTree tree;
  tree.file = file;
  if (is_utf16(text)) return refuse_utf16(std::move(tree), text, diagnostics);
  Context context(text, tree.nodes);
  tao::pegtl::memory_input<tao::pegtl::tracking_mode::lazy> in(text.data(), text.size(), "");
  FTS_CHECK((tao::pegtl::parse<rules::file, tao::pegtl::nothing, control>(in, context)));
  report_encoding(tree, text, diagnostics);
  if (!context.faults.all().empty()) explain(context.faults.all(), text, tree, context.skipper(), diagnostics);
  return tree;
}

}  // namespace fts::grammar
