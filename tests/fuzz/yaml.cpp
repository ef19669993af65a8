// A text as a schedule of Python FTS, and as a configuration: what imports is a file of the language.
#include <string>

#include "compiler/interop/import.hpp"

#include "compiler/base/error.hpp"
#include "grammar/format.hpp"
#include "grammar/grammar.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fts::fuzz {

namespace {

void import_as(const interop::ImportRequest& request, std::string_view bytes) {
  SourceMap sources;
  sources.overlay("fuzz.yaml", std::string(bytes));
  Diagnostics diagnostics;
  const auto text = interop::import_yaml(request, sources, diagnostics);
  FTS_CHECK(text.has_value() != diagnostics.has_errors());
  if (!text) return;
  Diagnostics faults;
  FTS_CHECK(grammar::format(grammar::parse(kNoFile, *text, faults), *text) == *text);
  FTS_CHECK(faults.all().empty());
}

}  // namespace

void yaml(std::string_view bytes) {
  import_as({.schedule = "fuzz.yaml", .configs = {}}, bytes);
  import_as({.schedule = {}, .configs = {"fuzz.yaml"}}, bytes);
}

}  // namespace fts::fuzz
