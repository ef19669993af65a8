// Completions of bash, zsh and fish. Everything that is no option, command or choice is a file's name.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/driver/cli.hpp"

namespace fts::driver {

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

std::string single_quoted(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

std::vector<std::string> option_names(const CommandInfo& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> choices_of_arguments(const CommandInfo& command) {
  return command.arguments.empty() ? std::vector<std::string>{} : command.arguments.front().choices;
}

}  // namespace

std::string bash_completion(const std::vector<CommandInfo>& commands) {
  std::string names, options, values, valued;
  for (const auto& option : commands.front().options) {  // ftsc's own, before or behind a command
    if (option.takes_value) valued += (valued.empty() ? "" : "|") + fmt::format("{}", fmt::join(option.names, "|"));
  }
  for (const auto& command : commands) {
    if (!command.name.empty()) names += (names.empty() ? "" : " ") + command.name;
    auto words = option_names(command);
    const auto choices = choices_of_arguments(command);
    words.insert(words.end(), choices.begin(), choices.end());
    options += fmt::format("    {}) words='{}'{} ;;\n", command.name.empty() ? "''" : command.name,
                           fmt::join(words, " "), choices.empty() ? "" : " files=''");
    const std::string where = command.name.empty() ? "*" : command.name;
    for (const auto& option : command.options) {
      if (!option.choices.empty())
        values += fmt::format("    {0}:{1}) words='{2}' ;;\n", where,
                              fmt::join(option.names, fmt::format("|{}:", where)), fmt::join(option.choices, " "));
    }
  }
  return fmt::format(R"(# Completion of ftsc for bash: source this, or install it as bash-completion/completions/ftsc.
_ftsc() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command='' words='' files=1 i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${{COMP_WORDS[i]}} in
    {}) [[ ${{COMP_WORDS[++i]}} == = ]] && ((++i)) ;;
    -*) ;;
    *) command=${{COMP_WORDS[i]}}; break ;;
    esac
  done
  case "$command:$prev" in
{}  esac
  if [[ -z $words ]]; then
    case "$command" in
{}    esac
    [[ -z $command ]] && words="$words {}"
    [[ $cur == -* || -z $command || -z $files ]] || COMPREPLY=($(compgen -f -- "$cur"))
  fi
  COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}}
complete -o filenames -F _ftsc ftsc
)",
                     valued, values, options, names);
}

std::string zsh_completion(const std::vector<CommandInfo>& commands) {
  const auto escaped = [](std::string text) {
    for (const char* c : {"\\", "[", "]", ":"}) text = replaced(std::move(text), c, std::string("\\") + c);
    return text;
  };
  std::string out =
      "#compdef ftsc\n# Completion of ftsc for zsh: install it as _ftsc in a folder of $fpath.\n_ftsc() {\n";
  out += "  local -a commands=(\n";
  for (const auto& command : commands) {
    if (!command.name.empty())
      out += "    " + single_quoted(escaped(command.name) + ":" + escaped(command.description)) + "\n";
  }
  out +=
      "  )\n  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n    _describe command commands\n    return\n  fi\n";
  out += "  case $words[2] in\n";
  for (std::size_t i = commands.size(); i-- > 0;) {
    const auto& command = commands[i];
    out += fmt::format("    {}) _arguments", command.name.empty() ? "*" : command.name);
    for (const auto& option : command.options) {
      for (const auto& name : option.names) {
        std::string spec = fmt::format("*{}[{}]", name, escaped(option.description));
        if (option.takes_value)
          spec += option.choices.empty() ? ":value:_files" : fmt::format(":value:({})", fmt::join(option.choices, " "));
        out += " \\\n        " + single_quoted(spec);
      }
    }
    const auto choices = choices_of_arguments(command);
    const std::string rest = choices.empty() ? "_files" : fmt::format("({})", fmt::join(choices, " "));
    out += fmt::format(" \\\n        '*:argument:{}' ;;\n", rest);
  }
  return out + "  esac\n}\n_ftsc \"$@\"\n";
}

std::string fish_completion(const std::vector<CommandInfo>& commands) {
  std::string out = "# Completion of ftsc for fish: install it as fish/vendor_completions.d/ftsc.fish.\n";
  for (const auto& command : commands) {
    const std::string seen =
        command.name.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + command.name;
    if (!command.name.empty()) {
      out += fmt::format("complete -c ftsc -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                         single_quoted(command.description));
    }
    for (const auto& option : command.options) {
      out += fmt::format("complete -c ftsc -n '{}'", seen);
      for (const auto& name : option.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (option.takes_value)
        out += option.choices.empty() ? " -r" : fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
      out += " -d " + single_quoted(option.description) + "\n";
    }
    if (const auto choices = choices_of_arguments(command); !choices.empty())
      out += fmt::format("complete -c ftsc -n '{}' -f -a '{}'\n", seen, fmt::join(choices, " "));
  }
  return out;
}

}  // namespace fts::driver
