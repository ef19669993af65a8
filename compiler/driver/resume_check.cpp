// ftsc check --resume: whether a checkpoint can follow the file as it is now, by the rules that a run goes by.
#include "compiler/driver/compile.hpp"
#include "compiler/plan/checkpoint_files.hpp"
#include "compiler/plan/resume.hpp"

namespace fts::driver {

namespace {

tl::expected<void, Error> held_against(const std::string& folder, const Compilation& compiled) {
  const auto path = checkpoint::find(folder);
  if (!path) return tl::unexpected(path.error());
  if (auto whole = checkpoint::verify_all(*path); !whole) return tl::unexpected(std::move(whole.error()));
  const auto point = plan::read_resume_point(*path);
  if (!point) return tl::unexpected(point.error());
  const auto obstacles = plan::resume_obstacles(*point, *compiled.plan, 1);
  if (obstacles.empty()) return {};
  auto error = plan::resume_error(*path, obstacles);
  auto& notes = error.diagnostics.front().notes;
  const auto& phases = compiled.program->phases;
  for (std::size_t i = 0; i < notes.size() && i < obstacles.size(); ++i) {
    const auto depth = static_cast<std::size_t>(obstacles[i].depth);
    if (obstacles[i].depth >= 0 && depth < phases.size()) notes[i].span = phases[depth].name_span;
  }
  return tl::unexpected(std::move(error));
}

}  // namespace

void check_resume(const std::string& folder, Compilation& out) {
  if (!out.plan) return;
  auto held = held_against(folder, out);
  if (held) return;
  for (auto& d : held.error().diagnostics) out.diagnostics.all().push_back(std::move(d));
}

}  // namespace fts::driver
