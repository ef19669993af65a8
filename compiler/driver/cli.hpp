// What the command line has, read off the application itself: the completions and the manual page cannot lag behind.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace fts::driver {

struct OptionInfo {
  std::vector<std::string> names;  // "-m", "--model"
  std::string description;
  bool takes_value = false;
  std::vector<std::string> choices;  // the values that it takes, where they are a fixed set
};

struct ArgumentInfo {
  std::string name;
  std::string description;
  bool required = false;
  bool repeats = false;
  std::vector<std::string> choices;
};

struct CommandInfo {
  std::string name;  // empty for ftsc itself
  std::string description;
  std::vector<OptionInfo> options;
  std::vector<ArgumentInfo> arguments;
};

// ftsc itself first, then its commands in their order.
[[nodiscard]] std::vector<CommandInfo> commands_of(const CLI::App& app);

// Completions for a shell, to be sourced or installed.
[[nodiscard]] std::string bash_completion(const std::vector<CommandInfo>& commands);
[[nodiscard]] std::string zsh_completion(const std::vector<CommandInfo>& commands);
[[nodiscard]] std::string fish_completion(const std::vector<CommandInfo>& commands);

// The manual page in man(7).
[[nodiscard]] std::string manual_page(const std::vector<CommandInfo>& commands, std::string_view version);

}  // namespace fts::driver
