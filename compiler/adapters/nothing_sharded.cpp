// model_parallel without a plan: every rank would train alone.
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

void nothing_sharded(const StrategyContext& context) {
  const auto written = [&](std::string_view name) {
    return context.strategy.body->find(name) != nullptr || context.strategy.adapter->arguments.find(name) != nullptr;
  };
  if (written("fsdp_plan") || written("tp_plan") || written("tp_parameters")) return;
  context.check.diagnostics
      .report(Code::nothing_sharded, context.strategy.body->value("adapter")->span,
              "strategy '" + context.strategy.name +
                  "' has no fsdp_plan and no tp_plan: nothing is sharded, and nothing "
                  "keeps the ranks together")
      .help =
      "write fsdp_plan { \"\" => {} } to shard the whole model, or fsdp_plan {} if the program shards it itself";
}

}  // namespace fts::adapters
