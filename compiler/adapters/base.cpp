// base: one process, nothing sharded.
#include "compiler/adapters/schemas.hpp"

namespace fts::adapters {

resolve::AttributeSchema attribute(std::string name, resolve::Type type, std::string doc) {
  return {.name = std::move(name), .type = std::move(type), .doc = std::move(doc)};
}
resolve::AttributeSchema attribute(std::string name, resolve::Type type, nlohmann::json fallback, std::string doc) {
  return {.name = std::move(name), .type = std::move(type), .doc = std::move(doc), .fallback = std::move(fallback)};
}

resolve::SpecSchema base_schema(const std::string& /*folder*/) {
  return {.name = "base", .class_name = "StrategyAdapter", .doc = "One process.", .arguments = {.name = "base"}};
}

}  // namespace fts::adapters
