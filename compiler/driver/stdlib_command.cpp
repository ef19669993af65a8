// ftsc stdlib: the embedded modules.
#include <fmt/format.h>

#include "compiler/base/suggest.hpp"
#include "compiler/driver/commands.hpp"
#include "compiler/resolve/stdlib.hpp"

namespace fts::driver {

namespace {

int show(const std::string& name) {
  if (name.empty()) {
    for (const auto& module : resolve::standard_modules()) {
      const auto line = module.text.substr(0, module.text.find('\n'));
      fmt::print("{:<16} {}\n", module.name, line.starts_with("# ") ? line.substr(2) : line);
    }
    return kDone;
  }
  const auto text = resolve::standard_module(name.starts_with("std.") ? name : "std." + name);
  if (!text) {
    std::vector<std::string_view> known;
    for (const auto& module : resolve::standard_modules()) known.push_back(module.name);
    const auto near = nearest(name, known);
    return usage_error(fmt::format("there is no module '{}'; {}", name,
                                   near.empty() ? "`ftsc stdlib` lists them" : did_you_mean(near)));
  }
  fmt::print("{}", *text);
  return kDone;
}

}  // namespace

void add_stdlib(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("stdlib", "list the embedded modules, or print one");
  auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "a module, such as bert");
  command->callback([name, &exit_code] { exit_code = show(*name); });
}

}  // namespace fts::driver
