// What the rules report while they run: offsets and a message of the table, nothing that costs time or memory.
// explain.hpp turns faults into diagnostics when the text has been read.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/base/diagnostic.hpp"

namespace fts::grammar {

struct Explanation;
using Hint = void (*)(Explanation&);

// What is said when a rule is missing, or when a rule that stands for a known mistake matched. A text that begins with
// "expected" is completed by what was found; the hint adds help, fixes and notes.
struct Message {
  Code code{};
  std::string_view text;
  Hint hint = nullptr;
};

// The message of a rule; specialised in messages.hpp.
template <typename Rule>
inline constexpr Message message{};

inline constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

struct Fault {
  const Message* message = nullptr;
  std::uint32_t at = 0;               // where the rule was tried
  std::uint32_t next = 0;             // the next token from there, or the line break that ends the item
  std::uint32_t previous_end = 0;     // the end of the token before
  std::uint32_t opened = kNowhere;    // the innermost bracket that is open
  std::uint32_t item_begin = 0;       // the item that the fault is in
  std::vector<std::uint32_t> others;  // further brackets that the same missing text leaves open
};

// Thrown by need<> and caught by recover<>: one fault, on its way to a place where reading can go on.
struct Failure {
  Fault fault;
};

// Keeps the first fault of every line, at most kMaxFaults; the last of those says that the rest was not read.
class FaultLog {
 public:
  static constexpr std::size_t kMaxFaults = 50;

  explicit FaultLog(std::string_view text) : text_(text) {}

  // Whether the fault is kept.
  bool add(const Fault& fault);
  [[nodiscard]] bool full() const { return faults_.size() >= kMaxFaults; }
  [[nodiscard]] const std::vector<Fault>& all() const { return faults_; }

 private:
  struct Line {
    std::size_t begin, end;
  };
  [[nodiscard]] bool on_known_line(std::size_t offset);

  std::string_view text_;
  std::vector<Fault> faults_;
  std::vector<Line> lines_;  // of the faults kept; the last one asked about is at the back
};

// The bytes to mark for a fault: the token found, or, if that is on a later line or there is none, the byte behind the
// token before.
struct Extent {
  std::uint32_t begin, end;
};
[[nodiscard]] Extent extent(const Fault& fault, std::string_view text);

}  // namespace fts::grammar
