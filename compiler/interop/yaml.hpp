// A YAML document as PyYAML constructs it, with the place of every value. The only file that knows yaml-cpp is
// yaml.cpp.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/base/diagnostic.hpp"
#include "compiler/base/source.hpp"

namespace fts::interop {

// Who reads the text: FTS its schedules (PyYAML's YAML 1.1, in which 1e-3 is a string, and no key twice), or
// jsonargparse LightningCLI's configurations (1e-3 is a number).
enum class Dialect { schedule, configuration };

struct Yaml {
  struct Entry;
  enum class Kind { null, boolean, integer, real, string, list, map };
  Kind kind = Kind::null;
  Span span;
  bool truth = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  // string: the value; other scalars: as written
  std::vector<Yaml> elements;
  std::vector<Entry> entries;  // in order, keys as they are

  // The value of a string key; null: not there, or this is no map.
  [[nodiscard]] const Yaml* find(std::string_view key) const;
  // As find, but a value `null` counts as not there.
  [[nodiscard]] const Yaml* given(std::string_view key) const;
  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool is_number() const { return kind == Kind::integer || kind == Kind::real; }
  // Whether Python takes it for true.
  [[nodiscard]] bool truthy() const;
  // As Python's str() gives it, for scalars.
  [[nodiscard]] std::string as_text() const;
  // What kind of value it is, for messages: "a list", "the string 'a'".
  [[nodiscard]] std::string in_words() const;
};

struct Yaml::Entry {
  Yaml first, second;
};

struct Comment {
  std::uint32_t line = 0;
  std::string text;       // from '#' on
  bool own_line = false;  // nothing else stands on its line
  std::uint32_t column = 0;
};

struct Document {
  Yaml root;
  FileId file = kNoFile;
  std::vector<Comment> comments;
};

// Reads the first document of a text that stands in `sources`. Nothing: it was refused (FTS1201, FTS1202).
[[nodiscard]] std::optional<Document> read_yaml(const SourceMap& sources, FileId file, Dialect dialect,
                                                Diagnostics& diagnostics);

// What a plain scalar is to PyYAML; `text` is kept.
[[nodiscard]] Yaml resolve_scalar(std::string text, Dialect dialect);

// Python's float(text): "1e-3", " 2_0.5 ", "inf"; nothing where it raises ValueError.
[[nodiscard]] std::optional<double> python_float(std::string_view text);
// Python's int(text), of strings.
[[nodiscard]] std::optional<std::int64_t> python_int(std::string_view text);

// The values are equal to Python (1 == 1.0 == true).
[[nodiscard]] bool python_equal(const Yaml& a, const Yaml& b);

}  // namespace fts::interop
