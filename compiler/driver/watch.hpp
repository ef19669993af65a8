// check --watch: waits until files change.
#pragma once
#include <map>
#include <set>
#include <string>

namespace fts::driver {

// From its making on SIGINT and SIGTERM end wait() instead of the program.
class Watcher {
 public:
  Watcher();
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Adds files, or folders for all that is in them. A file may be replaced, or not be there yet.
  void add(const std::set<std::string>& paths);
  // Returns when one of them was written, replaced or removed, and all is quiet again; false when a signal came.
  [[nodiscard]] bool wait();

 private:
  [[nodiscard]] bool drain();  // whether an event was about one of the files

  int events_ = -1;
  int signals_ = -1;
  std::map<int, std::set<std::string>> names_;  // by watched folder; an empty name stands for all
};

}  // namespace fts::driver
