// The schemas, each in the file of its adapter. Private to the stage.
#pragma once
#include "compiler/adapters/adapters.hpp"

namespace fts::adapters {

resolve::SpecSchema base_schema(const std::string& folder);
resolve::SpecSchema ddp_schema(const std::string& folder);
resolve::SpecSchema fsdp_schema(const std::string& folder);
resolve::SpecSchema model_parallel_schema(const std::string& folder);
resolve::SpecSchema plugin_schema(const std::string& folder);

// The checks of the adapters that have some.
void check_ddp(const check::Context& context, const resolve::Strategy& strategy);
void check_fsdp(const check::Context& context, const resolve::Strategy& strategy);
void check_model_parallel(const check::Context& context, const resolve::Strategy& strategy);
void check_plugin(const check::Context& context, const resolve::Strategy& strategy);

// What their strategies come to.
Resolved resolve_fsdp(const check::Context& context, const resolve::Strategy& strategy);
Resolved resolve_model_parallel(const check::Context& context, const resolve::Strategy& strategy);

// Attributes that several adapters share.
resolve::AttributeSchema attribute(std::string name, resolve::Type type, std::string doc);
resolve::AttributeSchema attribute(std::string name, resolve::Type type, nlohmann::json fallback, std::string doc);
resolve::BodySchema mp_policy();  // FSDP2's MixedPrecisionPolicy

}  // namespace fts::adapters
