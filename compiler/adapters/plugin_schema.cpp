#include "compiler/adapters/plugin_schema.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace fts::adapters {

namespace {

using nlohmann::json;
using resolve::AttributeSchema;
using resolve::Kind;
using resolve::Type;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr int kMaxDepth = 8;

struct KindName {
  std::string_view name;
  Kind kind;
};
constexpr std::array<KindName, 14> kKinds = {{{"none", Kind::none},
                                              {"boolean", Kind::boolean},
                                              {"integer", Kind::integer},
                                              {"number", Kind::number},
                                              {"string", Kind::string},
                                              {"bytes", Kind::bytes},
                                              {"duration", Kind::duration},
                                              {"word", Kind::word},
                                              {"dtype", Kind::dtype},
                                              {"parameters", Kind::parameters},
                                              {"modules", Kind::modules},
                                              {"list", Kind::list},
                                              {"body", Kind::body},
                                              {"rules", Kind::rules}}};

// Thrown and caught in this file: the sentence of the first fault.
struct Fault {
  std::string text;
};
[[noreturn]] void fault(const std::string& path, std::string_view what) {
  throw Fault{path.empty() ? std::string(what) : fmt::format("{}: {}", path, what)};
}

bool is_identifier(std::string_view text) {
  const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= 256 && !digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return word(c) || digit(c); });
}

class Reader {
 public:
  PluginSchema schema(const json& j) {
    keys(j, "", {"format", "version", "abi", "fts_version", "torch_version", "classes"});
    if (text(j, "", "format") != "fts-adapter-schema") fault("format", "must be \"fts-adapter-schema\"");
    const auto version = j.find("version");
    if (version == j.end() || *version != 1) fault("version", "this program reads version 1");
    PluginSchema schema;
    schema.abi = text(j, "", "abi", "");
    schema.fts_version = text(j, "", "fts_version", "");
    schema.torch_version = text(j, "", "torch_version", "");
    std::set<std::string> names;
    each(j, "", "classes", [&](const json& element, const std::string& path) {
      schema.classes.push_back(plugin_class(element, path));
      if (!names.insert(schema.classes.back().name).second) fault(path + ".name", "is there twice");
    });
    if (schema.classes.empty()) fault("classes", "there must be at least one");
    return schema;
  }

 private:
  static void keys(const json& j, const std::string& path, std::initializer_list<std::string_view> known) {
    if (!j.is_object()) fault(path, "expected an object");
    for (const auto& [key, value] : j.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        fault(path, fmt::format("unknown key '{}'; it has {}", key, fmt::join(known, ", ")));
      }
    }
  }
  static std::string text(const json& j, const std::string& path, const char* key,
                          std::optional<std::string> fallback = std::nullopt) {
    const auto found = j.find(key);
    const std::string at = path.empty() ? key : path + "." + key;
    if (found == j.end() && fallback) return *fallback;
    if (found == j.end() || !found->is_string()) fault(at, "expected a string");
    return found->get<std::string>();
  }
  template <typename Each>
  static void each(const json& j, const std::string& path, const char* key, Each take) {
    const auto found = j.find(key);
    if (found == j.end()) return;
    const std::string at = path.empty() ? key : path + "." + key;
    if (!found->is_array()) fault(at, "expected an array");
    for (std::size_t i = 0; i < found->size(); ++i) take((*found)[i], fmt::format("{}[{}]", at, i));
  }
  static std::vector<std::string> texts(const json& j, const std::string& path, const char* key) {
    std::vector<std::string> all;
    each(j, path, key, [&](const json& element, const std::string& at) {
      if (!element.is_string()) fault(at, "expected a string");
      all.push_back(element.get<std::string>());
    });
    return all;
  }

  PluginClass plugin_class(const json& j, const std::string& path) {
    keys(j, path, {"name", "class", "doc", "attributes", "constraints", "renames"});
    PluginClass out{
        .name = text(j, path, "name"), .class_name = text(j, path, "class", ""), .doc = text(j, path, "doc", "")};
    if (!is_identifier(out.name)) fault(path + ".name", "must be an identifier");
    out.attributes = attributes(j, path, 0);
    each(j, path, "constraints", [&](const json& element, const std::string& at) {
      keys(element, at, {"attribute", "needs", "excludes"});
      PluginConstraint c{text(element, at, "attribute"), texts(element, at, "needs"), texts(element, at, "excludes")};
      std::vector<std::string> all = {c.attribute};
      all.insert(all.end(), c.needs.begin(), c.needs.end());
      all.insert(all.end(), c.excludes.begin(), c.excludes.end());
      for (const auto& name : all) {
        const auto is = [&](const AttributeSchema& a) { return a.name == name; };
        if (std::none_of(out.attributes.begin(), out.attributes.end(), is)) {
          fault(at, fmt::format("there is no attribute '{}'", name));
        }
      }
      out.constraints.push_back(std::move(c));
    });
    each(j, path, "renames", [&](const json& element, const std::string& at) {
      keys(element, at, {"from", "to"});
      PluginRename rename{pieces(text(element, at, "from")), pieces(text(element, at, "to"))};
      const auto stars = [](const std::vector<std::string>& all) { return std::count(all.begin(), all.end(), "*"); };
      if (rename.from.empty() || stars(rename.from) != stars(rename.to)) {
        fault(at, "'from' is not empty, and 'to' has as many *");
      }
      out.renames.push_back(std::move(rename));
    });
    return out;
  }

  static std::vector<std::string> pieces(const std::string& dotted) {
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin < dotted.size();) {
      const auto end = std::min(dotted.find('.', begin), dotted.size());
      all.push_back(dotted.substr(begin, end - begin));
      begin = end + 1;
    }
    return all;
  }

  std::vector<AttributeSchema> attributes(const json& j, const std::string& path, int depth) {
    std::vector<AttributeSchema> all;
    each(j, path, "attributes", [&](const json& element, const std::string& at) {
      keys(element, at, {"name", "type", "doc", "default", "required"});
      AttributeSchema a{.name = text(element, at, "name"), .type = {}, .doc = text(element, at, "doc", "")};
      static constexpr std::array<std::string_view, 5> kTaken = {"adapter", "precision", "allow_untested", "timeout",
                                                                 "which"};
      if (!is_identifier(a.name)) fault(at + ".name", "must be an identifier");
      if (depth == 0 && std::find(kTaken.begin(), kTaken.end(), a.name) != kTaken.end()) {
        fault(at + ".name", fmt::format("every strategy has '{}'", a.name));
      }
      const auto same = [&](const AttributeSchema& other) { return other.name == a.name; };
      if (std::any_of(all.begin(), all.end(), same)) fault(at + ".name", fmt::format("'{}' is there twice", a.name));
      const auto type_of = element.find("type");
      if (type_of == element.end()) fault(at + ".type", "is missing");
      a.type = type(*type_of, at + ".type", depth + 1);
      if (const auto required = element.find("required"); required != element.end()) {
        if (!required->is_boolean()) fault(at + ".required", "expected true or false");
        a.required = required->get<bool>();
      }
      if (const auto fallback = element.find("default"); fallback != element.end()) {
        if (!fits(*fallback, a.type)) fault(at + ".default", "expected " + a.type.in_words());
        a.fallback = *fallback;
      }
      all.push_back(std::move(a));
    });
    return all;
  }

  Type type(const json& j, const std::string& path, int depth) {
    if (depth > kMaxDepth) fault(path, fmt::format("nested deeper than {} levels", kMaxDepth));
    if (j.is_array()) {
      if (j.empty()) fault(path, "there must be at least one type");
      Type first = type(j[0], path + "[0]", depth + 1);
      for (std::size_t i = 1; i < j.size(); ++i)
        first = first.or_else(type(j[i], fmt::format("{}[{}]", path, i), depth + 1));
      return first;
    }
    if (j.is_string()) return simple(j.get<std::string>(), path);
    keys(j, path, {"kind", "minimum", "maximum", "words", "element", "keys", "attributes"});
    const std::string name = text(j, path, "kind");
    if (name == "word") {
      auto words = texts(j, path, "words");
      if (words.empty()) fault(path + ".words", "there must be at least one");
      return resolve::type::word(std::move(words));
    }
    if (name == "body") return resolve::type::body({.name = "body", .attributes = attributes(j, path, depth)});
    if (name == "list" || name == "rules") {
      const auto element = j.find("element");
      if (element == j.end()) fault(path + ".element", "is missing");
      Type inner = type(*element, path + ".element", depth + 1);
      if (name == "list") return resolve::type::list(std::move(inner));
      const std::string by = text(j, path, "keys");
      if (by != "modules" && by != "parameters") fault(path + ".keys", "expected modules or parameters");
      return resolve::type::rules(by == "modules" ? Kind::modules : Kind::parameters, std::move(inner));
    }
    Type plain = simple(name, path + ".kind");
    const auto bound = [&](const char* key, double& into) {
      const auto found = j.find(key);
      if (found == j.end()) return;
      if (!found->is_number()) fault(fmt::format("{}.{}", path, key), "expected a number");
      into = found->get<double>();
    };
    bound("minimum", plain.minimum);
    bound("maximum", plain.maximum);
    return plain;
  }

  static Type simple(const std::string& name, const std::string& path) {
    const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const KindName& k) { return k.name == name; });
    if (found == kKinds.end()) fault(path, fmt::format("there is no type '{}'", name.substr(0, 100)));
    if (found->kind == Kind::word || found->kind == Kind::list || found->kind == Kind::body ||
        found->kind == Kind::rules) {
      fault(path, fmt::format("'{}' needs an object that says of what", name));
    }
    Type type;
    type.kind = found->kind;
    return type;
  }

  // Whether a default could be written in a file.
  static bool fits(const json& value, const Type& type) {
    const auto one = [&](const Type& t) {
      const auto in_range = [&] { return value.get<double>() >= t.minimum && value.get<double>() <= t.maximum; };
      switch (t.kind) {
        case Kind::none: return value.is_null();
        case Kind::boolean: return value.is_boolean();
        case Kind::integer:
        case Kind::bytes: return value.is_number_integer() && in_range();
        case Kind::number:
        case Kind::duration: return value.is_number() && in_range();
        case Kind::string:
        case Kind::dtype: return value.is_string();
        case Kind::word:
          return value.is_string() &&
                 std::find(t.words.begin(), t.words.end(), value.get<std::string>()) != t.words.end();
        case Kind::list:
          return value.is_array() &&
                 std::all_of(value.begin(), value.end(), [&](const json& v) { return fits(v, *t.element); });
        default: return false;  // selections and bodies have no default
      }
    };
    return one(type) || std::any_of(type.alternatives.begin(), type.alternatives.end(),
                                    [&](const Type& other) { return fits(value, other); });
  }
};

}  // namespace

tl::expected<PluginSchema, std::string> read_plugin_schema(std::string_view text) {
  if (text.size() > kMaxBytes) return tl::unexpected(std::string("it has more than 1 MiB"));
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) return tl::unexpected(std::string("it is not JSON"));
  try {
    return Reader().schema(root);
  } catch (const Fault& fault) {
    return tl::unexpected(fault.text);
  }
}

tl::expected<PluginPlace, std::string> find_plugin(std::string_view which, const std::vector<std::string>& folders) {
  namespace fs = std::filesystem;
  const auto colon = which.rfind(':');
  const bool library = which.substr(0, colon).ends_with(".so");
  const std::string name(library ? which.substr(0, colon) : which);
  PluginPlace place{.class_name = library
                                      ? (colon == std::string_view::npos ? "" : std::string(which.substr(colon + 1)))
                                      : std::string(which)};
  std::vector<std::string> files;
  if (library) {
    files = {name.substr(0, name.size() - 3) + ".schema.json"};
  } else if (name.find('/') == std::string::npos && !name.empty()) {
    files = {"lib" + name + ".schema.json", name + ".schema.json"};
  }
  std::string looked;
  for (const auto& folder : folders) {
    for (const auto& file : files) {
      const auto path = fs::path(folder) / file;
      std::error_code ignored;
      if (fs::is_regular_file(path, ignored)) {
        place.path = path.string();
        return place;
      }
      looked += (looked.empty() ? "" : ", ") + path.string();
    }
  }
  return tl::unexpected(
      fmt::format("looked for {}", looked.empty() ? "nothing: it is no name and no library" : looked));
}

}  // namespace fts::adapters
