#include "compiler/resolve/resolve.hpp"

#include <algorithm>

#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

namespace {

void collect_phases(Program& program) {
  for (const auto& entry : program.schedule->entries) {
    const auto* body = entry.name == "phase" ? entry.value->as<Body>() : nullptr;
    const auto thaw = body == nullptr ? std::nullopt : body->selection("thaw");
    if (!thaw) continue;
    program.phases.push_back({.name = entry.label,
                              .name_span = entry.label_span,
                              .span = body->span,
                              .body = body,
                              .thaw = *thaw,
                              .freeze = body->selection("freeze")});
  }
}

void collect_strategies(Program& program) {
  for (const auto& entry : program.file->entries) {
    const auto* body = entry.name == "strategy" ? entry.value->as<Body>() : nullptr;
    const Value* adapter = body == nullptr ? nullptr : body->value("adapter");
    if (adapter == nullptr || adapter->as<Spec>() == nullptr) continue;
    program.strategies.push_back({entry.label, entry.label_span, body, adapter->as<Spec>()});
  }
}

}  // namespace

std::optional<ModelFile> model_file(const Unit& unit, const Options& options) {
  SelectionTable selections;
  Diagnostics ignored;  // the evaluation of the whole file reports them
  Evaluator evaluator(unit.data(), options, nullptr, selections, ignored);
  const BodySchema file = file_schema({});
  for (const auto& item : unit.data().modules.front().tree.body.items) {
    const auto* attribute = std::get_if<ast::Attribute>(&item.node);
    if (attribute == nullptr || attribute->name.text != "model") continue;
    const Value model = evaluator.value(*attribute->value, file.find("model")->type, evaluator.file_scope());
    const auto* body = model.as<Body>();
    const auto path = body == nullptr ? std::nullopt : body->text("graph");
    if (path) return ModelFile{*path, body->value("graph")->span};
  }
  return std::nullopt;
}

bool has_model(const Unit& unit) {
  return std::ranges::any_of(unit.data().modules.front().tree.body.items, [](const ast::Item& item) {
    const auto* attribute = std::get_if<ast::Attribute>(&item.node);
    return attribute != nullptr && attribute->name.text == "model";
  });
}

Program resolve(const Unit& unit, const graph::ParamGraph* graph, const BodySchema& schema, const Options& options,
                Diagnostics& diagnostics) {
  Program program;
  const Module& main = unit.data().modules.front();
  program.main = main.file;
  program.schema = schema;
  Evaluator evaluator(unit.data(), options, graph, program.selections, diagnostics);
  program.file =
      std::make_shared<const Body>(evaluator.body(main.tree.body, schema, main.tree.body.span, evaluator.file_scope()));
  evaluator.check_inputs();
  if (graph != nullptr) program.selections.match(*graph, diagnostics);
  program.model = program.file->body("model");
  program.schedule = program.file->body("schedule");
  if (program.schedule != nullptr) collect_phases(program);
  collect_strategies(program);
  return program;
}

}  // namespace fts::resolve
