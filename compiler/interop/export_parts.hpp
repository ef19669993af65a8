// The parts of an export. Private to the stage.
#pragma once
#include <nlohmann/json.hpp>

#include "compiler/interop/export.hpp"

namespace fts::interop {

struct ExportContext {
  const resolve::Program& program;
  const plan::Plan& plan;
  const graph::ParamGraph& graph;
  Diagnostics& diagnostics;

  void refuse(Span span, std::string message, std::string help) const;   // FTS1209
  void differs(Span span, std::string message, std::string help) const;  // FTS1210
};

// The entries of a selection: fts("…") as it stands, anything else as names.
[[nodiscard]] std::vector<std::string> entries_of(const ExportContext& context, resolve::SelectionId selection);
// {class_path, init_args} with the arguments that were given.
[[nodiscard]] nlohmann::ordered_json class_init(const ExportContext& context, const resolve::Spec& spec);
[[nodiscard]] nlohmann::ordered_json new_optimizer(const ExportContext& context, const resolve::Spec& spec);
[[nodiscard]] nlohmann::ordered_json new_lr_scheduler(const ExportContext& context, const resolve::Spec& spec);
[[nodiscard]] nlohmann::ordered_json phases_json(const ExportContext& context);
[[nodiscard]] nlohmann::ordered_json configuration_json(const ExportContext& context, const std::string& schedule_path);

}  // namespace fts::interop
