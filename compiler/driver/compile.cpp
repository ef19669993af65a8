#include "compiler/driver/compile.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "compiler/adapters/adapters.hpp"
#include "compiler/base/beside.hpp"
#include "compiler/base/code.hpp"
#include "compiler/check/check.hpp"
#include "compiler/driver/config.hpp"
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

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

// Adds to a lowered strategy what its adapter makes of it.
void resolve_strategy(const check::Context& context, plan::Strategy& strategy) {
  const auto& graph = context.graph;
  const auto& written = context.program.strategies;
  const auto found =
      std::find_if(written.begin(), written.end(), [&](const auto& s) { return s.name == strategy.name; });
  if (found == written.end()) return;
  adapters::Resolved resolved = adapters::resolved(context, *found);
  for (const auto name : resolved.settled) strategy.settings.erase(std::string(name));
  strategy.settings.update(resolved.settings);
  for (auto& unit : resolved.units) {
    strategy.units.push_back(
        {std::string(graph.module(unit.module).name), std::move(unit.parameters), std::move(unit.settings)});
  }
  for (auto& shared : resolved.tensor_parallel) {
    plan::TensorParallel entry{
        std::string(graph.module(shared.module).name), std::move(shared.style), {}, std::move(shared.layouts)};
    for (const auto& split : shared.splits) entry.splits.push_back({split.parameter, split.dim, split.parts});
    strategy.tensor_parallel.push_back(std::move(entry));
  }
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

// The plugin of the strategy that is asked for, or of the file's only one; empty: it has another adapter.
std::string bound_plugin(const std::vector<resolve::PluginUse>& strategies, const std::string& picked) {
  for (const auto& use : strategies) {
    if (picked.empty() ? strategies.size() == 1 : use.strategy == picked) return use.which;
  }
  return {};
}

// [[position, the model's own name], …] where a plugin's names differ from those.
nlohmann::json own_names(const graph::ParamGraph& models, const graph::ParamGraph& plugins) {
  auto rows = nlohmann::json::array();
  for (graph::ParamId p = 0; p < models.parameter_count(); ++p) {
    if (models.parameter(p).name != plugins.parameter(p).name) rows.push_back({p, models.parameter(p).name});
  }
  return rows;
}

// The schedule's checks beside the strategies': neither looks at the other's findings.
void check_all(const check::Context& context) {
  Diagnostics of_schedule = context.diagnostics;  // some checks are silent where there are errors
  const auto before = static_cast<std::ptrdiff_t>(of_schedule.all().size());
  auto schedule = beside(context.graph.parameter_count(), [&] {
    check::check({context.program, context.graph, of_schedule, context.config, context.strategy, context.scripted});
  });
  adapters::check(context);
  schedule.get();
  auto& all = context.diagnostics.all();
  all.insert(all.begin() + before, std::make_move_iterator(of_schedule.all().begin() + before),
             std::make_move_iterator(of_schedule.all().end()));
}

// Everything behind the reading of the model; `model` is its file, empty where it is at hand otherwise. Where a plugin
// has names of its own for parameters, the compilation's graph is the one with those.
void compile_unit(const resolve::Unit& unit, const resolve::Options& resolving, const graph::ParamGraph& models,
                  const std::string& model, driver::Wanted wanted, const CompileOptions& options, Compilation& out) {
  const std::string folder = folder_of(out.sources->file(FileId{0}).path());  // the main file is read first
  const auto which = bound_plugin(resolve::plugin_uses(unit, resolving), options.strategy);
  auto renamed = which.empty() ? std::nullopt : adapters::in_plugins_names(models, which, folder);
  const auto own = renamed ? own_names(models, *renamed) : nlohmann::json();
  const graph::ParamGraph& graph = renamed ? out.graph.emplace(std::move(*renamed)) : models;
  out.schema = std::make_shared<const resolve::BodySchema>(resolve::file_schema(adapters::schemas(folder)));
  out.program.emplace(resolve::resolve(unit, &graph, *out.schema, resolving, out.diagnostics));
  const check::Context context{*out.program,     graph,
                               out.diagnostics,  driver::config_of(*out.program, folder, model, out.diagnostics),
                               options.strategy, !model.empty() && graph::is_scripted(model)};
  check_all(context);
  apply(levels_of(*out.program, options), out.diagnostics);
  out.diagnostics.sort();
  if (out.diagnostics.has_errors()) return;
  if (wanted == driver::Wanted::diagnostics && !out.program->phases.empty()) return;
  out.plan.emplace(lower::lower(*out.program, graph, options.strategy));
  out.plan->source_hash = hash_sources(*out.sources, options);
  for (auto& strategy : out.plan->strategies) {
    if (renamed && strategy.adapter == "plugin") strategy.settings["renames"] = own;
  }
  if (wanted != driver::Wanted::units) return;
  for (auto& strategy : out.plan->strategies) resolve_strategy(context, strategy);
}

// Without a model: what can be said of the file all the same. A fault of the syntax or in `model { … }` says more than
// that no model is named.
void evaluate_alone(const driver::Request& request, const resolve::Unit& unit, const resolve::Options& resolving,
                    Compilation& out) {
  const bool readable = !out.diagnostics.has_errors();
  const std::string folder = folder_of(out.sources->file(FileId{0}).path());
  const auto schema = resolve::file_schema(adapters::schemas(folder));
  const auto program = resolve::resolve(unit, nullptr, schema, resolving, out.diagnostics);
  apply(levels_of(program, request.options), out.diagnostics);
  const bool unnamed = out.model_path.empty() && readable;
  if (!unnamed || (resolve::has_model(unit) && out.diagnostics.has_errors())) return;
  out.diagnostics.report(Code::model_missing, {}, fmt::format("'{}' names no model to check against", request.file))
      .help = "write model { graph = \"model.graph.json\" } in it, or pass --model";
}

// Reads the model that the request, or else the file, names, and returns its path; empty: none is named.
std::string read_model(const driver::Request& request, const resolve::Unit& unit, const resolve::Options& resolving,
                       Compilation& out) {
  std::string path = request.model;
  Span span;
  if (path.empty()) {
    const auto named = resolve::model_file(unit, resolving);
    if (!named) return {};
    path = (std::filesystem::path(folder_of(request.file)) / named->path).string();
    span = named->span;
  }
  out.model_path = path;
  auto graph = graph::read(path);
  if (graph) {
    out.graph.emplace(std::move(*graph));
    return path;
  }
  for (auto& d : graph.error().diagnostics) {
    if (!d.span.has_place()) d.span = span;
    if (d.help.empty() && !std::filesystem::exists(path))
      d.help = request.model.empty() ? "the path is relative to the folder of this file"
                                     : "--model is relative to the current folder";
    out.diagnostics.all().push_back(std::move(d));
  }
  return path;
}

std::optional<FileId> read_file(const std::string& path, Compilation& out) {
  if (path.ends_with(".ftsplan")) {  // as JSON it would be a fault a line
    out.diagnostics.report(Code::import_failed, {}, fmt::format("'{}' is a plan, not a schedule", path)).help =
        "give the .fts file that it was made from";
    return std::nullopt;
  }
  const auto file = out.sources->read(path);
  if (file) return *file;
  out.diagnostics.report(Code::import_failed, {}, file.error()).help = "name a .fts file, or - for stdin";
  return std::nullopt;
}

// The message with the place in front of it, for a diagnostic that outlives the texts.
std::string with_place(const std::string& message, Span span, const SourceMap& sources) {
  if (!span.has_place()) return message;
  const auto& file = sources.file(span.file);
  const auto at = file.position(span.begin);
  return fmt::format("{}:{}:{}: {}", file.path(), at.line, at.column, message);
}

Diagnostic without_texts(Diagnostic d, const SourceMap& sources) {
  d.message = with_place(d.message, std::exchange(d.span, {}), sources);
  for (auto& note : d.notes) note.message = with_place(note.message, std::exchange(note.span, {}), sources);
  d.fixes.clear();
  return d;
}

}  // namespace

Compilation driver::run(const Request& request) {
  Compilation out;
  for (const auto& [path, text] : request.texts) out.sources->overlay(path, text);
  const auto file = read_file(request.file, out);
  if (!file) return out;
  const resolve::Options resolving{request.options.inputs, request.options.root};
  const resolve::Unit unit(*out.sources, *file, resolving, out.diagnostics);
  const std::string model = read_model(request, unit, resolving, out);
  if (out.graph)
    compile_unit(unit, resolving, *out.graph, model, request.wanted, request.options, out);
  else
    evaluate_alone(request, unit, resolving, out);
  if (!request.resume.empty()) check_resume(request.resume, out);
  out.diagnostics.sort();
  return out;
}

void driver::compile_into(FileId file, const graph::ParamGraph& graph, const CompileOptions& options,
                          Compilation& out) {
  const resolve::Options resolving{options.inputs, options.root};
  const resolve::Unit unit(*out.sources, file, resolving, out.diagnostics);
  compile_unit(unit, resolving, graph, {}, Wanted::units, options, out);
}

tl::expected<plan::Plan, Error> compile(const std::string& path, const graph::ParamGraph& graph,
                                        const CompileOptions& options, std::vector<Diagnostic>* warnings) {
  Compilation out;
  if (const auto file = read_file(path, out)) driver::compile_into(*file, graph, options, out);
  if (!out.plan) return tl::unexpected(Error{std::move(out.diagnostics.all()), out.sources});
  if (warnings != nullptr) {
    for (auto& d : out.diagnostics.all()) warnings->push_back(without_texts(std::move(d), *out.sources));
  }
  return std::move(*out.plan);
}

}  // namespace fts
