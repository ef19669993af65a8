// The static half of each adapter: its schema as data, and what can be told of its settings without running it.
#pragma once
#include <span>
#include <vector>

#include "compiler/check/check.hpp"
#include "compiler/resolve/schema.hpp"

namespace fts::adapters {

struct Adapter {
  resolve::SpecSchema (*schema)();
  // Holds a strategy of this adapter against the model; null: nothing but the schema.
  void (*check)(const check::Context& context, const resolve::Strategy& strategy);
};

// Every adapter that the language names, one line each (adapters.cpp).
[[nodiscard]] std::span<const Adapter> all();

// Their schemas, as file_schema() wants them.
[[nodiscard]] std::vector<resolve::SpecSchema> schemas();

// Checks the strategies of a program: all of them, or only the one that `strategy` names (FTS0702 if there is none).
void check(const check::Context& context, const std::string& strategy);

}  // namespace fts::adapters
