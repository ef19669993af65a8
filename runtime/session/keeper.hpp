// Which checkpoints of a run stay on the disk: the best of each phase, and the last.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/checkpoint/folder.hpp"

namespace fts::session {

struct Keeping {
  std::int64_t save_top_k = 1;  // of each phase; -1: all
  bool restore_best = true;     // one of each phase is kept however small save_top_k is
  bool maximize = false;
};

class Keeper {
 public:
  // Without a folder nothing is saved.
  Keeper(std::string folder, Keeping keeping) : folder_(std::move(folder)), keeping_(keeping) {}

  [[nodiscard]] bool active() const { return !folder_.empty(); }
  // Clears away what a killed run left half made; `others` may go on from what is there.
  void begin();
  // The name that the next checkpoint will have: "000012-epoch3".
  [[nodiscard]] std::string next_name(const std::string& what) const;

  // Announces a checkpoint before it is made, so that its own state can tell of it. `value` is the metric that says
  // what is best; none for checkpoints in the middle of an epoch.
  void announce(const std::string& name, int depth, std::optional<double> value);
  // Saves it and, once it is whole, removes those that need not stay.
  [[nodiscard]] tl::expected<void, Error> save(const std::string& name, const checkpoint::Content& content);

  [[nodiscard]] const std::string& last() const { return last_; }
  // The path of the best checkpoint of a phase, or of all; empty: none.
  [[nodiscard]] std::string best_of(std::optional<int> depth) const;
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

  [[nodiscard]] nlohmann::json state() const;
  // `folder` is where those checkpoints are; they are only removed if it is this keeper's own. Throws nlohmann's
  // exceptions on another shape.
  void restore(const nlohmann::json& state, const std::string& folder);

 private:
  struct Kept {
    std::string folder;
    std::string name;
    int depth;
    std::optional<double> value;
  };
  [[nodiscard]] std::vector<const Kept*> ranked(
      std::optional<int> depth) const;  // the best first, of equals the earlier
  void drop_others();

  std::string folder_;
  Keeping keeping_;
  std::vector<Kept> kept_;  // in the order of saving
  std::string last_;
};

}  // namespace fts::session
