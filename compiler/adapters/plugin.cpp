// plugin("name" | "x.so:Class" | "x.so"): an adapter from a shared library.
#include "compiler/adapters/schemas.hpp"

namespace fts::adapters {

resolve::SpecSchema plugin_schema() {
  return {.name = "plugin",
          .class_name = "",
          .doc = "An adapter from a shared library.",
          .arguments = {.name = "plugin",
                        .attributes = {{.name = "which",
                                        .type = resolve::type::string(),
                                        .doc = "Its name, or its library.",
                                        .required = true}},
                        .open = true},
          .positional = {"which"}};
}

}  // namespace fts::adapters
