#include <algorithm>
#include <utility>

#include "compiler/base/code.hpp"
#include "compiler/plan/plan.hpp"
#include "compiler/plan/strict_json.hpp"
#include "compiler/plan/words.hpp"

namespace fts::plan {

namespace {

constexpr std::size_t kMaxViolations = 50;

template <typename... Text>
constexpr auto keys(Text... text) {
  return std::array<std::string_view, sizeof...(Text)>{text...};
}

class PlanReader : public StrictJson {
 public:
  bool plan(Element e, Plan& out);

 private:
  bool parameter(Element e, const Path& path, Parameter& out);
  bool schedule(Element e, const Path& path, Schedule& out);
  bool phase(Element e, const Path& path, Phase& out);
  bool group(Element e, const Path& path, Group& out);
  bool spec(Element e, const Path& path, Spec& out);
  bool monitor(Element e, const Path& path, Monitor& out);
  bool condition(Element e, const Path& path, int depth, Condition& out);
  bool strategy(Element e, const Path& path, Strategy& out);
  bool unit(Element e, const Path& path, Unit& out);
  bool tensor_parallel(Element e, const Path& path, TensorParallel& out);
  bool split(Element e, const Path& path, Split& out);
  // One of the words of a list, as the enumerator of that number.
  template <typename Enum, std::size_t N>
  bool choice(Element e, const Path& path, const std::array<std::string_view, N>& words, Enum& out);
};

template <typename Enum, std::size_t N>
bool PlanReader::choice(Element e, const Path& path, const std::array<std::string_view, N>& words, Enum& out) {
  std::string_view text;
  const bool is_string = !e.get_string().get(text);
  const auto found = std::find(words.begin(), words.end(), text);
  if (!is_string || found == words.end())
    return wrong(path, fmt::format("expected one of: {}", fmt::join(words, ", ")));
  out = static_cast<Enum>(found - words.begin());
  return true;
}

bool PlanReader::plan(Element e, Plan& out) {
  static constexpr auto kKeys =
      keys("format", "version", "model", "graph_fingerprint", "source_hash", "parameters", "schedule", "strategies");
  return object(e, Path{}, kKeys, kKeys.size(), [&](std::size_t key, Element value, const Path& at) {
    switch (key) {
      case 0:
      case 1: return true;  // looked at before
      case 2: return read(value, at, out.model);
      case 3: return read(value, at, out.graph_fingerprint);
      case 4: return read(value, at, out.source_hash);
      case 5: return array(value, at, out.parameters, [&](auto&&... args) { return parameter(args...); });
      case 6: return schedule(value, at, out.schedule);
      default: return array(value, at, out.strategies, [&](auto&&... args) { return strategy(args...); });
    }
  });
}

bool PlanReader::parameter(Element e, const Path& path, Parameter& out) {
  static constexpr auto kKeys = keys("name", "shape", "dtype", "tied_to");
  return object(e, path, kKeys, 3, [&](std::size_t key, Element value, const Path& at) {
    switch (key) {
      case 0: return read(value, at, out.name);
      case 1: out.shape_known = !value.is_null(); return !out.shape_known || numbers(value, at, out.shape);
      case 2: {
        std::string text;
        if (!read(value, at, text)) return false;
        const auto dtype = graph::parse_dtype(text);
        if (!dtype || graph::name(*dtype) != text) return wrong(at, fmt::format("'{}' is no dtype of a plan", text));
        out.dtype = *dtype;
        return true;
      }
      default: return read(value, at, out.tied_to.emplace());
    }
  });
}

bool PlanReader::schedule(Element e, const Path& path, Schedule& out) {
  static constexpr auto kKeys = keys("monitor", "max_epochs", "max_steps", "max_depth", "restore_best", "implicit",
                                     "compat_fts", "settings", "phases");
  return object(e, path, kKeys, kKeys.size(), [&](std::size_t key, Element value, const Path& at) {
    switch (key) {
      case 0: return optional(value, out.monitor, [&](Monitor& m) { return monitor(value, at, m); });
      case 1: return read(value, at, out.max_epochs);
      case 2: return read(value, at, out.max_steps);
      case 3: return read(value, at, out.max_depth);
      case 4: return read(value, at, out.restore_best);
      case 5: return read(value, at, out.implicit);
      case 6: return read(value, at, out.compat_fts);
      case 7: return read(value, at, out.settings);
      default: return array(value, at, out.phases, [&](auto&&... args) { return phase(args...); });
    }
  });
}

bool PlanReader::phase(Element e, const Path& path, Phase& out) {
  static constexpr auto kKeys = keys("depth", "name", "thaw", "freeze", "groups", "optimizer", "lr_scheduler", "until");
  return object(e, path, kKeys, kKeys.size(), [&](std::size_t key, Element value, const Path& at) {
    const auto read_spec = [&](Spec& s) { return spec(value, at, s); };
    switch (key) {
      case 0: return read(value, at, out.depth);
      case 1: return read(value, at, out.name);
      case 2: return numbers(value, at, out.thaw);
      case 3: return numbers(value, at, out.freeze);
      case 4: return array(value, at, out.groups, [&](auto&&... args) { return group(args...); });
      case 5: return optional(value, out.optimizer, read_spec);
      case 6: return optional(value, out.lr_scheduler, read_spec);
      default: return condition(value, at, 0, out.until);
    }
  });
}

bool PlanReader::group(Element e, const Path& path, Group& out) {
  static constexpr auto kKeys = keys("name", "parameters", "arguments");
  return object(e, path, kKeys, kKeys.size(), [&](std::size_t key, Element value, const Path& at) {
    if (key == 0) return read(value, at, out.name);
    return key == 1 ? numbers(value, at, out.parameters) : read(value, at, out.arguments);
  });
}

bool PlanReader::spec(Element e, const Path& path, Spec& out) {
  static constexpr auto kKeys = keys("name", "arguments");
  return object(e, path, kKeys, kKeys.size(), [&](std::size_t key, Element value, const Path& at) {
    return key == 0 ? read(value, at, out.name) : read(value, at, out.arguments);
  });
}

bool PlanReader::monitor(Element e, const Path& path, Monitor& out) {
  static constexpr auto kKeys =
      keys("metric", "mode", "patience", "min_delta", "check_finite", "stopping_threshold", "divergence_threshold");
  static constexpr auto kModes = keys("min", "max");
  return object(e, path, kKeys, kKeys.size(), [&](std::size_t key, Element value, const Path& at) {
    const auto number = [&](double& d) { return read(value, at, d); };
    switch (key) {
      case 0: return read(value, at, out.metric);
      case 1: return choice(value, at, kModes, out.maximize);
      case 2: return read(value, at, out.patience);
      case 3: return read(value, at, out.min_delta);
      case 4: return read(value, at, out.check_finite);
      case 5: return optional(value, out.stopping_threshold, number);
      default: return optional(value, out.divergence_threshold, number);
    }
  });
}

bool PlanReader::condition(Element e, const Path& path, int depth, Condition& out) {
  if (depth == kMaxConditionDepth) return wrong(path, fmt::format("nested deeper than {} levels", kMaxConditionDepth));
  Element kind;
  if (e["kind"].get(kind)) return wrong(path, "expected an object with the key 'kind'");
  if (!choice(kind, {&path, "kind"}, kKinds, out.kind)) return false;
  const auto take = [&](std::size_t key, Element value, const Path& at) {
    if (key == 0) return true;
    switch (out.kind) {
      case Condition::Kind::any:
      case Condition::Kind::all:
        return array(value, at, out.operands,
                     [&](Element o, const Path& p, Condition& c) { return condition(o, p, depth + 1, c); });
      case Condition::Kind::plateau: return monitor(value, at, out.monitor);
      case Condition::Kind::metric:
        if (key == 1) return read(value, at, out.monitor.metric);
        return key == 2 ? choice(value, at, kCompares, out.compare) : read(value, at, out.threshold);
      default: return read(value, at, out.count);
    }
  };
  switch (out.kind) {
    case Condition::Kind::any:
    case Condition::Kind::all: return object(e, path, keys("kind", "operands"), 2, take);
    case Condition::Kind::plateau: return object(e, path, keys("kind", "monitor"), 2, take);
    case Condition::Kind::metric: return object(e, path, keys("kind", "metric", "compare", "threshold"), 4, take);
    default: return object(e, path, keys("kind", "count"), 2, take);
  }
}

bool PlanReader::strategy(Element e, const Path& path, Strategy& out) {
  static constexpr auto kKeys = keys("name", "adapter", "settings", "units", "tensor_parallel");
  return object(e, path, kKeys, 3, [&](std::size_t key, Element value, const Path& at) {
    switch (key) {
      case 0: return read(value, at, out.name);
      case 1: return read(value, at, out.adapter);
      case 2: return read(value, at, out.settings);
      case 3: return array(value, at, out.units, [&](auto&&... args) { return unit(args...); });
      default: return array(value, at, out.tensor_parallel, [&](auto&&... args) { return tensor_parallel(args...); });
    }
  });
}

bool PlanReader::unit(Element e, const Path& path, Unit& out) {
  static constexpr auto kKeys = keys("module", "parameters", "settings");
  return object(e, path, kKeys, kKeys.size(), [&](std::size_t key, Element value, const Path& at) {
    if (key == 0) return read(value, at, out.module);
    return key == 1 ? numbers(value, at, out.parameters) : read(value, at, out.settings);
  });
}

bool PlanReader::tensor_parallel(Element e, const Path& path, TensorParallel& out) {
  static constexpr auto kKeys = keys("module", "style", "splits", "layouts");
  return object(e, path, kKeys, kKeys.size(), [&](std::size_t key, Element value, const Path& at) {
    if (key == 2) return array(value, at, out.splits, [&](auto&&... args) { return split(args...); });
    return key == 3 ? read(value, at, out.layouts) : read(value, at, key == 0 ? out.module : out.style);
  });
}

bool PlanReader::split(Element e, const Path& path, Split& out) {
  std::vector<std::int64_t> three;
  if (!numbers(e, path, three)) return false;
  if (three.size() != 3 || !std::in_range<std::uint32_t>(three[0])) {
    return wrong(path, "expected [position, dimension, parts]");
  }
  out = {static_cast<std::uint32_t>(three[0]), three[1], three[2]};
  return true;
}

Error invalid(std::string_view fault) {
  return make_error(Code::plan_invalid, fmt::format("the plan is not valid: {}", fault));
}

// Format and version come first: a plan of another version has other keys.
std::optional<Error> check_version(Element root) {
  std::string_view format;
  if (root["format"].get(format) || format != "fts-plan") return invalid("the key 'format' must be \"fts-plan\"");
  std::int64_t version = 0;
  if (root["version"].get(version)) return invalid("version: expected a whole number");
  if (version == kVersion) return std::nullopt;
  return make_error(Code::plan_stale,
                    fmt::format("the plan has version {}; this program reads version {}", version, kVersion),
                    "compile the source again: ftsc compile F.fts -o F.ftsplan");
}

}  // namespace

tl::expected<Plan, Error> from_json(std::string_view text) {
  simdjson::dom::parser parser;
  Element root;
  if (const auto code = parser.parse(text.data(), text.size()).get(root)) {
    return tl::unexpected(invalid(fmt::format("it is not JSON: {}", simdjson::error_message(code))));
  }
  if (auto error = check_version(root)) return tl::unexpected(std::move(*error));
  Plan plan;
  PlanReader reader;
  if (!reader.plan(root, plan)) return tl::unexpected(invalid(reader.fault()));
  const auto violations = verify(plan);
  if (violations.empty()) return plan;
  Error error = invalid(violations.front());
  for (std::size_t i = 1; i < std::min(violations.size(), kMaxViolations); ++i) {
    error.diagnostics.push_back(invalid(violations[i]).diagnostics.front());
  }
  if (violations.size() > kMaxViolations) {
    error.diagnostics.back().notes.push_back(
        {fmt::format("{} more violations", violations.size() - kMaxViolations), {}});
  }
  return tl::unexpected(std::move(error));
}

}  // namespace fts::plan
