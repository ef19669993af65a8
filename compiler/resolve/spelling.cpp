#include "compiler/resolve/spelling.hpp"

#include "compiler/graph/param_graph.hpp"
#include "compiler/resolve/schema.hpp"

namespace fts::resolve {

namespace {

std::string short_name(const std::vector<SpecSchema>& specs, std::string_view word) {
  const SpecSchema* spec = find_spec(specs, word);
  return spec == nullptr ? std::string() : spec->name;
}

std::string short_dtype(std::string_view word) {
  const auto dtype = graph::parse_dtype(word);
  return !dtype || *dtype == graph::DType::other ? std::string() : std::string(graph::name(*dtype));
}

}  // namespace

std::string short_spelling(std::string_view attribute, std::string_view word) {
  if (attribute == "optimizer") return short_name(optimizers(), word);
  if (attribute == "lr_scheduler" || attribute == "schedulers") return short_name(lr_schedulers(), word);
  if (attribute == "dtype" || attribute.ends_with("_dtype")) return short_dtype(word);
  return {};
}

}  // namespace fts::resolve
