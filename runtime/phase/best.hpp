// Which epoch of a phase was the best one: what `restore_best` goes back to. Lightning's ModelCheckpoint rules:
// strictly better wins, no min_delta, a value that is not a number is never the best.
#pragma once
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace fts::phase {

class Best {
 public:
  Best() = default;
  // Without a metric nothing is ever the best.
  Best(std::optional<std::string> metric, bool maximize) : metric_(std::move(metric)), maximize_(maximize) {}

  [[nodiscard]] const std::optional<std::string>& metric() const { return metric_; }
  // Takes the value of an epoch's end; true if it is the new best.
  bool observe(double value, std::int64_t epoch);
  [[nodiscard]] std::optional<double> value() const { return value_; }
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }  // -1: none yet
  void forget();                                               // at a move: the next phase has a best of its own

  [[nodiscard]] nlohmann::json state() const;
  void restore(const nlohmann::json& state);  // throws nlohmann's exceptions on another shape

 private:
  std::optional<std::string> metric_;
  bool maximize_ = false;
  std::optional<double> value_;
  std::int64_t epoch_ = -1;
};

}  // namespace fts::phase
