// ftsc completion: what a shell completes. ftsc man: the manual page.
#include <fmt/format.h>

#include "compiler/driver/cli.hpp"
#include "compiler/driver/commands.hpp"

namespace fts::driver {

void add_completion(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("completion", "print the completion script of a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &app, &exit_code] {
    const auto commands = commands_of(app);
    fmt::print("{}", *shell == "bash"  ? bash_completion(commands)
                     : *shell == "zsh" ? zsh_completion(commands)
                                       : fish_completion(commands));
    exit_code = kDone;
  });
}

void add_man(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("man", "print the manual page; read it with `ftsc man | man -l -`");
  command->callback([&app, &exit_code] {
    fmt::print("{}", manual_page(commands_of(app), FTS_VERSION));
    exit_code = kDone;
  });
}

}  // namespace fts::driver
