// ftsc as a program, run from tests/data/check.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace fts::test {

struct Result {
  int status = -1;
  std::string out;  // both streams, unless the arguments redirect one
};

// The program and the folder as words of a shell: the checkout's path may hold a space.
inline const std::string kFtsc = "'" FTSC "'";
inline const std::string kCheckData = "'" FTS_SOURCE_DIR "/tests/data/check'";

[[nodiscard]] inline Result shell(const std::string& command) {
  Result result;
  std::FILE* pipe = popen(("cd " + kCheckData + " && { " + command + "; } 2>&1").c_str(), "r");
  std::array<char, 4096> block{};
  while (const auto n = std::fread(block.data(), 1, block.size(), pipe)) result.out.append(block.data(), n);
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

[[nodiscard]] inline Result ftsc(const std::string& arguments) { return shell(kFtsc + " " + arguments); }

// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string path = (std::filesystem::temp_directory_path() / "ftsc_test_XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  // Writes a file; returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path(name);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace fts::test
