// The schemas, each in the file of its adapter. Private to the stage.
#pragma once
#include "compiler/resolve/schema.hpp"

namespace fts::adapters {

resolve::SpecSchema base_schema();
resolve::SpecSchema ddp_schema();
resolve::SpecSchema fsdp_schema();
resolve::SpecSchema model_parallel_schema();
resolve::SpecSchema plugin_schema();

// Attributes that several adapters share.
resolve::AttributeSchema attribute(std::string name, resolve::Type type, std::string doc);
resolve::AttributeSchema attribute(std::string name, resolve::Type type, nlohmann::json fallback, std::string doc);
resolve::BodySchema mp_policy();  // FSDP2's MixedPrecisionPolicy

}  // namespace fts::adapters
