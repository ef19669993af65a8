// Every phase trains something.
#include <fmt/format.h>

#include "compiler/check/common.hpp"

namespace fts::check {

void empty_phases(const Context& context) {
  for (const auto& phase : context.program.phases) {
    if (faulty(context, phase) || !thawed(context, phase).empty()) continue;
    context.diagnostics
        .report(Code::empty_phase, thaw_span(phase), fmt::format("phase '{}' has nothing to train", phase.name))
        .help = "its selection is empty in this model; leave the phase out, or name other parameters";
  }
}

}  // namespace fts::check
