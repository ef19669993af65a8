// The static half of each adapter: its schema as data, and what can be told of its settings without running it.
#pragma once
#include <span>
#include <vector>

#include "compiler/check/check.hpp"
#include "compiler/resolve/schema.hpp"

namespace fts::adapters {

// What a strategy comes to on this model, for the plan (docs/PLAN.md): nothing is left to merge, match or default.
struct Resolved {
  struct Unit {
    graph::ModuleId module = 0;
    std::vector<graph::ParamId> parameters;
    nlohmann::json settings = nlohmann::json::object();
  };
  struct Split {  // of a parameter, over the tensor-parallel ranks
    graph::ParamId parameter = 0;
    std::int64_t dim = 0;
    std::int64_t parts = 1;  // weights one after another along the dimension, each split by itself
  };
  struct Shared {  // a module that tensor-parallel ranks share, or one parameter of it
    graph::ModuleId module = 0;
    std::string style;
    std::vector<Split> splits;  // what is not here is whole on every rank
    nlohmann::json layouts = nlohmann::json::object();
  };
  std::vector<Unit> units;
  std::vector<Shared> tensor_parallel;
  std::vector<std::string_view> settled;               // attributes that the above has made superfluous
  nlohmann::json settings = nlohmann::json::object();  // in addition to the attributes
};

struct Adapter {
  std::string_view name;
  resolve::SpecSchema (*schema)(const std::string& folder);
  // Holds a strategy of this adapter against the model; null: nothing but the schema.
  void (*check)(const check::Context& context, const resolve::Strategy& strategy);
  // Of a strategy without errors; null: its settings say all.
  Resolved (*resolve)(const check::Context& context, const resolve::Strategy& strategy);
};

// Every adapter that the language names, one line each (adapters.cpp).
[[nodiscard]] std::span<const Adapter> all();

// Their schemas, as file_schema() wants them. Those of plugins are looked for when a file names one: beside it, in
// `folder`, and in the folders of FTS_ADAPTER_PATH.
[[nodiscard]] std::vector<resolve::SpecSchema> schemas(const std::string& folder = {});

// Checks the strategies of a program: all of them, or only the one that was asked for (FTS0702 if there is none).
void check(const check::Context& context);

// The model in the names of a plugin: schedules are written in those. Nothing: the plugin does not rename, or cannot be
// used or gives two parameters one name, which check() reports.
[[nodiscard]] std::optional<graph::ParamGraph> in_plugins_names(const graph::ParamGraph& graph,
                                                                const std::string& which, const std::string& folder);

// What a strategy of a program without errors comes to.
[[nodiscard]] Resolved resolved(const check::Context& context, const resolve::Strategy& strategy);

}  // namespace fts::adapters
