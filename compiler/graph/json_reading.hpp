// Inside the stage: simdjson on demand, with the place of the first fault.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace fts::graph {

// Reading stops at the first fault; `fault` says it, with the JSON path in front ("parameters[3].shape[1]: expected
// …").
class JsonFault {
 public:
  // Always false, so that a caller can return it.
  bool set(std::string_view path, std::string_view expected) {
    if (text_.empty()) text_ = std::string(path) + (path.empty() ? "" : ": ") + std::string(expected);
    return false;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// The text of a JSON string. Without escapes it is a view into the document itself (and takes no memory); with them it
// lies in the parser's buffer. False: not a string.
[[nodiscard]] bool json_string(simdjson::ondemand::value value, std::string_view& text);

// Whether nothing follows the document's root object, which has been read.
[[nodiscard]] bool json_at_end(simdjson::ondemand::document& document);

// "line 3, column 17" of the place where a document stopped being JSON, as far as simdjson knows it.
[[nodiscard]] std::string json_place(simdjson::ondemand::document& document, std::string_view text);

// "not JSON (line 3, column 17): …" for a code of simdjson.
[[nodiscard]] std::string json_fault(simdjson::error_code code, simdjson::ondemand::document* document,
                                     std::string_view text);

}  // namespace fts::graph
