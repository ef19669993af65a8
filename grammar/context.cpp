#include "grammar/context.hpp"

#include "grammar/tokens.hpp"

namespace fts::grammar {

Fault Context::fault(const Message& message, std::uint32_t at) const {
  Fault fault;
  fault.message = &message;
  fault.at = at;
  fault.next = next_token(at);
  fault.previous_end = previous_end(at);
  fault.opened = opened;
  fault.item_begin = item_begin;
  return fault;
}

const Skipper& Context::skipper() {
  if (!skipper_) skipper_ = std::make_unique<Skipper>(text);
  return *skipper_;
}

std::uint32_t Context::next_token(std::uint32_t at) const {
  std::size_t i = at;
  while (i < text.size()) {
    if (newlines == Newlines::are_blank && (text[i] == '\n' || text.substr(i, 2) == "\r\n")) {
      ++i;
    } else if (newlines == Newlines::are_blank && text[i] == '#') {
      i = line_end(text, i);
    } else if (is_blank(text[i])) {
      ++i;
    } else {
      break;
    }
  }
  return static_cast<std::uint32_t>(i);
}

// Walks back over what is in the tree already: open nodes, which have no end yet, and trivia.
std::uint32_t Context::previous_end(std::uint32_t at) const {
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (node->end != 0 && node->end <= at && !is_trivia(node->kind)) return node->end;
  }
  return at;
}

}  // namespace fts::grammar
