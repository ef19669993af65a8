#include "compiler/driver/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <dtl/dtl.hpp>
#include <fmt/format.h>

namespace fts::driver {

namespace {

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// What a new file of this process may be used for.
mode_t usual_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

bool replace(const std::string& path, std::string_view text) {
  struct stat old {};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) {  // a device or a pipe
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    return descriptor >= 0 && write_all(descriptor, text) && ::close(descriptor) == 0;
  }
  if (exists && ::access(path.c_str(), W_OK) != 0) return false;
  std::string beside = path + ".XXXXXX";
  const int descriptor = ::mkstemp(beside.data());
  if (descriptor < 0) return false;
  const bool whole = write_all(descriptor, text) && ::fchmod(descriptor, exists ? old.st_mode : usual_mode()) == 0 &&
                     ::fsync(descriptor) == 0;
  const bool closed = ::close(descriptor) == 0;
  if (whole && closed && ::rename(beside.c_str(), path.c_str()) == 0) return true;
  const int cause = errno;
  ::unlink(beside.c_str());
  errno = cause;
  return false;
}

// Whole or not: one that another version wrote, or that a full disk cut, is a plan too.
bool begins_a_plan(const std::string& path) {
  constexpr std::string_view kBegin = R"({"format":"fts-plan")";
  std::string begin(kBegin.size(), ' ');
  std::ifstream(path, std::ios::binary).read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == kBegin;
}

// Lies in that folder and is none of the texts that people keep there, so it may be a part of the model.
bool part_of(const std::string& path, const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code code;
  if (!fs::is_directory(folder, code)) return false;
  for (const std::string_view text : {".fts", ".ftsplan", ".yaml", ".yml"}) {
    if (path.ends_with(text)) return false;
  }
  return fs::equivalent(fs::absolute(path, code).parent_path(), folder, code) ||
         fs::equivalent(fs::canonical(path, code).parent_path(), folder, code);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

tl::expected<void, std::string> write_text(const std::string& path, std::string_view text) {
  bool done = false;
  if (path == "-") {
    done = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  } else {
    std::error_code code;
    const auto target = std::filesystem::canonical(path, code);
    done = replace(code ? path : target.string(), text);
  }
  if (done) return {};
  return tl::unexpected(
      fmt::format("cannot write {}: {}", path == "-" ? "the output" : "'" + path + "'", std::strerror(errno)));
}

tl::expected<void, std::string> may_write(const std::string& path, const std::set<std::string>& inputs, Over over) {
  namespace fs = std::filesystem;
  std::error_code code;
  if (path == "-" || !fs::is_regular_file(path, code)) return {};
  for (const auto& input : inputs) {
    if (fs::equivalent(path, input == "<stdin>" ? "/dev/stdin" : input, code))
      return tl::unexpected(fmt::format("'{}' is a file that was read; name another output", path));
    if (over == Over::anything && part_of(path, input))
      return tl::unexpected(fmt::format("'{}' is in a folder that was read; name another output", path));
  }
  if (over == Over::anything || fs::is_empty(path, code)) return {};
  if (over == Over::nothing) return tl::unexpected(fmt::format("'{}' is there already; --force writes over it", path));
  if (begins_a_plan(path)) return {};
  return tl::unexpected(fmt::format("'{}' is there already and is no plan; name another output, or remove it", path));
}

std::string unified_diff(const std::string& path, std::string_view before, std::string_view after) {
  if (before == after) return {};
  dtl::Diff<std::string, std::vector<std::string>> diff(lines_of(before), lines_of(after));
  diff.onHuge();
  diff.compose();
  diff.composeUnifiedHunks();
  std::ostringstream out;
  out << "--- " << path << "\n+++ " << path << "\n";
  diff.printUnifiedFormat(out);
  std::string text = std::move(out).str();
  if (diff.getUniHunks().empty()) text += "\\ only the last line's end differs\n";
  return text;
}

}  // namespace fts::driver
