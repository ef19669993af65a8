// The parts of `ftsc init`: what a family's names are, and how the file is put. Private to the command.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/param_graph.hpp"

namespace fts::driver::init {

struct PhaseText {
  std::string name;
  std::string thaw;
  std::string lr;
  std::string why;
  bool tied = false;  // it thaws a tensor that other parts of the model share
};

// A phase before the layers: the parts that are there, if the first is.
struct First {
  std::string name;
  std::vector<std::string> parts;
  std::string lr;
  std::string why;
};

// What the file says of the model by name.
struct Names {
  std::string about;        // one line on where the names come from
  std::string definitions;  // `use` or `let` items
  std::string layers;       // an indexed let
  std::string no_decay;
  std::string optimizer = "adamw";
  std::string more = ", weight_decay = 0.01";  // its further arguments
  std::string base_lr;
  std::vector<First> first;
  std::vector<std::string> fsdp_plans;  // lets of the module, or rules; the first that fits is taken
  std::string fsdp_plan;                // that one; empty: none fits
  std::string tp_plan;                  // empty: there is none
};

[[nodiscard]] Names names_of(std::string_view family);
// Of a model that no family knows: its longest stack of like modules, and what comes last.
[[nodiscard]] Names names_by_structure(const graph::ParamGraph& graph);

// The strategy that shards by names.fsdp_plan.
[[nodiscard]] std::string sharded_strategy(const Names& names);

[[nodiscard]] std::string file_text(const graph::ParamGraph& graph, const std::string& graph_path, const Names& names,
                                    const std::vector<PhaseText>& phases);

}  // namespace fts::driver::init
