// How a plan's settings are read, which are JSON.
#pragma once
#include <optional>

#include <c10/core/ScalarType.h>
#include <nlohmann/json.hpp>

namespace fts::bind {

// An object's value of that name; null: it has none, or is no object.
[[nodiscard]] nlohmann::json value_of(const nlohmann::json& object, const char* name);

// A dtype by its name in the language; nothing: null, or none that LibTorch has.
[[nodiscard]] std::optional<c10::ScalarType> dtype_named(const nlohmann::json& name);

}  // namespace fts::bind
