// The text that `ftsc init` writes.
#include <fmt/format.h>

#include "compiler/driver/init_parts.hpp"

namespace fts::driver::init {

namespace {

std::string in_string(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '$' ? "\\u{24}" : std::string(1, c);
  }
  return out;
}

std::string phase_text(const PhaseText& phase, std::size_t place, std::size_t count) {
  std::string text = fmt::format("\n  phase {} {{ # {}\n    thaw  = {}\n", phase.name, phase.why, phase.thaw);
  if (phase.tied) text.insert(text.find("\n    thaw"), ", and what shares its tensor");
  if (place > 0 && !phase.lr.empty()) text += fmt::format("    lr    = {}\n", phase.lr);
  if (place + 1 < count) text += fmt::format("    until = plateau or epoch({})\n", place == 0 ? 2 : 5);
  return text + "  }\n";
}

std::string schedule_text(const Names& names, const std::vector<PhaseText>& phases) {
  const std::string lr = phases.empty() || phases.front().lr.empty() ? "base_lr" : phases.front().lr;
  std::string text =
      "schedule {\n  monitor      = val_loss { mode = min, patience = 2 } # what `plateau` and checkpoints watch\n";
  text +=
      fmt::format("  optimizer    = {} {{ lr = {}{} }} # the first phase's rate\n", names.optimizer, lr, names.more);
  if (!names.no_decay.empty()) text += fmt::format("  no_decay     = {}\n", names.no_decay);
  text += "  lr_scheduler = cosine_annealing { T_max = 10 }\n  max_epochs   = 10\n";
  for (std::size_t i = 0; i < phases.size(); ++i) text += phase_text(phases[i], i, phases.size());
  return text + "}\n";
}

std::string commented(const std::string& text) {
  std::string out = "# ";
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    out += text[i];
    if (text[i] == '\n') out += "# ";
  }
  return out + "\n";
}

std::string strategies_text(const Names& names) {
  const std::string single = "strategy single { adapter = base }\n";
  if (names.fsdp_plan.empty()) return single;
  return single +
         "\n# On several GPUs, each holding a part of the parameters: take the `# ` away and run with --strategy "
         "sharded.\n" +
         commented(sharded_strategy(names));
}

}  // namespace

std::string sharded_strategy(const Names& names) {
  const bool rules = names.fsdp_plan.starts_with("{");
  std::string text = fmt::format(
      "strategy sharded {{\n"
      "  adapter = model_parallel\n"
      "  mesh    = {{ data = auto, tensor = 1 }}\n"
      "  fsdp_default_kwargs = {{\n"
      "    reshard_after_forward = true\n"
      "    mp_policy = {{ param_dtype = bf16, reduce_dtype = f32 }}\n"
      "  }}\n"
      "  fsdp_plan {}{}\n",
      rules ? "" : "= ", names.fsdp_plan);
  if (!names.tp_plan.empty())
    text += fmt::format("  # tp_plan = {}   # with tensor = 2 or more above\n", names.tp_plan);
  return text + "}\n";
}

std::string file_text(const graph::ParamGraph& graph, const std::string& graph_path, const Names& names,
                      const std::vector<PhaseText>& phases) {
  std::string text =
      fmt::format("# Fine-tuning {} in {} phase{}, as `ftsc init` begins it: everything here is yours to change.\n",
                  graph.model().empty() ? "the model" : graph.model(), phases.size(), phases.size() == 1 ? "" : "s");
  text += fmt::format("# {}\n# `ftsc plan` shows what will happen, `ftsc check` what does not fit the model.\n",
                      names.about);
  text += names.definitions;
  text += fmt::format("\ninput base_lr: float = {} # another run: --set base_lr=…\n\nmodel {{ graph = \"{}\" }}\n\n",
                      names.base_lr, in_string(graph_path));
  return text + schedule_text(names, phases) + "\n" + strategies_text(names);
}

}  // namespace fts::driver::init
