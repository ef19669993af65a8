#include "tests/runtime/support/killing.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <mutex>

#include <linux/fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

std::mutex mutex;
std::string folder;  // empty: nothing is watched
fts::test::Fault fault{};
std::int64_t fatal_call = 0;
std::vector<std::string> calls;
std::map<int, std::string> names;  // of open descriptors below the folder

template <class... Arguments>
long system_call(long number, Arguments... arguments) {
  return ::syscall(number, arguments...);
}

bool below(const std::string& path) { return !folder.empty() && path.find(folder) == 0; }
std::string last_piece(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Carries out a call that writes, with the fault where it is due. `half` does half of it.
template <class Whole, class Half>
long counted(const std::string& what, Whole&& whole, Half&& half) {
  const std::lock_guard lock(mutex);
  calls.push_back(what);
  const auto number = static_cast<std::int64_t>(calls.size());
  if (fault == fts::test::Fault::killed && number == fatal_call) ::kill(::getpid(), SIGKILL);
  if (fault == fts::test::Fault::killed_halfway && number == fatal_call) {
    half();
    ::kill(::getpid(), SIGKILL);
  }
  if (fault == fts::test::Fault::disk_full && number >= fatal_call) {
    errno = ENOSPC;
    return -1;
  }
  return whole();
}

template <class Whole>
long counted(const std::string& what, Whole&& whole) {
  return counted(what, whole, whole);
}

std::string name_of(int fd) {
  const std::lock_guard lock(mutex);
  const auto it = names.find(fd);
  return it == names.end() ? std::string() : it->second;
}

long opened(int at, const char* path, int flags, unsigned mode) {
  const auto plain = [&] { return system_call(SYS_openat, at, path, flags, mode); };
  const bool creates = (flags & O_CREAT) != 0;
  const long fd = creates && below(path) ? counted("open " + last_piece(path), plain) : plain();
  const std::lock_guard lock(mutex);
  if (fd >= 0 && below(path)) names[static_cast<int>(fd)] = last_piece(path);
  return fd;
}

}  // namespace

// What the rest of the binary, and the C++ library, call instead of the C library's.
extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(arguments, unsigned) : 0;
  va_end(arguments);
  return static_cast<int>(opened(AT_FDCWD, path, flags, mode));
}

int close(int fd) {
  {
    const std::lock_guard lock(mutex);
    names.erase(fd);
  }
  return static_cast<int>(system_call(SYS_close, fd));
}

ssize_t write(int fd, const void* data, size_t size) {
  const auto part = [&](size_t n) { return system_call(SYS_write, fd, data, n); };
  const auto name = name_of(fd);
  if (name.empty()) return part(size);
  return counted(
      "write " + name, [&] { return part(size); }, [&] { return part(size / 2); });
}

int fsync(int fd) {
  // A killed process loses nothing of the kernel's memory: where it is counted, the disk need not be waited for.
  const auto name = name_of(fd);
  return static_cast<int>(name.empty() ? system_call(SYS_fsync, fd) : counted("fsync " + name, [] { return 0L; }));
}

int mkdir(const char* path, mode_t mode) {
  const auto whole = [&] { return system_call(SYS_mkdirat, AT_FDCWD, path, mode); };
  return static_cast<int>(below(path) ? counted("mkdir " + last_piece(path), whole) : whole());
}

int rename(const char* from, const char* to) {
  const auto whole = [&] { return system_call(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0); };
  return static_cast<int>(below(from) ? counted("rename " + last_piece(from), whole) : whole());
}

int unlinkat(int at, const char* path, int flags) {
  const auto whole = [&] { return system_call(SYS_unlinkat, at, path, flags); };
  const bool ours = at == AT_FDCWD ? below(path) : !folder.empty();
  return static_cast<int>(ours ? counted("unlink " + last_piece(path), whole) : whole());
}

}  // extern "C"

namespace fts::test {

void watch_writes(const std::string& below_folder, Fault what, std::int64_t at) {
  const std::lock_guard lock(mutex);
  folder = below_folder;
  fault = what;
  fatal_call = at;
  calls.clear();
}

std::vector<std::string> watched_writes() {
  const std::lock_guard lock(mutex);
  return calls;
}

int in_child(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    int status = 1;
    try {
      if (body()) status = 0;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
    }
    std::fflush(nullptr);
    ::_exit(status);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
bool ended_well(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

}  // namespace fts::test
