#include "compiler/driver/watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "compiler/base/error.hpp"

namespace fts::driver {

namespace {
constexpr int kQuietMs = 50;  // an editor that saves writes more than once
}

Watcher::Watcher() : events_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  FTS_CHECK(events_ >= 0 && signals_ >= 0);
}

Watcher::~Watcher() {
  close(events_);
  close(signals_);
}

void Watcher::add(const std::set<std::string>& paths) {
  namespace fs = std::filesystem;
  for (const auto& path : paths) {
    const bool is_folder = fs::is_directory(path);
    const fs::path folder = is_folder ? fs::path(path) : fs::path(path).parent_path();
    const int watch = inotify_add_watch(events_, folder.empty() ? "." : folder.c_str(),
                                        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
    if (watch >= 0) names_[watch].insert(is_folder ? "" : fs::path(path).filename().string());
  }
}

bool Watcher::drain() {
  alignas(inotify_event) std::array<char, 4096> block{};
  bool relevant = false;
  for (ssize_t size = 0; (size = read(events_, block.data(), block.size())) > 0;) {
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto* event = reinterpret_cast<const inotify_event*>(block.data() + at);
      const auto& names = names_[event->wd];
      relevant = relevant || names.contains("") || (event->len != 0 && names.contains(event->name));
      at += sizeof(inotify_event) + event->len;
    }
  }
  return relevant;
}

bool Watcher::wait() {
  bool changed = false;
  for (;;) {
    std::array<pollfd, 2> fds = {pollfd{events_, POLLIN, 0}, pollfd{signals_, POLLIN, 0}};
    const int ready = poll(fds.data(), fds.size(), changed ? kQuietMs : -1);
    if (fds[1].revents != 0) return false;
    if (ready == 0) return true;
    if (ready > 0) changed = drain() || changed;
  }
}

}  // namespace fts::driver
