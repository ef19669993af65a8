#include "compiler/driver/cli.hpp"

#include <algorithm>

namespace fts::driver {

namespace {

// CLI11 keeps the set of IsMember only in its description: "{human,json}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  std::vector<std::string> choices;
  const std::string type = option.get_type_name();
  const auto open = type.find('{');
  const auto close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (std::size_t at = open + 1; at < close;) {
    const auto end = std::min(type.find(',', at), close);
    choices.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

CommandInfo command_of(const CLI::App& app, std::string name) {
  CommandInfo info{std::move(name), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      info.arguments.push_back({option->get_name(true), option->get_description(), option->get_required(),
                                option->get_items_expected_max() > 1, choices_of(*option)});
      continue;
    }
    OptionInfo o{{}, option->get_description(), option->get_items_expected_max() > 0, choices_of(*option)};
    for (const auto& shortened : option->get_snames()) o.names.push_back("-" + shortened);
    for (const auto& full : option->get_lnames()) o.names.push_back("--" + full);
    info.options.push_back(std::move(o));
  }
  return info;
}

}  // namespace

std::vector<CommandInfo> commands_of(const CLI::App& app) {
  std::vector<CommandInfo> all = {command_of(app, "")};
  for (const CLI::App* command : app.get_subcommands(nullptr)) all.push_back(command_of(*command, command->get_name()));
  return all;
}

}  // namespace fts::driver
