#include "runtime/adapters/load_plugin.hpp"

#include <algorithm>
#include <filesystem>

#include <dlfcn.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts {

namespace {

tl::unexpected<Error> unusable_library(const std::string& library, const std::string& why, std::string help = {}) {
  return tl::unexpected(make_error(Code::plugin_unusable,
                                   fmt::format("the plugin '{}' cannot be used: {}", library, why), std::move(help)));
}

tl::expected<const AdapterPlugin*, Error> open_library(const std::string& path) {
  // RTLD_LOCAL: what a plugin defines is its own. Never closed: its classes live as long as the program may.
  void* library = ::dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return unusable_library(path, ::dlerror());
  using Entry = const AdapterPlugin* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(library, "fts_adapter_plugin"));
  if (entry == nullptr)
    return unusable_library(path, "it registers no adapter", "write FTS_REGISTER_ADAPTER(\"name\", Class) in it");
  const auto* plugin = entry();
  const auto rebuilt = "build it anew with this version";
  if (plugin->abi != kAdapterAbi)
    return unusable_library(
        path, fmt::format("it has version {} of the adapter interface, this program {}", plugin->abi, kAdapterAbi),
        rebuilt);
  if (plugin->fts != std::string_view(FTS_VERSION))
    return unusable_library(path, fmt::format("it was built with fts {}, this program is {}", plugin->fts, FTS_VERSION),
                            rebuilt);
  if (plugin->libtorch != std::string_view(TORCH_VERSION))
    return unusable_library(
        path, fmt::format("it was built with LibTorch {}, this program with {}", plugin->libtorch, TORCH_VERSION),
        rebuilt);
  return plugin;
}

nlohmann::ordered_json schema_json(const RegisteredAdapter& adapter) {
  using json = nlohmann::ordered_json;
  const auto schema = adapter.schema();
  json out = {{"name", adapter.name},        {"class", adapter.class_name},  {"doc", schema.doc},
              {"attributes", json::array()}, {"constraints", json::array()}, {"renames", json::array()}};
  for (const auto& a : schema.attributes) {
    auto& entry = out["attributes"].emplace_back(json{{"name", a.name}, {"type", a.type}, {"doc", a.doc}});
    if (a.required) entry["required"] = true;
    if (!a.by_default.is_null()) entry["default"] = a.by_default;
  }
  for (const auto& c : schema.constraints)
    out["constraints"].push_back({{"attribute", c.attribute}, {"needs", c.needs}, {"excludes", c.excludes}});
  for (const auto& r : schema.renames) out["renames"].push_back({{"from", r.from}, {"to", r.to}});
  return out;
}

}  // namespace

tl::expected<std::unique_ptr<Adapter>, Error> load_plugin(const PluginPlace& plugin) {
  const auto library = open_library(plugin.library);
  if (!library) return tl::unexpected(library.error());
  const auto& all = *(*library)->adapters;
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const auto& a) { return a.class_name == plugin.class_name; });
  if (it != all.end()) return it->make();
  return unusable_library(plugin.library,
                          fmt::format("it has no class '{}', which its schema names", plugin.class_name),
                          "build it anew: the schema is another build's");
}

tl::expected<std::string, Error> plugin_schema(const std::string& library) {
  const auto plugin = open_library(library);
  if (!plugin) return tl::unexpected(plugin.error());
  nlohmann::ordered_json j = {{"format", "fts-adapter-schema"},        {"version", 1},
                              {"abi", std::to_string((*plugin)->abi)}, {"fts_version", (*plugin)->fts},
                              {"torch_version", (*plugin)->libtorch},  {"classes", nlohmann::ordered_json::array()}};
  for (const auto& adapter : *(*plugin)->adapters) j["classes"].push_back(schema_json(adapter));
  return j.dump(1) + "\n";
}

}  // namespace fts
