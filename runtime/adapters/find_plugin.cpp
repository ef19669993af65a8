#include "runtime/adapters/find_plugin.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "runtime/adapters/load_plugin.hpp"

namespace fts {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSuffix = ".schema.json";

struct Class {
  std::string name, class_name;
};

tl::unexpected<Error> unusable(std::string message, std::string help) {
  return tl::unexpected(make_error(Code::plugin_unusable, std::move(message), std::move(help)));
}

// The classes of a schema file of this version.
tl::expected<std::vector<Class>, Error> read_classes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return unusable(fmt::format("'{}' cannot be read", path),
                    "the build of a plugin writes its schema beside the library");
  }
  const auto j = nlohmann::json::parse(in, nullptr, false);
  try {
    if (j.at("format") != "fts-adapter-schema" || j.at("version") != 1)
      return unusable(fmt::format("'{}' is no schema of an adapter plugin", path), "");
    const auto abi = j.value("abi", "");
    if (abi != std::to_string(kAdapterAbi)) {
      return unusable(fmt::format("'{}' was built for version {} of the adapter interface, this program has {}", path,
                                  abi, kAdapterAbi),
                      "build the plugin anew with this version");
    }
    std::vector<Class> classes;
    for (const auto& c : j.at("classes")) classes.push_back({c.at("name").get<std::string>(), c.value("class", "")});
    return classes;
  } catch (const nlohmann::json::exception& e) {
    return unusable(fmt::format("'{}' is damaged: {}", path, e.what()), "build the plugin anew");
  }
}

// The given folder, then those of FTS_ADAPTER_PATH.
std::vector<std::string> search_path(const std::string& folder) {
  std::vector<std::string> folders = {folder.empty() ? "." : folder};
  const char* variable = std::getenv("FTS_ADAPTER_PATH");
  std::istringstream all(variable == nullptr ? "" : variable);
  for (std::string each; std::getline(all, each, ':');) {
    if (!each.empty()) folders.push_back(each);
  }
  return folders;
}

std::vector<std::string> schemas_below(const std::string& folder) {
  std::vector<std::string> all;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().string().ends_with(kSuffix)) all.push_back(it->path().string());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::string schema_of(const fs::path& library) {
  return (library.parent_path() / library.stem()).string() + std::string(kSuffix);
}
std::string library_of(const std::string& schema) { return schema.substr(0, schema.size() - kSuffix.size()) + ".so"; }

tl::expected<PluginPlace, Error> by_name(const std::string& name, const std::string& beside,
                                         std::vector<Diagnostic>& warnings) {
  std::vector<std::string> known;
  for (const auto& folder : search_path(beside)) {
    for (const auto& schema : schemas_below(folder)) {
      auto classes = read_classes(schema);
      if (!classes) {
        warnings.push_back(std::move(classes.error().diagnostics.front()));
        warnings.back().severity = Severity::warning;
        continue;
      }
      for (const auto& c : *classes) {
        if (c.name == lower_case(name)) return PluginPlace{library_of(schema), c.class_name};
        known.push_back(c.name);
      }
    }
  }
  const std::vector<std::string_view> names(known.begin(), known.end());
  const auto near = did_you_mean(nearest(name, names));
  return unusable(fmt::format("there is no adapter '{}', in the program or in a plugin", name),
                  near.empty() ? "FTS_ADAPTER_PATH lists the folders with plugins" : near);
}

std::string found_library(const std::string& library, const std::string& folder) {
  const auto beside = (fs::path(folder) / library).lexically_normal().string();
  if (library.find('/') != std::string::npos) return beside;
  for (const auto& each : search_path(folder)) {
    std::error_code error;
    if (const auto path = fs::path(each) / library; fs::exists(schema_of(path), error)) return path.string();
  }
  return beside;
}

}  // namespace

tl::expected<PluginPlace, Error> find_plugin(const std::string& which, const std::string& folder,
                                             std::vector<Diagnostic>& warnings) {
  const auto colon = which.rfind(':');
  const auto file = which.substr(0, colon);
  if (!file.ends_with(".so")) return by_name(which, folder, warnings);
  const auto class_name = colon == std::string::npos ? std::string() : which.substr(colon + 1);
  const auto library = found_library(file, folder);
  const auto classes = read_classes(schema_of(library));
  if (!classes) return tl::unexpected(classes.error());
  std::string there;
  for (const auto& c : *classes) {
    const bool only = class_name.empty() && classes->size() == 1;
    if (only || c.class_name == class_name || c.name == class_name) return PluginPlace{library, c.class_name};
    there += (there.empty() ? "" : ", ") + c.class_name;
  }
  return unusable(class_name.empty() ? fmt::format("'{}' has {} adapters and none was chosen", file, classes->size())
                                     : fmt::format("'{}' has no adapter '{}'", file, class_name),
                  fmt::format("it has {}; write \"{}:Class\"", there, file));
}

}  // namespace fts
