// ftsc diff: what changes from one file or plan to another.
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "compiler/driver/commands.hpp"
#include "compiler/plan/diff.hpp"

namespace fts::driver {

namespace {

using nlohmann::json;

struct Options {
  FileOptions compiling;
  std::string before, after;
  std::string format = "human";
};

std::optional<plan::Plan> read_plan(const std::string& path) {
  SourceMap sources;
  const auto file = sources.read(path);
  if (!file) {
    usage_error(file.error());
    return std::nullopt;
  }
  auto plan = plan::from_json(sources.file(*file).text());
  if (plan) return std::move(*plan);
  fmt::print(stderr, "{}: {}", path, plan.error().text());
  return std::nullopt;
}

// A plan as it is, or what a file compiles to.
std::optional<plan::Plan> plan_of(const std::string& path, const Options& options) {
  if (path.ends_with(".ftsplan")) return read_plan(path);
  Request request = options.compiling.request;
  request.file = path;
  auto result = run(request);
  if (!result.plan) print_diagnostics(result, stderr);
  return std::move(result.plan);
}

// Those of `from` that are not in `others`, in a few words; empty: there are none.
std::string missing(const json& from, const json& others) {
  std::string first;
  std::size_t count = 0;
  for (const auto& name : from) {
    if (std::find(others.begin(), others.end(), name) != others.end()) continue;
    if (count++ == 0) first = name.get<std::string>();
  }
  return count > 1 ? fmt::format("{} and {} more", first, count - 1) : first;
}

bool are_names(const json& list) {
  return list.is_array() && std::all_of(list.begin(), list.end(), [](const json& name) { return name.is_string(); });
}

std::string paint(const char* ansi, const std::string& text) {
  return colour(STDOUT_FILENO) ? fmt::format("\x1b[{}m{}\x1b[0m", ansi, text) : text;
}

std::string words(const json& value) {
  if (value.is_null()) return "none";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Neighbouring parameters that move alike are one line.
std::string moved(const std::vector<plan::Change>& changes, std::size_t& at) {
  const auto& first = changes[at];
  std::size_t end = at;
  while (end < changes.size() && changes[end].path.starts_with("parameter ") && changes[end].before == first.before &&
         changes[end].after == first.after) {
    ++end;
  }
  const std::string others = end - at > 1 ? fmt::format(" and {} more", end - at - 1) : "";
  at = end;
  return fmt::format("{}{}", first.path, others);
}

std::string change_in_words(const json& before, const json& after) {
  if (!are_names(before) || !are_names(after)) return paint("31", words(before)) + " -> " + paint("32", words(after));
  const std::string lost = missing(before, after), won = missing(after, before);
  if (lost.empty() && won.empty()) return "another order";
  return (lost.empty() ? "" : paint("31", "- " + lost)) + (lost.empty() || won.empty() ? "" : ", ") +
         (won.empty() ? "" : paint("32", "+ " + won));
}

void print_human(const std::vector<plan::Change>& changes) {
  for (std::size_t i = 0; i < changes.size();) {
    const auto& change = changes[i];
    const bool parameter = change.path.starts_with("parameter ");
    const std::string path = parameter ? moved(changes, i) : change.path;
    if (!parameter) ++i;
    if (!parameter && change.before.is_null() && change.after.is_object()) {
      fmt::print("{}\n", paint("32", "+ " + path));
    } else if (!parameter && change.after.is_null() && change.before.is_object()) {
      fmt::print("{}\n", paint("31", "- " + path));
    } else {
      fmt::print("{} {}: {}\n", paint("33", "~"), path, change_in_words(change.before, change.after));
    }
  }
}

void print_json(const std::vector<plan::Change>& changes) {
  nlohmann::ordered_json out = {{"version", 1}, {"changes", nlohmann::ordered_json::array()}};
  for (const auto& [path, before, after] : changes)
    out["changes"].push_back({{"path", path}, {"before", before}, {"after", after}});
  fmt::print("{}\n", out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

// As diff(1): 0 the same, 1 different, 2 trouble.
int compare(Options& options) {
  if (!prepare(options.compiling)) return kUsage;
  const auto before = plan_of(options.before, options);
  const auto after = plan_of(options.after, options);
  if (!before || !after) return kUsage;
  const auto changes = plan::diff(*before, *after);
  if (options.format == "json")
    print_json(changes);
  else
    print_human(changes);
  return changes.empty() ? kDone : kErrors;
}

}  // namespace

void add_diff(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("diff", "show what changes from one file or plan to another; ends as diff does");
  auto options = std::make_shared<Options>();
  command->add_option("before", options->before, "a .fts file or a .ftsplan")->required();
  command->add_option("after", options->after, "a .fts file or a .ftsplan")->required();
  add_compile_options(*command, options->compiling);
  command->add_option("--format", options->format, "human or json")->check(CLI::IsMember({"human", "json"}));
  command->callback([options, &exit_code] { exit_code = compare(*options); });
}

}  // namespace fts::driver
