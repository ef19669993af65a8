#include "compiler/interop/import.hpp"

#include <deque>
#include <filesystem>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/interop/blocks.hpp"
#include "grammar/format.hpp"
#include "grammar/grammar.hpp"

namespace fts::interop {

namespace {

std::optional<Document> read(const std::string& path, Dialect dialect, SourceMap& sources, Diagnostics& diagnostics) {
  const auto file = sources.read(path);
  if (file) return read_yaml(sources, *file, dialect, diagnostics);
  diagnostics.report(Code::yaml_unreadable, {}, file.error()).help = "pass the path of a YAML file";
  return std::nullopt;
}

// The path that FinetuningScheduler's ft_schedule names, beside the configuration.
std::string path_in(const Yaml& value, const SourceMap& sources) {
  const std::filesystem::path folder = std::filesystem::path(sources.file(value.span.file).path()).parent_path();
  return (folder / value.text).string();
}

std::string formatted(const std::string& text) {
  Diagnostics ignored;
  return grammar::format(grammar::parse(kNoFile, text, ignored), text);
}

}  // namespace

std::optional<std::string> import_yaml(const ImportRequest& request, SourceMap& sources, Diagnostics& diagnostics) {
  const Context context{sources, diagnostics};
  std::vector<Document> configs;
  for (const auto& path : request.configs) {
    if (auto document = read(path, Dialect::configuration, sources, diagnostics))
      configs.push_back(std::move(*document));
  }
  const Configuration configuration = configuration_of(context, configs);
  if (request.schedule.empty() && configuration.without_scheduler != nullptr)
    context.refuse(*configuration.without_scheduler,
                   "this callback of FTS stands without a FinetuningScheduler, and fails",
                   "add finetuning_scheduler.FinetuningScheduler, or pass a schedule");
  const Yaml* named = argument(configuration, "ft_schedule");
  const Yaml* schedule = named != nullptr && named->is(Yaml::Kind::map) && named->truthy() ? named : nullptr;
  std::string path = request.schedule;
  if (path.empty() && named != nullptr && named->is(Yaml::Kind::string)) path = path_in(*named, sources);
  std::optional<Document> document;
  if (!path.empty()) {
    document = read(path, Dialect::schedule, sources, diagnostics);
    schedule = document ? &document->root : nullptr;
  }
  const Document* commented = document ? &*document : configs.empty() ? nullptr : &configs.front();
  Writer writer(commented, sources);
  if (schedule != nullptr && !schedule->entries.empty()) writer.comments_before(schedule->entries.front().first);
  write_model(context, configuration, writer);
  write_schedule(context, configuration, schedule, writer);
  write_strategy(context, configuration, writer);
  writer.comments_left();
  diagnostics.sort();
  if (diagnostics.has_errors()) return std::nullopt;
  return formatted(std::move(writer).text());
}

}  // namespace fts::interop
