// The manual page: what the command line says of itself between sections written by hand.
#include <fmt/format.h>

#include "compiler/base/diagnostic.hpp"
#include "compiler/driver/cli.hpp"

namespace fts::driver {

namespace {

constexpr std::string_view kDescription = R"(.SH DESCRIPTION
.B ftsc
checks and compiles schedules for fine\-tuning: small files in which one writes in which phases the parameters of a
pretrained model thaw, at which rates, and how the model is run. It holds them against the names, shapes and types of
the model's parameters and reads no weights.
.PP
A model is a
.IR .graph.json ,
a
.I .safetensors
file, a
.I model.safetensors.index.json
or its folder, a PyTorch checkpoint, or a TorchScript archive.
)";

constexpr std::string_view kEnd = R"(.SH "EXIT STATUS"
.TP
.B 0
done, also with warnings.
.TP
.B 1
there are errors in what was checked, of which a file or model that cannot be read is one;
.B diff
and
.BR "fmt \-\-check" :
there is a difference.
.TP
.B 2
wrong usage, an output that cannot be written, or a file that
.B diff
or
.B fmt
cannot read.
.SH "LEVELS OF DIAGNOSTICS"
A file changes the level of a diagnostic for itself:
.PP
.nf
    diagnostics { FTS0505 = off }
.fi
.PP
.B \-W FTS0505=error
wins over that, and
.B \-\-deny warnings
makes an error of every warning that neither names. A warning can be
.BR off ,
.B warning
or
.BR error ;
an error with which there is no plan stays one.
.SH ENVIRONMENT
.TP
.B NO_COLOR
If it is set, colour is used only with
.BR "\-\-color always" .
.SH EXAMPLES
.nf
ftsc check minilm.fts \-\-watch
ftsc plan minilm.fts \-\-set base_lr=3e\-5
ftsc explain minilm.fts encoder.layer.3
ftsc diff minilm.ftsplan minilm.fts
ftsc gen \-m model.safetensors \-o default.fts
.fi
.SH "SEE ALSO"
.BR ftsrun (1)
)";

// Text as roff shows it: no line is a request, no hyphen becomes another.
std::string roff(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string synopsis(const CommandInfo& command) {
  std::string out = fmt::format(".B ftsc {}\n", roff(command.name));
  if (!command.options.empty()) out += ".RI [ options ]\n";
  for (const auto& argument : command.arguments) {
    const std::string name = roff(argument.name) + (argument.repeats ? "..." : "");
    out += argument.required ? fmt::format(".I {}\n", name) : fmt::format(".RI [ {} ]\n", name);
  }
  return out;
}

std::string option_text(const OptionInfo& option) {
  std::string names;
  for (const auto& name : option.names) names += (names.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  return fmt::format(".TP\n{}{}\n{}\n", names, option.takes_value ? " \\fIvalue\\fR" : "", roff(option.description));
}

}  // namespace

std::string manual_page(const std::vector<CommandInfo>& commands, std::string_view version) {
  std::string out = fmt::format(
      ".TH FTSC 1 \"\" \"fts {}\" \"User Commands\"\n.SH NAME\nftsc \\- compiler of schedules for fine\\-tuning\n"
      ".SH SYNOPSIS\n.B ftsc\n.I command\n.RI [ options ]\n",
      version);
  out += kDescription;
  out += ".SH COMMANDS\n";
  for (const auto& command : commands) {
    if (command.name.empty()) continue;
    out += ".SS " + roff(command.name) + "\n" + synopsis(command) + ".PP\n" + roff(command.description) + ".\n";
    for (const auto& argument : command.arguments)
      out += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(argument.name), roff(argument.description));
    for (const auto& option : command.options) out += option_text(option);
  }
  out += ".SH OPTIONS\n";
  for (const auto& option : commands.front().options) out += option_text(option);
  return out + std::string(kEnd);
}

}  // namespace fts::driver
