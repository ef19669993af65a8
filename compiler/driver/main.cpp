// ftsc: the compiler of .fts files.
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <fmt/format.h>

#include "compiler/base/suggest.hpp"
#include "compiler/driver/commands.hpp"

namespace {

using namespace fts;

// Every command; a new one is one file and one line here.
constexpr driver::Register kCommands[] = {
    driver::add_check,  driver::add_compile, driver::add_plan,       driver::add_explain, driver::add_diff,
    driver::add_gen,    driver::add_fmt,     driver::add_graph,      driver::add_init,    driver::add_stdlib,
    driver::add_import, driver::add_export,  driver::add_completion, driver::add_man,
};

// A short life: memory is asked for in large pieces, by huge pages, and kept. That saves thousands of page faults.
void keep_memory() {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  constexpr std::size_t kFirst = 128 * kHugePage;  // of addresses: only what is touched becomes memory
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_TOP_PAD, 8 << 20);
  const auto begin = reinterpret_cast<std::uintptr_t>(::sbrk(0)) / kHugePage * kHugePage;
  void* volatile first = std::malloc(kFirst);  // so that the compiler does not drop it
  std::free(first);
  ::madvise(reinterpret_cast<void*>(begin), kFirst, MADV_HUGEPAGE);  // no matter if it is refused
}

// Where the arguments went wrong: in a command, or before one was named.
const CLI::App& innermost(const CLI::App& app) {
  const auto used = app.get_subcommands();
  return used.empty() ? app : innermost(*used.front());
}

// The first argument that names no command (or option) of the application; empty: there is none.
std::string mistaken(const CLI::App& app, const std::vector<std::string_view>& known, int argc, char** argv) {
  const bool wants_command = !app.get_subcommands(nullptr).empty();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = std::string_view(argv[i]).substr(0, std::string_view(argv[i]).find('='));
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    if (word.starts_with("--") ? word.size() > 2 : wants_command && !word.starts_with("-")) return std::string(word);
  }
  return {};
}

std::string message(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::vector<std::string> known;
  for (const auto* command : app.get_subcommands(nullptr)) known.push_back(command->get_name());
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const auto* option : level->get_options()) {
      for (const auto& name : option->get_lnames()) known.push_back("--" + name);
    }
  }
  const std::vector<std::string_view> names(known.begin(), known.end());
  const bool about_names = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr || app.get_parent() == nullptr;
  const std::string word = about_names ? mistaken(app, names, argc, argv) : "";
  if (word.empty()) return error.what();
  const auto near = nearest(word, names);
  return fmt::format("there is no {} '{}'{}", word.starts_with("--") ? "option" : "command", word,
                     near.empty() ? "" : "; " + did_you_mean(near));
}

int report_usage(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  if (argc == 1) {
    fmt::print(stderr, "{}", app.help());
    return driver::kUsage;
  }
  const CLI::App& where = innermost(app);
  const std::string name = where.get_parent() == nullptr ? "ftsc" : "ftsc " + where.get_name();
  fmt::print(stderr, "{}: {}\n`{} --help` shows what there is\n", name, message(where, error, argc, argv), name);
  return driver::kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  CLI::App app{"ftsc: checks and compiles schedules for fine-tuning", "ftsc"};
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "ftsc " FTS_VERSION);
  driver::add_colour_option(app);
  int exit_code = driver::kDone;
  for (const auto add : kCommands) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error, argc, argv);
  } catch (const std::exception& error) {  // an output that cannot be written, or no memory
    return driver::usage_error(error.what());
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return driver::usage_error(std::string("cannot write the output: ") + std::strerror(errno));
  return exit_code;
}
