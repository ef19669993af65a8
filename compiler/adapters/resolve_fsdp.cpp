// A strategy of `fsdp` for the plan: its flat units.
#include "compiler/adapters/layouts.hpp"
#include "compiler/adapters/schemas.hpp"

namespace fts::adapters {

Resolved resolve_fsdp(const check::Context& context, const resolve::Strategy& strategy) {
  Resolved resolved;
  for (const Unit& unit : flat_layout(context, strategy).units) {
    if (!unit.parameters.empty()) resolved.units.push_back({.module = unit.module, .parameters = unit.parameters});
  }
  resolved.settled = {"auto_wrap_policy", "awp_overrides", "ignored_modules"};
  return resolved;
}

}  // namespace fts::adapters
