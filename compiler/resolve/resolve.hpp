// The stage from syntax to meaning: names, imports, inputs, loops and expressions resolved, every body checked against
// its schema, every selection matched against the model's graph.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/ast.hpp"
#include "compiler/base/diagnostic.hpp"
#include "compiler/base/source.hpp"
#include "compiler/graph/param_graph.hpp"
#include "compiler/resolve/schema.hpp"
#include "compiler/resolve/value.hpp"

namespace fts::resolve {

struct Options {
  std::map<std::string, std::string> inputs;  // --set name=value
  std::string root;                           // no `use` may leave this folder; empty: the main file's folder
};

// A file with everything it uses, read and parsed, nothing evaluated yet. Refers to `sources`.
class Unit {
 public:
  // Parses `main` and what it uses; modules that cannot be read are reported (FTS0213).
  Unit(SourceMap& sources, FileId main, const Options& options, Diagnostics& diagnostics);
  ~Unit();
  Unit(Unit&&) noexcept;
  Unit& operator=(Unit&&) noexcept;

  struct Data;
  [[nodiscard]] const Data& data() const { return *data_; }

 private:
  std::unique_ptr<Data> data_;
};

// What the file says of its model: `model { graph = "…" }`, evaluated before there is a graph.
struct ModelFile {
  std::string path;  // relative to the file's folder, or absolute
  Span span;
};
[[nodiscard]] std::optional<ModelFile> model_file(const Unit& unit, const Options& options);
// Whether the file has a `model` item at all, faulty or not.
[[nodiscard]] bool has_model(const Unit& unit);

// A strategy as the syntax alone shows it.
struct PluginUse {
  std::string strategy;
  std::string which;  // of `adapter = plugin("which")`; empty: another adapter
};
// Every strategy of the file, in order. Nothing is reported.
[[nodiscard]] std::vector<PluginUse> plugin_uses(const Unit& unit, const Options& options);

struct Phase {
  std::string name;
  Span name_span;
  Span span;
  const Body* body = nullptr;
  SelectionId thaw = 0;
  std::optional<SelectionId> freeze;
};

struct Strategy {
  std::string name;
  Span name_span;
  const Body* body = nullptr;
  const Spec* adapter = nullptr;
};

// The resolved file. Bodies are owned by `file`; the pointers are views into it.
struct Program {
  FileId main = kNoFile;
  BodySchema schema;  // what the values' specs point into
  std::shared_ptr<const Body> file;
  const Body* model = nullptr;
  const Body* schedule = nullptr;
  std::vector<Phase> phases;  // in order; those whose `thaw` could not be read are left out
  std::vector<Strategy> strategies;
  SelectionTable selections;
};

// Evaluates the unit against the graph; `schema` is the file's (file_schema with every adapter). Faults are reported,
// all of them; what they poison is left out of the program in silence. Without a graph (null) everything but the
// selections is evaluated, for its faults alone: the program's sets cannot be asked for.
[[nodiscard]] Program resolve(const Unit& unit, const graph::ParamGraph* graph, const BodySchema& schema,
                              const Options& options, Diagnostics& diagnostics);

}  // namespace fts::resolve
