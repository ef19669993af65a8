#include "compiler/graph/pickle_machine.hpp"

#include <fmt/format.h>

#include "compiler/graph/names.hpp"

namespace fts::graph {

namespace {

enum Opcode : unsigned char {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kProtocol = 0x80,
  kFrame = 0x95
};

constexpr std::uint64_t kFirstProtocol = 2;
constexpr std::uint64_t kLastProtocol = 5;
constexpr std::size_t kMaxSparseMemo = std::size_t{1} << 20;

}  // namespace

bool PickleMachine::fail(std::string text) {
  if (fault_.empty()) fault_ = fmt::format("{} (byte {})", text, opcode_at_);
  return false;
}

std::string PickleMachine::describe(Value value) const {
  static constexpr std::string_view kNames[] = {"None",     "a bool",    "a whole number", "a number", "a text",
                                                "a tuple",  "a list",    "a dict",         "a global", "a storage",
                                                "a tensor", "an object", "other data"};
  if (value.kind == Kind::text) return "the text " + quote_name(pickle_.text(value));
  return std::string(kNames[static_cast<std::size_t>(value.kind)]);
}

bool PickleMachine::number(std::size_t size, std::uint64_t& out) {
  if (size > pickle_.bytes.size() - at_) return fail("it ends too early");
  out = 0;
  for (std::size_t i = size; i-- > 0;) out = out << 8 | static_cast<unsigned char>(pickle_.bytes[at_ + i]);
  at_ += size;
  return true;
}

bool PickleMachine::view(std::uint64_t size, std::string_view& out) {
  if (size > pickle_.bytes.size() - at_) return fail("it ends too early");
  out = pickle_.bytes.substr(at_, static_cast<std::size_t>(size));
  at_ += static_cast<std::size_t>(size);
  return true;
}

bool PickleMachine::line(std::string_view& out) {
  const auto end = pickle_.bytes.find('\n', at_);
  if (end == std::string_view::npos) return fail("it ends too early");
  out = pickle_.bytes.substr(at_, end - at_);
  at_ = end + 1;
  return true;
}

bool PickleMachine::push(Value value) {
  if (!spend(1)) return false;
  stack_.push_back(value);
  return true;
}

bool PickleMachine::spend(std::size_t values) {
  values_ += values;
  return values_ <= kMaxPickleValues || fail(fmt::format("it makes more than {} values", kMaxPickleValues));
}

bool PickleMachine::push_text(std::string_view text) {
  return push({Kind::text, static_cast<std::uint32_t>(text.size()), text.data() - pickle_.bytes.data()});
}

bool PickleMachine::pop(Value& value) {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) return fail("it takes a value that is not there");
  value = stack_.back();
  stack_.pop_back();
  return true;
}

bool PickleMachine::pop_to_mark(std::vector<Value>& values) {
  if (marks_.empty()) return fail("it goes back to a mark that is not there");
  const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  values.assign(from, stack_.end());
  stack_.erase(from, stack_.end());
  marks_.pop_back();
  return true;
}

bool PickleMachine::top(Value*& value) {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) return fail("it uses a value that is not there");
  value = &stack_.back();
  return true;
}

bool PickleMachine::run() {
  while (true) {
    opcode_at_ = at_;
    std::uint64_t opcode = 0;
    if (!number(1, opcode)) return false;
    if (opcode == kStop) return pop(pickle_.root);
    if (!step(static_cast<unsigned char>(opcode))) return false;
  }
}

bool PickleMachine::step(unsigned char opcode) {
  Value value;
  Value* last = nullptr;
  std::uint64_t operand = 0;
  std::vector<Value> ignored;
  switch (opcode) {
    case kProtocol:
      if (!number(1, operand)) return false;
      if (operand >= kFirstProtocol && operand <= kLastProtocol) return true;
      return fail(fmt::format("it is of pickle's protocol {}; 2 to 5 can be read", operand));
    case kFrame: return number(8, operand);
    case kMark:
      marks_.push_back(stack_.size());
      return marks_.size() <= kMaxPickleValues || fail("it has too many marks");
    case kPop:
      if (!marks_.empty() && marks_.back() == stack_.size()) return marks_.pop_back(), true;
      return pop(value);
    case kPopMark: return pop_to_mark(ignored);
    case kDup: return top(last) && push(*last);
    default: break;
  }
  for (const auto part : {&PickleMachine::step_literal, &PickleMachine::step_container, &PickleMachine::step_memo,
                          &PickleMachine::step_object}) {
    if (const auto done = (this->*part)(opcode)) return *done;
  }
  return fail(fmt::format("0x{:02x} is no opcode of a pickle as PyTorch writes it", opcode));
}

std::optional<bool> PickleMachine::step_memo(unsigned char opcode) {
  std::uint64_t at = 0;
  switch (opcode) {
    case 'q': return number(1, at) && put(at);
    case 'r': return number(4, at) && put(at);
    case 0x94: return put(memo_.size() + sparse_memo_.size());
    case 'h': return number(1, at) && get(at);
    case 'j': return number(4, at) && get(at);
    default: return std::nullopt;
  }
}

bool PickleMachine::put(std::uint64_t at) {
  Value* last = nullptr;
  if (!top(last)) return false;
  if (at < memo_.size())
    memo_[static_cast<std::size_t>(at)] = *last;
  else if (at == memo_.size())
    memo_.push_back(*last);
  else
    sparse_memo_[at] = *last;
  return sparse_memo_.size() <= kMaxSparseMemo || fail("its memo is not numbered from 0 on");
}

bool PickleMachine::get(std::uint64_t at) {
  if (at < memo_.size()) return push(memo_[static_cast<std::size_t>(at)]);
  const auto known = sparse_memo_.find(at);
  return known != sparse_memo_.end() ? push(known->second) : fail(fmt::format("it uses value {} before it has it", at));
}

std::optional<bool> PickleMachine::step_object(unsigned char opcode) {
  Value a, b, made;
  std::string_view module, name;
  switch (opcode) {
    case 'c': return line(module) && line(name) && global(module, name);
    case 0x93: return stack_global();
    case 'Q': return persistent();
    case 'R': return pop(b) && pop(a) && call(a, b, made) && push(made);
    case 0x81: return pop(b) && pop(a) && create(a, made) && push(made);
    case 0x92: return pop(b) && pop(b) && pop(a) && create(a, made) && push(made);
    case 'b': return build();
    default: return std::nullopt;
  }
}

bool PickleMachine::global(std::string_view module, std::string_view name) {
  const auto known = known_global(module, name);
  if (!known) {
    return fail(fmt::format("it names {}, which no list of tensors needs; nothing that a file names is run",
                            quote_name(fmt::format("{}.{}", module, name))));
  }
  pickle_.globals.push_back(*known);
  return push({Kind::global, 0, static_cast<std::int64_t>(pickle_.globals.size() - 1)});
}

bool PickleMachine::stack_global() {
  Value module, name;
  if (!pop(name) || !pop(module)) return false;
  if (module.kind != Kind::text || name.kind != Kind::text)
    return fail(fmt::format("it names {} in {} as a global", describe(name), describe(module)));
  return global(pickle_.text(module), pickle_.text(name));
}

bool PickleMachine::persistent() {
  Value id;
  return pop(id) && storage(id);
}

// State of an OrderedDict (its _metadata), of a parameter or of other data says nothing about a graph.
bool PickleMachine::build() {
  Value state;
  Value* of = nullptr;
  if (!pop(state) || !top(of)) return false;
  if (of->kind == Kind::object) pickle_.objects[static_cast<std::size_t>(of->number)].state = state;
  if (of->kind == Kind::object || of->kind == Kind::dict || of->kind == Kind::tensor || of->kind == Kind::opaque)
    return true;
  return fail(fmt::format("it gives a state to {}", describe(*of)));
}

}  // namespace fts::graph
