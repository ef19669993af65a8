#include <fmt/format.h>

#include "compiler/plan/plan.hpp"
#include "compiler/plan/words.hpp"

namespace fts::plan {

namespace {

using nlohmann::json;

// Sorted keys, no white space, shortest numbers that read back the same: one text for one value.
std::string text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string text(bool value) { return value ? "true" : "false"; }

template <typename T>
std::string or_null(const std::optional<T>& value) {
  return value ? text(json(*value)) : "null";
}

template <typename Numbers>
std::string numbers(const Numbers& values) {
  return fmt::format("[{}]", fmt::join(values, ","));
}

// One element a line, so that a change of a plan is a change of few lines.
template <typename T, typename Write>
std::string lines(const std::vector<T>& values, Write&& write) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out += write(values[i]);
  }
  return out += values.empty() ? "]" : "\n]";
}

std::string write(const Parameter& p) {
  std::string out = fmt::format(R"({{"name":{},"shape":{},"dtype":"{}")", text(json(p.name)),
                                p.shape_known ? numbers(p.shape) : "null", graph::name(p.dtype));
  if (p.tied_to) out += fmt::format(R"(,"tied_to":{})", *p.tied_to);
  return out += "}";
}

std::string write(const Monitor& m) {
  return fmt::format(R"({{"metric":{},"mode":"{}","patience":{},"min_delta":{},"check_finite":{},)"
                     R"("stopping_threshold":{},"divergence_threshold":{}}})",
                     text(json(m.metric)), m.maximize ? "max" : "min", m.patience, text(json(m.min_delta)),
                     text(m.check_finite), or_null(m.stopping_threshold), or_null(m.divergence_threshold));
}

std::string write(const Condition& c) {
  std::string out = fmt::format(R"({{"kind":"{}")", word(c.kind));
  switch (c.kind) {
    case Condition::Kind::any:
    case Condition::Kind::all:
      out += R"(,"operands":[)";
      for (std::size_t i = 0; i < c.operands.size(); ++i) out += (i == 0 ? "" : ",") + write(c.operands[i]);
      out += "]";
      break;
    case Condition::Kind::plateau: out += R"(,"monitor":)" + write(c.monitor); break;
    case Condition::Kind::epoch:
    case Condition::Kind::epochs:
    case Condition::Kind::step: out += fmt::format(R"(,"count":{})", c.count); break;
    case Condition::Kind::metric:
      out += fmt::format(R"(,"metric":{},"compare":"{}","threshold":{})", text(json(c.monitor.metric)), word(c.compare),
                         text(json(c.threshold)));
      break;
  }
  return out += "}";
}

std::string write(const Spec& s) {
  return fmt::format(R"({{"name":{},"arguments":{}}})", text(json(s.name)), text(s.arguments));
}

std::string write(const Group& g) {
  return fmt::format(R"({{"name":{},"parameters":{},"arguments":{}}})", text(json(g.name)), numbers(g.parameters),
                     text(g.arguments));
}

std::string write(const Phase& p) {
  const auto group = [](const Group& g) { return write(g); };
  return fmt::format(
      "{{\"depth\":{},\"name\":{},\n\"thaw\":{},\n\"freeze\":{},\n\"groups\":{},\n\"optimizer\":{},\n"
      "\"lr_scheduler\":{},\n\"until\":{}}}",
      p.depth, text(json(p.name)), numbers(p.thaw), numbers(p.freeze), lines(p.groups, group),
      p.optimizer ? write(*p.optimizer) : "null", p.lr_scheduler ? write(*p.lr_scheduler) : "null", write(p.until));
}

std::string write(const Schedule& s) {
  const auto phase = [](const Phase& p) { return write(p); };
  return fmt::format(
      "{{\n\"monitor\":{},\n\"max_epochs\":{},\"max_steps\":{},\"max_depth\":{},\n"
      "\"restore_best\":{},\"implicit\":{},\"compat_fts\":{},\n\"settings\":{},\n\"phases\":{}}}",
      s.monitor ? write(*s.monitor) : "null", s.max_epochs, s.max_steps, s.max_depth, text(s.restore_best),
      text(s.implicit), text(s.compat_fts), text(s.settings), lines(s.phases, phase));
}

std::string write(const Unit& u) {
  return fmt::format(R"({{"module":{},"parameters":{},"settings":{}}})", text(json(u.module)), numbers(u.parameters),
                     text(u.settings));
}

std::string write(const TensorParallel& t) {
  std::string splits;
  for (const Split& s : t.splits) {
    splits += fmt::format("{}[{},{},{}]", splits.empty() ? "" : ",", s.parameter, s.dim, s.parts);
  }
  return fmt::format(R"({{"module":{},"style":{},"splits":[{}],"layouts":{}}})", text(json(t.module)),
                     text(json(t.style)), splits, text(t.layouts));
}

std::string write(const Strategy& s) {
  std::string out = fmt::format(R"({{"name":{},"adapter":{},"settings":{})", text(json(s.name)), text(json(s.adapter)),
                                text(s.settings));
  if (!s.units.empty()) out += ",\n\"units\":" + lines(s.units, [](const Unit& u) { return write(u); });
  if (!s.tensor_parallel.empty()) {
    out += ",\n\"tensor_parallel\":" + lines(s.tensor_parallel, [](const TensorParallel& t) { return write(t); });
  }
  return out += "}";
}

}  // namespace

std::string to_json(const Plan& plan) {
  return fmt::format(
      "{{\"format\":\"fts-plan\",\"version\":{},\n\"model\":{},\n\"graph_fingerprint\":{},\n"
      "\"source_hash\":{},\n\"parameters\":{},\n\"schedule\":{},\n\"strategies\":{}}}\n",
      kVersion, text(json(plan.model)), text(json(plan.graph_fingerprint)), text(json(plan.source_hash)),
      lines(plan.parameters, [](const Parameter& p) { return write(p); }), write(plan.schedule),
      lines(plan.strategies, [](const Strategy& s) { return write(s); }));
}

}  // namespace fts::plan
