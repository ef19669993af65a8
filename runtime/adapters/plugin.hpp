// What makes a class an adapter that schedules can name, in a shared library or in the program itself:
//
//   struct Bridge : fts::Adapter {
//     static fts::AdapterSchema schema() { return {.doc = "…", .renames = {{"encoder.layer.*.attn", "blocks.*.attn"}}};
//     }
//   };
//   FTS_REGISTER_ADAPTER("bridge", Bridge)
//
// A library that is built with fts_adapter_plugin() (CMake) gets its schema file beside it. See docs/PLUGINS.md.
#pragma once
#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/version.h>

#include "runtime/adapters/adapter.hpp"

#ifndef FTS_VERSION
#define FTS_VERSION ""  // of the program itself: nothing to compare
#endif

namespace fts {

struct AdapterAttribute {
  std::string name;
  nlohmann::json type;  // as docs/PLUGINS.md has it: "integer", {"kind": "word", "words": ["a", "b"]}
  std::string doc = {};
  bool required = false;
  nlohmann::json by_default = {};  // null: none
};
struct AdapterConstraint {
  std::string attribute;
  std::vector<std::string> needs = {}, excludes = {};
};
// Names of the model that begin with `from` begin with `to` in schedules; `*` is one piece between dots.
struct AdapterRename {
  std::string from, to;
};

// The static half of an adapter: what a schedule may write in its braces, and what parameters are called there.
struct AdapterSchema {
  std::string doc = {};
  std::vector<AdapterAttribute> attributes = {};
  std::vector<AdapterConstraint> constraints = {};
  std::vector<AdapterRename> renames = {};
};

struct RegisteredAdapter {
  std::string name;  // lower case
  std::string class_name;
  std::unique_ptr<Adapter> (*make)();
  AdapterSchema (*schema)();
};

// Plain, so that it can be read before anything else of a library is trusted.
struct AdapterPlugin {
  int abi;
  const char* fts;
  const char* libtorch;
  const std::vector<RegisteredAdapter>* adapters;
};

// Each library, and the program, has a list of its own: hidden, or the dynamic linker would make them one.
[[gnu::visibility("hidden")]] inline std::vector<RegisteredAdapter>& registered_adapters() {
  static std::vector<RegisteredAdapter> all;
  return all;
}

[[nodiscard]] inline std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

template <class T>
bool register_adapter(const std::string& name, const char* class_name) {
  const auto make = []() -> std::unique_ptr<Adapter> { return std::make_unique<T>(); };
  const auto schema = []() -> AdapterSchema {
    if constexpr (requires { T::schema(); }) return T::schema();
    return {};
  };
  registered_adapters().push_back({lower_case(name), class_name, make, schema});
  return true;
}

// Raised whenever the classes that a plugin shares with the runtime change.
inline constexpr int kAdapterAbi = 4;

}  // namespace fts

// What a loader looks for in a library. Weak and not inline: as an inline function's, its static would be one for the
// whole process.
extern "C" [[gnu::weak, gnu::used, gnu::visibility("default")]] const fts::AdapterPlugin* fts_adapter_plugin() {
  static const fts::AdapterPlugin plugin{fts::kAdapterAbi, FTS_VERSION, TORCH_VERSION, &fts::registered_adapters()};
  return &plugin;
}

// Registers a class under a name, which schedules may write in any case.
#define FTS_REGISTER_ADAPTER(name, Class) \
  [[maybe_unused]] static const bool fts_registered_##Class = fts::register_adapter<Class>(name, #Class);
