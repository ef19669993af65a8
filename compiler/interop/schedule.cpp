// schedule { … }: what FinetuningScheduler, the optimizer and the trainer say.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/interop/blocks.hpp"
#include "compiler/interop/phases.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

bool is_true(const Yaml* value) { return value != nullptr && value->truthy(); }

// lr_scheduler of the run: FTS supports ten of torch's classes, unless allow_untested.
void write_first_scheduler(const Context& context, const Configuration& c, Writer& writer) {
  if (c.lr_scheduler == nullptr || c.lr_scheduler->is(Kind::null)) {
    if (c.optimizer != nullptr) writer.line("lr_scheduler = none");  // LightningCLI makes none then
    return;
  }
  const auto text = spec_text(context, *c.lr_scheduler, resolve::lr_schedulers(), Dialect::configuration);
  if (!text) return;
  if (!resolve::fts_supports(text->substr(0, text->find(' '))) && !is_true(argument(c, "allow_untested")))
    context.refuse(*c.lr_scheduler,
                   fmt::format("FTS does not support the scheduler '{}'", c.lr_scheduler->find("class_path")->text),
                   "take another one, or pass allow_untested");
  writer.line("lr_scheduler = " + *text);
}

// FTS compares names with `in`: each is a part of a parameter's name.
void write_no_decay(const Context& context, const Configuration& c, Writer& writer) {
  if (c.no_decay == nullptr || !c.no_decay->truthy()) return;
  if (!c.no_decay->is(Kind::list))
    return context.refuse(*c.no_decay, "no_decay is a list of parts of names", "write [bias, LayerNorm.weight]");
  std::string parts;
  for (const auto& element : c.no_decay->elements) {
    parts += parts.empty() ? "" : "|";
    for (const char ch : element.as_text()) {
      if (std::string_view("\\^$.|?*+()[]{}/").find(ch) != std::string_view::npos) parts += '\\';
      parts += ch;
    }
  }
  const bool one = c.no_decay->elements.size() == 1;
  writer.line(one ? fmt::format("no_decay = /.*{}.*/", parts) : fmt::format("no_decay = /.*({}).*/", parts));
}

void write_trainer(const Context& context, const Configuration& c, Writer& writer) {
  if (c.trainer == nullptr || !c.trainer->is(Kind::map)) return;
  const Yaml* steps = c.trainer->given("max_steps");
  const bool limited = (steps != nullptr && !(steps->is(Kind::integer) && steps->integer == -1)) ||
                       c.trainer->given("max_epochs") != nullptr || c.trainer->given("max_time") != nullptr;
  if (!limited) writer.line("max_epochs = 1000  # Lightning's, where nothing ends the run");
  for (const char* name :
       {"max_epochs", "max_steps", "gradient_clip_val", "gradient_clip_algorithm", "accumulate_grad_batches"}) {
    const Yaml* value = c.trainer->given(name);
    const bool unlimited = value != nullptr && value->is(Kind::integer) && value->integer == -1;
    if (value == nullptr || unlimited) continue;
    writer.line(
        fmt::format("{} = {}", name,
                    value->is(Kind::string) && is_identifier(value->text) ? value->text : value_text(context, *value)));
  }
}

// A later phase without an lr of its own takes base_max_lr, which must be a number then.
bool is_taken_by_a_phase(const Yaml* schedule) {
  if (schedule == nullptr) return true;
  return std::any_of(schedule->entries.begin(), schedule->entries.end(), [](const auto& phase) {
    return phase.first.as_text() != "0" && phase.second.find("lr") == nullptr;
  });
}

// float(value) raises nothing.
bool is_castable(const Yaml& value) {
  return value.is_number() || value.is(Kind::boolean) || (value.is(Kind::string) && python_float(value.text));
}

// max_depth below -1 is read as it is, and leaves no depth to go to.
std::string depth_text(const Context& context, const Yaml& depth) {
  if (!depth.is(Kind::integer) || depth.integer >= -1) return value_text(context, depth);
  context.warn(Code::read_otherwise, depth,
               fmt::format("FTS reads max_depth {} as 0: phase 0 is all that it trains", depth.text),
               "write 0, or -1 for all phases");
  return "0";
}

void write_arguments(const Context& context, const Configuration& c, const Yaml* schedule, Writer& writer) {
  if (const Yaml* depth = argument(c, "max_depth")) writer.line("max_depth = " + depth_text(context, *depth));
  for (const char* name : {"restore_best", "epoch_transitions_only", "enforce_phase0_params", "apply_lambdas_new_pgs",
                           "frozen_bn_track_running_stats"}) {
    if (const Yaml* value = argument(c, name); value != nullptr)
      writer.line(fmt::format("{} = {}", name, value_text(context, *value)));
  }
  const Yaml* lr = argument(c, "base_max_lr");
  if (lr != nullptr && (is_castable(*lr) || is_taken_by_a_phase(schedule))) {
    if (const auto value = rate(context, *lr, "base_max_lr")) writer.line("base_max_lr = " + number_text(*value));
  }
  const Yaml* optimizer = argument(c, "reinit_optim_cfg");
  const Yaml* scheduler = argument(c, "reinit_lr_cfg");
  if (schedule != nullptr && is_true(scheduler))
    return context.refuse(*scheduler, "reinit_lr_cfg is for implicit schedules, and this one has phases",
                          "give the phases a new_lr_scheduler");
  if (schedule != nullptr) {  // later phases take reinit_optim_cfg; FTS tries it even where there are none
    if (is_true(optimizer) && schedule->entries.size() == 1) (void)new_optimizer_text(context, *optimizer);
    return;
  }
  if (is_true(optimizer)) {
    if (const auto text = new_optimizer_text(context, *optimizer)) writer.line("reinit_optim_cfg = " + *text);
  }
  if (is_true(scheduler)) {
    if (const auto text = new_lr_scheduler_text(context, *scheduler, true)) writer.line("reinit_lr_cfg = " + *text);
  }
}

}  // namespace

void write_model(const Context& context, const Configuration& configuration, Writer& writer) {
  if (configuration.sizes.empty()) return;
  writer.open("model");
  for (const auto& [name, value] : configuration.sizes)
    writer.line(fmt::format("{} = {}", name, value_text(context, *value)));
  writer.close();
  writer.blank();
}

void write_schedule(const Context& context, const Configuration& c, const Yaml* schedule, Writer& writer) {
  check_argument_names(context, c);
  writer.open("schedule");
  writer.line("compat = fts");
  write_monitor(context, c, writer);
  if (c.optimizer != nullptr && !c.optimizer->is(Kind::null)) {
    if (const auto text = spec_text(context, *c.optimizer, resolve::optimizers(), Dialect::configuration))
      writer.line("optimizer = " + *text);
  }
  write_no_decay(context, c, writer);
  write_first_scheduler(context, c, writer);
  write_trainer(context, c, writer);
  write_checkpoint(context, c, schedule, writer);
  write_arguments(context, c, schedule, writer);
  if (schedule != nullptr) {
    const Yaml* optimizer = argument(c, "reinit_optim_cfg");
    if (const auto phases = phases_of(context, *schedule))
      write_phases(context, *phases,
                   {is_true(argument(c, "epoch_transitions_only")), is_true(optimizer) ? optimizer : nullptr}, writer);
  }
  writer.close();
}

}  // namespace fts::interop
