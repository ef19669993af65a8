#include <algorithm>

#include "compiler/ast/builder.hpp"
#include "compiler/base/code.hpp"

namespace fts::ast {

namespace {

enum class BodyKind { either, attributes, rules };

BodyKind kind_of(const Item& item);

BodyKind kind_of(const Body& body) {
  for (const Item& item : body.items) {
    if (const BodyKind kind = kind_of(item); kind != BodyKind::either) return kind;
  }
  return BodyKind::either;
}

BodyKind kind_of(const Item& item) {
  if (std::holds_alternative<Attribute>(item.node)) return BodyKind::attributes;
  if (std::holds_alternative<Rule>(item.node)) return BodyKind::rules;
  if (const auto* loop = std::get_if<For>(&item.node)) return kind_of(*loop->body);
  return BodyKind::either;
}

}  // namespace

void settle_body_kind(Body& body, Diagnostics& diagnostics) {
  const BodyKind wanted = kind_of(body);
  const auto other = [&](const Item& item) {
    const BodyKind kind = kind_of(item);
    return kind != BodyKind::either && kind != wanted;
  };
  const auto odd = std::find_if(body.items.begin(), body.items.end(), other);
  if (odd == body.items.end()) return;
  const auto first =
      std::find_if(body.items.begin(), body.items.end(), [&](const Item& i) { return kind_of(i) == wanted; });
  const bool rules = wanted == BodyKind::rules;
  auto& d = diagnostics.report(Code::mixed_body, odd->span,
                               rules ? "an attribute in a body of rules" : "a rule in a body of attributes");
  d.notes.push_back({rules ? "this makes it a body of rules" : "this makes it a body of attributes", first->span});
  d.help = "a body holds either 'name = value' or 'selection => value'; give the others a body of their own";
  std::erase_if(body.items, other);
  body.incomplete = true;
}

}  // namespace fts::ast
