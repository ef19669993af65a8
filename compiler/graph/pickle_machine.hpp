// Inside the stage: the stack machine that a pickle is a program for (protocols 2 to 5, as CPython's pickletools
// documents the opcodes), without any that imports or calls.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/graph/pickle.hpp"

namespace fts::graph {

class PickleMachine {
 public:
  using Value = PickleValue;
  using Kind = PickleValue::Kind;

  explicit PickleMachine(std::string_view bytes) { pickle_.bytes = bytes; }
  // Whether the pickle is whole and plain; if not, fault() says why.
  bool run();
  [[nodiscard]] Pickle take() { return std::move(pickle_); }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  bool fail(std::string text);
  [[nodiscard]] std::string describe(Value value) const;  // for messages: "a dict", "the text 'x'"

  // ---- reading; false behind the end
  bool number(std::size_t size, std::uint64_t& out);  // little-endian
  bool view(std::uint64_t size, std::string_view& out);
  bool line(std::string_view& out);

  // ---- the stack; nothing below the last mark can be popped
  bool push(Value value);
  bool spend(std::size_t values);  // all that a pickle makes is bounded
  bool push_text(std::string_view text);
  bool pop(Value& value);
  bool pop_to_mark(std::vector<Value>& values);
  bool top(Value*& value);

  // ---- opcodes
  bool step(unsigned char opcode);
  // Nothing: an opcode of another part.
  std::optional<bool> step_literal(unsigned char opcode);
  std::optional<bool> step_container(unsigned char opcode);
  std::optional<bool> step_memo(unsigned char opcode);
  std::optional<bool> step_object(unsigned char opcode);
  bool sized_text(std::size_t length_bytes, bool opaque);
  bool integer(std::size_t size, bool is_signed);
  bool long_integer(std::size_t length_bytes);
  bool tuple(std::size_t count);
  bool marked_tuple();
  bool container(Kind kind, std::vector<Value> items);
  bool extend(const std::vector<Value>& items, bool pairs);
  bool put(std::uint64_t at);
  bool get(std::uint64_t at);
  bool global(std::string_view module, std::string_view name);
  bool stack_global();
  bool persistent();
  bool build();

  // ---- pickle_torch.cpp: what the known globals make
  using Arguments = std::span<const Value>;
  bool call(Value function, Value arguments, Value& made);
  bool create(Value type, Value& made);
  bool make_tensor(PickledGlobal::Role role, Arguments arguments, Value& made);
  bool make_meta_tensor(Arguments arguments, Value& made);
  bool make_parameter(Arguments arguments, Value& made);
  bool make_dict(Arguments arguments, Value& made);
  bool add_tensor(PickledTensor tensor, Value size, Value stride, Value& made);
  bool fits(const PickledTensor& tensor);
  bool append_sizes(Value sizes, std::string_view what);
  bool storage(Value id);

  Pickle pickle_;
  std::size_t at_ = 0;         // the next byte
  std::size_t opcode_at_ = 0;  // the opcode being carried out
  std::size_t values_ = 0;
  std::vector<Value> stack_;
  std::vector<std::size_t> marks_;
  std::vector<Value> memo_;                               // writers number it from 0
  std::unordered_map<std::uint64_t, Value> sparse_memo_;  // and need not
  std::unordered_map<std::string_view, std::uint32_t> storage_ids_;
  std::string fault_;
};

}  // namespace fts::graph
