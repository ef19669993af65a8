#include "tests/compiler/resolve/naive_selection.hpp"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

namespace fts::test {

namespace {

using graph::ParamGraph;
using graph::ParamId;
using Ids = std::set<ParamId>;

std::size_t below(std::mt19937& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}
template <typename T>
const T& any_of(std::mt19937& random, const std::vector<T>& all) {
  return all[below(random, all.size())];
}

std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto dot = std::min(text.find('.', begin), text.size());
    pieces.push_back(text.substr(begin, dot - begin));
    begin = dot + 1;
  }
  return pieces;
}

// One dot-free piece. `*` alone in its piece is not empty.
bool piece_matches(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob[0] == '*')
    return piece_matches(glob.substr(1), text) || (!text.empty() && piece_matches(glob, text.substr(1)));
  if (glob[0] == '{') {
    const auto close = glob.find('}');
    for (std::size_t begin = 1; begin <= close;) {
      const auto comma = std::min(glob.find(',', begin), close);
      if (piece_matches(std::string(glob.substr(begin, comma - begin)) + std::string(glob.substr(close + 1)), text))
        return true;
      begin = comma + 1;
    }
    return false;
  }
  if (text.empty()) return false;
  if (glob[0] == '[')  // [x-y]
    return text[0] >= glob[1] && text[0] <= glob[3] && piece_matches(glob.substr(5), text.substr(1));
  return (glob[0] == '?' || glob[0] == text[0]) && piece_matches(glob.substr(1), text.substr(1));
}

bool pieces_match(std::vector<std::string_view> glob, std::vector<std::string_view> name, bool before_last) {
  if (glob.empty()) return name.empty();
  const auto rest = [](const auto& all) { return std::vector(all.begin() + 1, all.end()); };
  if (glob.front() == "**") {
    const bool may_be_none = !before_last || glob.size() > 1;  // `a.**` never takes `a`
    if (may_be_none && pieces_match(rest(glob), name, before_last)) return true;
    if (name.empty()) return false;
    return pieces_match(rest(glob), rest(name), true) || pieces_match(glob, rest(name), before_last);
  }
  if (name.empty() || (glob.front() == "*" && name.front().empty())) return false;
  return piece_matches(glob.front(), name.front()) && pieces_match(rest(glob), rest(name), true);
}

Ids those(const ParamGraph& graph, const std::function<bool(ParamId)>& keep) {
  Ids ids;
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    if (keep(p)) ids.insert(p);
  }
  return ids;
}

// Parameters that lie under a module of which `keep` holds.
Ids under(const ParamGraph& graph, const std::function<bool(const graph::Module&)>& keep) {
  return those(graph, [&](ParamId p) {
    for (auto m = graph.parameter(p).module; m != graph::kNone; m = graph.module(m).parent) {
      if (keep(graph.module(m))) return true;
    }
    return false;
  });
}

Ids under_glob(const ParamGraph& graph, const std::string& glob) {
  return under(graph, [&](const graph::Module& m) { return naive_glob(glob, m.name); });
}

Ids join(Ids a, const Ids& b) {
  a.insert(b.begin(), b.end());
  return a;
}

constexpr int kMostIndices = 13;
Ids layer(const ParamGraph& graph, int i) { return under_glob(graph, fmt::format("**.layer.{}", i)); }
Ids pair(const ParamGraph& graph, int i, int j) {
  return join(
      those(graph,
            [&](ParamId p) { return naive_glob(fmt::format("a.layer.{}.**.{}.*", i, j), graph.parameter(p).name); }),
      under_glob(graph, fmt::format("**.{}.ab.{}", i, j)));
}

std::string random_glob(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"a",  "ab", "layer", "0",  "1",      "10",    "w", "*",
                                                   "**", "?",  "a*",    "*b", "{a,ab}", "[0-1]", "**"};
  std::string glob = any_of(random, kPieces);
  for (std::size_t i = below(random, 4); i > 0; --i) glob += "." + any_of(random, kPieces);
  return glob;
}

std::string random_regex(std::mt19937& random) {
  static const std::vector<std::string> kParts = {"a",    "b",      "\\.",  ".*", "layer", "\\d",
                                                  "\\d+", "(a|ab)", "[01]", "w",  "."};
  std::string regex;
  for (std::size_t i = 1 + below(random, 6); i > 0; --i) regex += any_of(random, kParts);
  return regex;
}

NaiveSelection indexed(std::mt19937& random) {
  const int i = static_cast<int>(below(random, 4));
  switch (below(random, 6)) {
    case 0: return {fmt::format("layers[{}]", i), [i](const ParamGraph& g) { return layer(g, i); }};
    case 1:
      return {fmt::format("layers[{}..{}]", i, i + 1),
              [i](const ParamGraph& g) { return join(layer(g, i), layer(g, i + 1)); }};
    case 2:
      return {fmt::format("pairs[{}, 0..1]", i),
              [i](const ParamGraph& g) { return join(pair(g, i, 0), pair(g, i, 1)); }};
    case 3:
      return {"layers[-1]", [](const ParamGraph& g) {
                for (int last = kMostIndices; last-- > 0;) {
                  if (auto ids = layer(g, last); !ids.empty()) return ids;
                }
                return Ids{};
              }};
    case 4:
      return {"layers", [](const ParamGraph& g) {
                Ids all;
                for (int l = 0; l < kMostIndices; ++l) all = join(all, layer(g, l));
                return all;
              }};
    default:
      return {"pairs", [](const ParamGraph& g) {
                Ids all;
                for (int l = 0; l < kMostIndices * kMostIndices; ++l)
                  all = join(all, pair(g, l / kMostIndices, l % kMostIndices));
                return all;
              }};
  }
}

NaiveSelection leaf(std::mt19937& random, const Ids& named) {
  const std::string glob = random_glob(random);
  const std::string regex = random_regex(random);
  switch (below(random, 10)) {
    case 0: return {"all", [](const ParamGraph& g) { return those(g, [](ParamId) { return true; }); }};
    case 1:
      return {"frozen",
              [](const ParamGraph& g) { return those(g, [&](ParamId p) { return !g.parameter(p).requires_grad; }); }};
    case 2:
      return {"rest", [named](const ParamGraph& g) { return those(g, [&](ParamId p) { return !named.contains(p); }); }};
    case 3:
      return {"types(\"A*\")", [](const ParamGraph& g) {
                return under(g, [](const graph::Module& m) { return m.type.starts_with('A'); });
              }};
    case 4:
    case 5: return indexed(random);
    case 6: return {"module(\"" + glob + "\")", [glob](const ParamGraph& g) { return under_glob(g, glob); }};
    case 7:
      return {"/" + regex + "/", [regex](const ParamGraph& g) {
                const std::regex whole(regex);
                return those(g, [&](ParamId p) { return std::regex_match(std::string(g.parameter(p).name), whole); });
              }};
    default:
      return {"\"" + glob + "\"", [glob](const ParamGraph& g) {
                return those(g, [&](ParamId p) { return naive_glob(glob, g.parameter(p).name); });
              }};
  }
}

}  // namespace

bool naive_glob(std::string_view glob, std::string_view name) {
  if (glob == "**") return true;
  if (name.empty()) return false;  // the root has no pieces
  return pieces_match(pieces_of(glob), pieces_of(name), false);
}

graph::ParamGraph random_graph(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"a", "ab", "layer", "0", "1", "2", "10", "b"};
  static const std::vector<std::string> kTypes = {"A", "AB", "B"};
  std::set<std::string> modules;
  for (int i = 0; i < 12; ++i) {
    std::string name = any_of(random, kPieces);
    for (std::size_t n = below(random, 5); n > 0; --n) name += "." + any_of(random, kPieces);
    modules.insert(name);
  }
  graph::ParamGraphBuilder builder;
  for (const auto& name : modules) builder.add_module(name, any_of(random, kTypes));
  std::string first;
  std::vector<std::string> shuffled(modules.begin(), modules.end());
  std::shuffle(shuffled.begin(), shuffled.end(), random);  // out of the order of the tree
  for (const auto& name : shuffled) {
    for (const char* leaf : {".w", ".wb"}) {
      const bool tie = below(random, 6) == 0 && !first.empty();
      const std::vector<std::int64_t> shape(tie ? 1 : 1 + below(random, 2), 4);
      builder.add_parameter(name + leaf, shape, graph::DType::f32, below(random, 4) != 0, tie ? first : "");
      if (first.empty() && shape.size() == 1) first = name + leaf;
    }
  }
  return builder.finish().value();
}

NaiveSelection random_selection(std::mt19937& random, int depth, const Ids& named) {
  if (depth == 0) return leaf(random, named);
  const NaiveSelection a = random_selection(random, depth - 1, named);
  const NaiveSelection b =
      random_selection(random, static_cast<int>(below(random, static_cast<std::size_t>(depth))), named);
  const auto kept = [a, b](bool in_b) {
    return [a, b, in_b](const ParamGraph& g) {
      Ids ids = a.parameters(g);
      const Ids other = b.parameters(g);
      std::erase_if(ids, [&](ParamId p) { return other.contains(p) != in_b; });
      return ids;
    };
  };
  switch (below(random, 4)) {
    case 0:
      return {"(" + a.text + " | " + b.text + ")",
              [a, b](const ParamGraph& g) { return join(a.parameters(g), b.parameters(g)); }};
    case 1: return {"(" + a.text + " & " + b.text + ")", kept(true)};
    case 2: return {"(" + a.text + " - " + b.text + ")", kept(false)};
    default:
      return {"(" + a.text + " where rank == 1 and requires_grad)", [a](const ParamGraph& g) {
                Ids ids = a.parameters(g);
                std::erase_if(
                    ids, [&](ParamId p) { return g.parameter(p).shape.size() != 1 || !g.parameter(p).requires_grad; });
                return ids;
              }};
  }
}

}  // namespace fts::test
