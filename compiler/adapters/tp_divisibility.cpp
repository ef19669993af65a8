// What tensor parallel splits must divide by its ranks: attention heads, columns, rows, vocabulary.
#include <array>
#include <map>

#include <fmt/format.h>

#include "compiler/adapters/tensor_parallel.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
constexpr std::array<std::string_view, 8> kQueries = {"q_proj", "query",      "wq",       "q",
                                                      "q_lin",  "query_proj", "q_b_proj", "wq_b"};
constexpr std::array<std::string_view, 14> kKeysAndValues = {"k_proj",   "v_proj",     "key",      "value",   "wk",
                                                             "wv",       "k",          "v",        "k_lin",   "v_lin",
                                                             "key_proj", "value_proj", "k_b_proj", "v_b_proj"};

// The heads of one attention, as far as configuration and shapes tell.
struct Heads {
  std::int64_t query_width = 0;
  std::int64_t key_width = 0;
  std::int64_t head_dim = 0;
};

// Elements of a head that a rotary embedding turns: two for each frequency, 0 where there is none. Where it turns only
// a part, heads seem smaller and so more than they are: what they do not divide by, the real ones do not either.
std::int64_t rotary_width(const graph::ParamGraph& graph) {
  std::int64_t width = 0;
  for (std::size_t b = 0; b < graph.buffer_names().size(); ++b) {
    const auto buffer = graph.buffer(b);
    if (last_piece(buffer.name) != "inv_freq" || buffer.shape.size() != 1) continue;
    width = width == 0 ? 2 * buffer.shape[0] : std::min(width, 2 * buffer.shape[0]);
  }
  return width;
}

using Attentions = std::map<ModuleId, Heads>;  // by the module that holds the projections

Attentions attentions_of(const StrategyContext& context, const TpPlan& plan) {
  const auto& graph = context.graph();
  const auto& config = context.check.config;
  Attentions all;
  for (const auto& entry : plan.entries) {
    const auto sides = sides_of(graph, entry);
    const auto name = last_piece(graph.module(entry.module).name);
    if (!sides || entry.of_parameter || entry.module == 0) continue;
    auto& heads = all[graph.module(entry.module).parent];
    if (is_one_of(name, kQueries)) heads.query_width = sides->out;
    if (is_one_of(name, kKeysAndValues)) heads.key_width = sides->out;
  }
  // A norm of the queries by head (q_norm) has the width of a head.
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    const auto module = graph.module(parameter.module);
    if (parameter.shape.size() != 1 || module.parent == kNone || last_piece(module.name) != "q_norm") continue;
    const auto found = all.find(module.parent);
    if (found == all.end() || found->second.query_width == parameter.shape[0]) continue;
    found->second.head_dim = parameter.shape[0];
  }
  const std::int64_t rotated = rotary_width(graph);
  for (auto& [module, heads] : all) {
    if (config.head_dim) heads.head_dim = *config.head_dim;
    const auto of = [&heads = heads](std::int64_t width, const std::optional<std::int64_t>& count) {
      if (heads.head_dim == 0 && count && width % *count == 0) heads.head_dim = width / *count;
    };
    of(heads.query_width, config.num_attention_heads);
    of(heads.key_width, config.num_key_value_heads);
    if (heads.head_dim == 0) heads.head_dim = rotated;
  }
  return all;
}

// A fault of many modules of one rule.
struct Fault {
  Span span;
  std::string what;  // "8 key/value heads"
  std::vector<std::uint32_t> members;
  bool of_parameter = false;
};

std::string heads_of(const graph::ParamGraph& graph, const TpEntry& entry, const Attentions& attentions,
                     std::int64_t ranks) {
  const auto found = entry.module == 0 ? attentions.end() : attentions.find(graph.module(entry.module).parent);
  if (found == attentions.end() || split_of(entry.style->schema->name) != Split::columns) return {};
  const Heads& heads = found->second;
  const auto name = last_piece(graph.module(entry.module).name);
  const bool key = is_one_of(name, kKeysAndValues);
  if (!key && !is_one_of(name, kQueries)) return {};
  const std::int64_t width = key ? heads.key_width : heads.query_width;
  if (heads.head_dim <= 0 || width % heads.head_dim != 0) return {};
  const std::int64_t count = width / heads.head_dim;
  if (count % ranks == 0) return {};
  const bool shared = key && heads.key_width != heads.query_width;
  return fmt::format("{} {} heads", count, shared ? "key/value" : "attention");
}

}  // namespace

void tp_divisibility(const StrategyContext& context) {
  const auto ranks = mesh_size(context.strategy, "tensor").value_or(1);
  if (ranks <= 1) return;
  const auto& graph = context.graph();
  const TpPlan plan = tp_plan_of(context);
  const Attentions attentions = attentions_of(context, plan);
  std::map<std::tuple<bool, std::size_t, std::string>, Fault> faults;
  for (const auto& entry : plan.entries) {
    const auto split = split_size(graph, entry);
    if (!split) continue;
    std::string what = heads_of(graph, entry, attentions, ranks);
    if (what.empty() && split->size % ranks != 0) {
      const bool vocabulary = split->what == "columns" && context.check.config.vocab_size == split->size;
      what = fmt::format("{} {}", split->size, vocabulary ? "vocabulary entries" : split->what);
    }
    if (what.empty()) continue;
    auto& fault = faults[{entry.of_parameter, entry.rule, what}];
    fault.span = entry.span;
    fault.what = what;
    fault.of_parameter = entry.of_parameter;
    fault.members.push_back(entry.of_parameter ? entry.parameters.front() : entry.module);
  }
  for (const auto& [key, fault] : faults) {
    auto& d = context.check.diagnostics.report(
        Code::tp_indivisible, fault.span,
        fmt::format(
            "the {} of {} do not divide by the {} tensor-parallel ranks", fault.what,
            fault.of_parameter ? parameters_in_words(graph, fault.members) : modules_in_words(graph, fault.members),
            ranks));
    if (const auto* mesh = body_setting(context.strategy, "mesh")) {
      if (const auto* tensor = mesh->given("tensor")) d.notes.push_back({"the ranks", tensor->span});
    }
    d.help = "take a tensor size that divides them, or leave these modules out of the plan";
  }
}

}  // namespace fts::adapters
