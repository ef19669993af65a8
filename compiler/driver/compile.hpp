// The whole compiler as one function: a `.fts` file and a model to a plan, or to what is wrong.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/diagnostic.hpp"
#include "compiler/base/error.hpp"
#include "compiler/base/levels.hpp"
#include "compiler/base/source.hpp"
#include "compiler/graph/param_graph.hpp"
#include "compiler/plan/plan.hpp"
#include "compiler/resolve/resolve.hpp"

namespace fts {

struct CompileOptions {
  std::map<std::string, std::string> inputs;  // values of the file's `input`s
  std::string strategy;                       // one of the file's strategies; empty: all
  std::string root;                           // folder that `use` may not leave; empty: the file's own
  Levels levels;                              // of diagnostics; they win over the file's own
};

// Compiles for a model that is at hand (its graph). The error holds every diagnostic, with the texts they point into.
// Without errors `warnings` get what is left, each with its place ("tune.fts:3:5: …") in the message.
[[nodiscard]] tl::expected<plan::Plan, Error> compile(const std::string& path, const graph::ParamGraph& graph,
                                                      const CompileOptions& options,
                                                      std::vector<Diagnostic>* warnings = nullptr);

namespace driver {

// What came of a compilation: as far as it went, with all diagnostics, sorted.
struct Compilation {
  std::shared_ptr<SourceMap> sources = std::make_shared<SourceMap>();
  Diagnostics diagnostics;
  std::string model_path;                             // where the model was read from, or should have been
  std::optional<graph::ParamGraph> graph;             // the model; absent if it could not be read
  std::shared_ptr<const resolve::BodySchema> schema;  // that the program's values refer to
  std::optional<resolve::Program> program;            // absent without a model
  std::optional<plan::Plan> plan;                     // absent with errors, or where none was wanted
};

// What a compilation is for. The schedule alone has strategies without their units; diagnostics alone have a plan only
// where the schedule is implicit.
enum class Wanted { diagnostics, schedule, units };

struct Request {
  std::string file;
  std::string model;  // overrides the file's `model { graph = … }`
  Wanted wanted = Wanted::units;
  std::string resume;  // a checkpoint, or a folder of them, to be held against the plan; empty: none
  CompileOptions options;
  std::map<std::string, std::string> texts;  // of files, in place of what is on disk
};

// Compiles a text that stands in out.sources for a model.
void compile_into(FileId file, const graph::ParamGraph& graph, const CompileOptions& options, Compilation& out);

// Reports why the checkpoint, or the last one below a folder, cannot follow out.plan (FTS1101, FTS1102).
void check_resume(const std::string& folder, Compilation& out);

// Reads the file and its model, resolves, checks and, without errors, lowers.
[[nodiscard]] Compilation run(const Request& request);

}  // namespace driver
}  // namespace fts
