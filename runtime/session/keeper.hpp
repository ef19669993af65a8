// Which checkpoints of a run stay on the disk: the best of each phase, and the last.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/checkpoint/writer.hpp"

namespace fts::session {

struct Keeping {
  std::int64_t save_top_k = 1;  // of each phase; -1: all
  bool restore_best = true;     // one of each phase is kept however small save_top_k is
  bool maximize = false;
  checkpoint::Writers writers = {};  // of several processes, all of which have a keeper
};

class Keeper {
 public:
  // Without a folder nothing is saved.
  Keeper(std::string folder, Keeping keeping) : folder_(std::move(folder)), keeping_(std::move(keeping)) {}

  [[nodiscard]] bool active() const { return !folder_.empty(); }
  // Clears away what a killed run left half made; what is whole stays.
  void begin();
  // The name that the next checkpoint will have: "000012-epoch3". None is given twice.
  [[nodiscard]] std::string next_name(const std::string& what);

  // Announces a checkpoint before it is made, so that its own state can tell of it. `value` is the metric that says
  // what is best; none for checkpoints in the middle of an epoch.
  void announce(const std::string& name, int depth, std::optional<double> value);
  // Whether one of this value would stay beside those that there are.
  [[nodiscard]] bool ranks(int depth, double value) const;
  // Begins to save it; once it is durable, those that need not stay are removed. finished() must have been waited for,
  // and the tensors may not change until it tells of this one.
  void start(const std::string& name, checkpoint::Content content);
  // The path of the checkpoint that became durable since the last call, if one did; `wait` waits for what is being
  // written. FTS1103; throws what Writers::exchange threw.
  [[nodiscard]] tl::expected<std::optional<std::string>, Error> finished(bool wait);

  // The path of the last durable one; empty: none.
  [[nodiscard]] const std::string& last() const { return last_; }
  // The path of the best checkpoint of a phase, or of all; empty: none.
  [[nodiscard]] std::string best_of(std::optional<int> depth) const;

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
  // Of several processes one removes.
  [[nodiscard]] bool first() const { return keeping_.writers.rank == 0; }
  // The best first, of equals the earlier; of a phase, or of all.
  [[nodiscard]] std::vector<const Kept*> ranked(std::optional<int> depth) const;
  // Forgets those that need not stay beside `newest`, and gives the names of this folder's own among them.
  std::vector<std::string> drop_others(const std::string& newest);

  std::string folder_;
  Keeping keeping_;
  std::vector<Kept> kept_;  // in the order of saving
  std::string last_;
  std::uint64_t sequence_ = 1;  // of the next checkpoint
  checkpoint::Writer writer_;
};

}  // namespace fts::session
