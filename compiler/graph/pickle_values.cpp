// Opcodes of a pickle that make numbers, texts and containers.
#include <bit>

#include <fmt/format.h>

#include "compiler/graph/pickle_machine.hpp"

namespace fts::graph {

std::optional<bool> PickleMachine::step_literal(unsigned char opcode) {
  std::uint64_t bits = 0;
  switch (opcode) {
    case 'N': return push({Kind::none});
    case 0x88: return push({Kind::boolean, 0, 1});
    case 0x89: return push({Kind::boolean, 0, 0});
    case 'K': return integer(1, false);
    case 'M': return integer(2, false);
    case 'J': return integer(4, true);
    case 0x8a: return long_integer(1);
    case 0x8b: return long_integer(4);
    case 'G': return number(8, bits) && push({Kind::real});  // no graph needs its value
    case 'X': return sized_text(4, false);
    case 0x8c: return sized_text(1, false);
    case 0x8d: return sized_text(8, false);
    case 'T': return sized_text(4, false);  // TorchScript's and Python 2's text
    case 'U': return sized_text(1, false);
    case 'B': return sized_text(4, true);
    case 'C': return sized_text(1, true);
    case 0x8e:
    case 0x96: return sized_text(8, true);
    default: return std::nullopt;
  }
}

bool PickleMachine::sized_text(std::size_t length_bytes, bool opaque) {
  std::uint64_t length = 0;
  std::string_view text;
  if (!number(length_bytes, length) || !view(length, text)) return false;
  return opaque ? push({Kind::opaque}) : push_text(text);
}

bool PickleMachine::integer(std::size_t size, bool is_signed) {
  std::uint64_t bits = 0;
  if (!number(size, bits)) return false;
  const auto value = is_signed ? std::int64_t{static_cast<std::int32_t>(static_cast<std::uint32_t>(bits))}
                               : static_cast<std::int64_t>(bits);
  return push({Kind::integer, 0, value});
}

// Two's complement, little-endian. What 64 bits do not hold is no size of a tensor.
bool PickleMachine::long_integer(std::size_t length_bytes) {
  std::uint64_t length = 0;
  std::string_view digits;
  if (!number(length_bytes, length) || !view(length, digits)) return false;
  if (length > 8) return push({Kind::opaque});
  std::uint64_t bits = !digits.empty() && (digits.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = digits.size(); i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(digits[i]);
  return push({Kind::integer, 0, std::bit_cast<std::int64_t>(bits)});
}

std::optional<bool> PickleMachine::step_container(unsigned char opcode) {
  Value item, value;
  std::vector<Value> items;
  switch (opcode) {
    case ')': return push({Kind::tuple});
    case 0x85: return tuple(1);
    case 0x86: return tuple(2);
    case 0x87: return tuple(3);
    case 't': return marked_tuple();
    case ']': return container(Kind::list, {});
    case '}': return container(Kind::dict, {});
    case 'l': return pop_to_mark(items) && container(Kind::list, std::move(items));
    case 'd': return pop_to_mark(items) && container(Kind::dict, {}) && extend(items, true);
    case 0x8f: return push({Kind::opaque});  // a set
    case 0x91: return pop_to_mark(items) && push({Kind::opaque});
    case 0x90:
    case 'e': return pop_to_mark(items) && extend(items, false);
    case 'a': return pop(item) && extend({item}, false);
    case 's': return pop(value) && pop(item) && extend({item, value}, true);
    case 'u': return pop_to_mark(items) && extend(items, true);
    default: return std::nullopt;
  }
}

bool PickleMachine::marked_tuple() {
  if (marks_.empty()) return fail("it goes back to a mark that is not there");
  const std::size_t count = stack_.size() - marks_.back();
  marks_.pop_back();
  return tuple(count);
}

bool PickleMachine::tuple(std::size_t count) {
  if (stack_.size() - (marks_.empty() ? 0 : marks_.back()) < count) return fail("it takes a value that is not there");
  const Value made{Kind::tuple, static_cast<std::uint32_t>(count), static_cast<std::int64_t>(pickle_.tuples.size())};
  const auto from = stack_.end() - static_cast<std::ptrdiff_t>(count);
  pickle_.tuples.insert(pickle_.tuples.end(), from, stack_.end());
  stack_.erase(from, stack_.end());
  return push(made);
}

bool PickleMachine::container(Kind kind, std::vector<Value> items) {
  pickle_.containers.push_back(std::move(items));
  return push({kind, 0, static_cast<std::int64_t>(pickle_.containers.size() - 1)});
}

bool PickleMachine::extend(const std::vector<Value>& items, bool pairs) {
  Value* into = nullptr;
  if (!top(into)) return false;
  if (into->kind == Kind::opaque) return true;
  if (into->kind != (pairs ? Kind::dict : Kind::list) || (pairs && items.size() % 2 != 0))
    return fail(fmt::format("it puts {} into {}", pairs ? "keys and values" : "items", describe(*into)));
  auto& all = pickle_.containers[static_cast<std::size_t>(into->number)];
  all.insert(all.end(), items.begin(), items.end());
  return true;
}

}  // namespace fts::graph
