// epoch(n) counts from the start of the run, so later phases need greater epochs.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void epoch_order(const Context& context) {
  const resolve::Condition* greatest = nullptr;
  std::string name;
  for (const auto& phase : context.program.phases) {
    const auto* limit = epoch_limit(phase);
    if (limit == nullptr) continue;
    if (greatest != nullptr && limit->count <= greatest->count) {
      auto& d = context.diagnostics.report(
          Code::epoch_order, limit->span,
          fmt::format("phase '{}' ends at epoch {}, but phase '{}' before it may last until epoch {}", phase.name,
                      limit->count, name, greatest->count));
      d.notes.push_back({fmt::format("phase '{}' ends here", name), greatest->span});
      d.help = "epoch(n) counts from the start of the run; epochs(n) counts within the phase";
      continue;
    }
    greatest = limit;
    name = phase.name;
  }
}

}  // namespace fts::check
