#include "compiler/plan/plan.hpp"

#include "compiler/base/error.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fts::fuzz {

void plan(std::string_view bytes) {
  const auto read = plan::from_json(bytes);
  if (!read) {
    FTS_CHECK(!read.error().text().empty());
    return;
  }
  const std::string text = plan::to_json(*read);
  const auto again = plan::from_json(text);
  FTS_CHECK(again.has_value() && plan::to_json(*again) == text);
  FTS_CHECK(!plan::summary_json(*read).empty() && !plan::summary_table(*read, false).empty());
}

}  // namespace fts::fuzz
