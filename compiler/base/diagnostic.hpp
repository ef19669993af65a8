// What is wrong with a user's text or model, as a value. One table (diagnostic_codes.def) holds every code.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/base/span.hpp"

namespace fts {

enum class Severity { error, warning, note };

enum class Code : std::uint16_t;  // its enumerators: code.hpp

struct CodeInfo {
  Code code;
  std::string_view name;  // the enumerator
  std::string_view id;    // "FTS0202"
  Severity severity;      // unless a file or the command line changes it
  std::string_view title;
};

// Every code, in the order of the table.
[[nodiscard]] std::span<const CodeInfo> all_codes();
[[nodiscard]] const CodeInfo& info(Code code);
// The code with this id ("FTS0202", in either case).
[[nodiscard]] std::optional<Code> find_code(std::string_view id);

struct Note {
  std::string message;
  Span span;  // may have no place
};

// A change of text that mends the fault. Safe: it cannot change what a correct part of the file means.
struct Fix {
  Span span;
  std::string replacement;
  bool safe = false;
};

struct Diagnostic {
  Code code{};
  Severity severity = Severity::error;
  std::string message;  // one sentence, no final period, names quoted 'so'
  Span span;            // may have no place (a fault of the model or of the command line)
  std::vector<Note> notes;
  std::string help;  // what to do; may be empty
  std::vector<Fix> fixes;
};

// Collects the diagnostics of one compilation. Never throws one away: a limit is for printing.
class Diagnostics {
 public:
  // Adds a diagnostic with the code's own severity; the reference is for notes, help and fixes.
  Diagnostic& report(Code code, Span span, std::string message);

  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }
  [[nodiscard]] std::vector<Diagnostic>& all() { return all_; }
  [[nodiscard]] std::size_t errors() const;
  [[nodiscard]] std::size_t warnings() const;
  [[nodiscard]] bool has_errors() const { return errors() != 0; }
  // Orders by file, place, then code; reports of one cause at one place are merged into the first.
  void sort();

 private:
  std::vector<Diagnostic> all_;
};

}  // namespace fts
