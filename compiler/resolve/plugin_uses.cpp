// Which strategies are bound to plugins, told by the syntax alone: before there is a graph, which a plugin may rename.
#include "compiler/resolve/evaluator.hpp"
#include "compiler/resolve/resolve.hpp"

namespace fts::resolve {

namespace {

// The text of a label without interpolations.
std::string written(const ast::Expr& label) {
  std::string text;
  if (const auto* string = std::get_if<ast::String>(&label.node)) {
    for (const auto& piece : string->pieces) text += piece.text;
  }
  return text;
}

// `plugin("…")`, with a body behind it or without; null: it is something else.
const ast::Call* plugin(const ast::Expr& adapter) {
  const auto* constructor = std::get_if<ast::Constructor>(&adapter.node);
  const auto* call = std::get_if<ast::Call>(constructor == nullptr ? &adapter.node : &constructor->head->node);
  const auto* name = call == nullptr ? nullptr : std::get_if<ast::Name>(&call->callee->node);
  return name != nullptr && name->text == "plugin" && !call->arguments.empty() ? call : nullptr;
}

}  // namespace

std::vector<PluginUse> plugin_uses(const Unit& unit, const Options& options) {
  SelectionTable selections;
  Diagnostics ignored;  // the whole evaluation reports them, with the graph
  Evaluator evaluator(unit.data(), options, nullptr, selections, ignored);
  std::vector<PluginUse> uses;
  for (const auto& item : unit.data().modules.front().tree.body.items) {
    const auto* strategy = std::get_if<ast::Attribute>(&item.node);
    if (strategy == nullptr || strategy->name.text != "strategy" || strategy->label == nullptr) continue;
    const auto* block = std::get_if<ast::BodyValue>(&strategy->value->node);
    if (block == nullptr) continue;
    auto& use = uses.emplace_back(PluginUse{written(*strategy->label), {}});
    for (const auto& inner : block->body->items) {
      const auto* attribute = std::get_if<ast::Attribute>(&inner.node);
      const bool adapter = attribute != nullptr && attribute->name.text == "adapter";
      const auto* call = adapter ? plugin(*attribute->value) : nullptr;
      if (call == nullptr) continue;
      const auto which = evaluator.value(*call->arguments[0].value, type::string(), evaluator.file_scope());
      if (const auto* text = which.as<Text>()) use.which = text->text;
    }
  }
  return uses;
}

}  // namespace fts::resolve
