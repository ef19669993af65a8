// Finds the adapter that carries out a strategy.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/adapters/adapter.hpp"

namespace fts {

struct AdapterChoice {
  std::unique_ptr<Adapter> adapter;
  std::vector<Diagnostic> warnings;
};

struct AdapterOptions {
  std::string custom;  // what Options::adapters says for the strategy; empty: nothing
  std::string folder;  // where "x.so" is looked for first
  bool allow_untested = false;
};

// The adapter of a strategy: the custom one, else its own. A name means one that is registered in this program, built
// in, or a plugin's; "x.so" and "x.so:Class" a library's. FTS1002: the runtime has none of that name (under
// allow_untested `base` stands in, with a warning); FTS1105: a plugin that cannot be used.
[[nodiscard]] tl::expected<AdapterChoice, Error> choose_adapter(const plan::Strategy& strategy,
                                                                const AdapterOptions& options);

// The adapters of the runtime: one file each, one line each here and in registry.cpp.
std::unique_ptr<Adapter> make_base_adapter();
std::unique_ptr<Adapter> make_ddp_adapter();
std::unique_ptr<Adapter> make_fsdp_adapter();
std::unique_ptr<Adapter> make_model_parallel_adapter();

}  // namespace fts
