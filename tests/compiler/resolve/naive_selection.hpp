// Selections as a tree of sets, evaluated in the slow and obvious way: name by name, with a matcher of its own.
#pragma once
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/param_graph.hpp"

namespace fts::test {

// Whether a glob of the language matches a whole name: piece by piece, character by character.
[[nodiscard]] bool naive_glob(std::string_view glob, std::string_view name);

// A random graph of few, similar names, with types, ranks, dtypes, frozen and tied parameters.
[[nodiscard]] graph::ParamGraph random_graph(std::mt19937& random);

// A selection as the language writes it, and what it means.
struct NaiveSelection {
  std::string text;
  std::function<std::set<graph::ParamId>(const graph::ParamGraph&)> parameters;
};

// The lets that random selections use: layers[i], pairs[i, j].
inline constexpr std::string_view kNaiveLets =
    "let layers[i] = module(\"**.layer.${i}\")\n"
    "let pairs[i, j] = \"a.layer.${i}.**.${j}.*\" | module(\"**.${i}.ab.${j}\")\n";

// `named`: what earlier phases thawed, under all its names.
[[nodiscard]] NaiveSelection random_selection(std::mt19937& random, int depth, const std::set<graph::ParamId>& named);

}  // namespace fts::test
