// JSON values as YAML that PyYAML (YAML 1.1) reads back to the same values.
#pragma once
#include <string>

#include <nlohmann/json.hpp>

namespace fts::interop {

// A key of FTS's schedules that is to stand as an integer: "0".
inline constexpr char kIntegerKey = '\x01';

// Block style; short lists of scalars on one line. Numbers have the dot and the signed exponent that YAML 1.1 asks for;
// keys that begin with kIntegerKey are written without it, bare.
[[nodiscard]] std::string yaml_text(const nlohmann::ordered_json& value);

}  // namespace fts::interop
