// The only translation unit that instantiates the grammar.
#include <limits>
#include <vector>

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

// Reports the first byte that is not UTF-8, and takes the fault away that it is itself.
void report_encoding(const SyntaxTree& tree, std::string_view text, std::vector<Fault>& faults,
                     Diagnostics& diagnostics) {
  const auto bad = first_bad_utf8(text);
  if (!bad) return;
  std::erase_if(faults, [&](const Fault& fault) {
    const Extent e = extent(fault, text);
    return e.begin <= *bad && *bad < e.end;
  });
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
  auto faults = context.faults.all();
  report_encoding(tree, text, faults, diagnostics);
  if (!faults.empty()) explain(faults, text, tree, context.skipper(), diagnostics);
  return tree;
}

}  // namespace fts::grammar
