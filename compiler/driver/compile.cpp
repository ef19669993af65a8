#include "compiler/driver/compile.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <xxhash.h>

#include "compiler/adapters/adapters.hpp"
#include "compiler/check/check.hpp"
#include "compiler/graph/graph.hpp"
#include "compiler/lower/lower.hpp"

namespace fts {

namespace {

using driver::Compilation;

// XXH3-128 of every text that was read and of the inputs.
std::string hash_sources(const SourceMap& sources, const CompileOptions& options) {
  std::string all;
  for (FileId f = 0; f < sources.size(); ++f)
    all += fmt::format("{}\n{}", sources.file(f).text().size(), sources.file(f).text());
  for (const auto& [name, value] : options.inputs) all += fmt::format("{}={}\n", name, value);
  const XXH128_hash_t hash = XXH3_128bits(all.data(), all.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

// The file's `diagnostics { FTS0505 = off }`, with the command line's wishes over it.
Levels levels_of(const resolve::Program& program, const CompileOptions& options) {
  Levels levels = options.levels;
  const auto* body = program.file ? program.file->body("diagnostics") : nullptr;
  if (body == nullptr) return levels;
  for (const auto& entry : body->entries) {
    const auto* word = entry.value->as<resolve::Text>();
    if (const auto code = find_code(entry.name); code && word != nullptr)
      levels.codes.emplace(*code, level_of(word->text));
  }
  return levels;
}

// Everything behind the reading of the model.
void compile_unit(const resolve::Unit& unit, const resolve::Options& resolving, const graph::ParamGraph& graph,
                  const CompileOptions& options, Compilation& out) {
  const auto schema = resolve::file_schema(adapters::schemas());
  out.program.emplace(resolve::resolve(unit, graph, schema, resolving, out.diagnostics));
  const check::Context context{*out.program, graph, out.diagnostics};
  check::check(context);
  adapters::check(context, options.strategy);
  apply(levels_of(*out.program, options), out.diagnostics);
  out.diagnostics.sort();
  if (out.diagnostics.has_errors()) return;
  out.plan.emplace(lower::lower(*out.program, graph, options.strategy));
  out.plan->source_hash = hash_sources(*out.sources, options);
}

// The model that the request, or else the file, names.
void read_model(const driver::Request& request, const resolve::Unit& unit, const resolve::Options& resolving,
                Compilation& out) {
  std::string path = request.model;
  Span span;
  if (path.empty()) {
    const auto named = resolve::model_file(unit, resolving);
    if (!named) {
      out.diagnostics.report(Code::model_missing, {}, fmt::format("'{}' names no model to check against", request.file))
          .help = "write model { graph = \"model.graph.json\" } in it, or pass --model";
      return;
    }
    path = (std::filesystem::path(request.file).parent_path() / named->path).string();
    span = named->span;
  }
  out.model_path = path;
  auto graph = graph::read(path);
  if (graph) {
    out.graph.emplace(std::move(*graph));
    return;
  }
  for (auto& d : graph.error().diagnostics) {
    if (!d.span.has_place()) d.span = span;
    out.diagnostics.all().push_back(std::move(d));
  }
}

std::optional<FileId> read_file(const std::string& path, Compilation& out) {
  const auto file = out.sources->read(path);
  if (file) return *file;
  out.diagnostics.report(Code::import_failed, {}, file.error());
  return std::nullopt;
}

}  // namespace

Compilation driver::run(const Request& request) {
  Compilation out;
  for (const auto& [path, text] : request.texts) out.sources->overlay(path, text);
  const auto file = read_file(request.file, out);
  if (!file) return out;
  const resolve::Options resolving{request.options.inputs, request.options.root};
  const resolve::Unit unit(*out.sources, *file, resolving, out.diagnostics);
  read_model(request, unit, resolving, out);
  if (out.graph) compile_unit(unit, resolving, *out.graph, request.options, out);
  out.diagnostics.sort();
  return out;
}

void driver::compile_into(FileId file, const graph::ParamGraph& graph, const CompileOptions& options,
                          Compilation& out) {
  const resolve::Options resolving{options.inputs, options.root};
  const resolve::Unit unit(*out.sources, file, resolving, out.diagnostics);
  compile_unit(unit, resolving, graph, options, out);
}

tl::expected<plan::Plan, Error> compile(const std::string& path, const graph::ParamGraph& graph,
                                        const CompileOptions& options) {
  Compilation out;
  if (const auto file = read_file(path, out)) driver::compile_into(*file, graph, options, out);
  if (out.plan) return std::move(*out.plan);
  return tl::unexpected(Error{std::move(out.diagnostics.all()), out.sources});
}

}  // namespace fts
