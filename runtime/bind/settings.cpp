#include "runtime/bind/settings.hpp"

#include <string>

#include "compiler/graph/param_graph.hpp"
#include "runtime/bind/module_parameters.hpp"

namespace fts::bind {

using nlohmann::json;

json value_of(const json& object, const char* name) { return object.is_object() ? object.value(name, json()) : json(); }

std::optional<c10::ScalarType> dtype_named(const json& name) {
  const auto dtype = name.is_string() ? graph::parse_dtype(name.get<std::string>()) : std::nullopt;
  return dtype ? scalar_type(*dtype) : std::nullopt;
}

}  // namespace fts::bind
