// Learning-rate schedulers: PyTorch's chainable forms (torch/optim/lr_scheduler.py, `get_lr`) in the same double
// arithmetic and the same order of operations. No tensor in here: a scheduler turns one rate into the next, so that the
// compiler can say what the runtime will do.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace fts::rates {

// What a parameter group has and a scheduler moves.
struct Rate {
  double lr = 0;                   // what the next optimizer step uses
  double initial_lr = 0;           // what the group began with; a scheduler that is new starts from it
  std::optional<double> momentum;  // SGD's momentum or Adam's beta1, none: the optimizer has neither
  friend bool operator==(const Rate&, const Rate&) = default;
};

// Groups are known by the order in which they joined, which is their order in the optimizer.
class LrScheduler {
 public:
  virtual ~LrScheduler() = default;

  // A group joins at the beginning of the schedule, with the rate that PyTorch's constructor sets. `base_lr` is its
  // entry of PyTorch's `base_lrs`.
  void join(Rate& rate) { join(rate, rate.initial_lr); }
  void join(Rate& rate, double base_lr);
  // A group joins at the position of the first one and keeps its rate, as FTS adds the groups of later phases.
  virtual void join_beside(double base_lr);
  // One step of the schedule for every group, each at its own position. `metric` is for schedulers that watch one.
  virtual void step(std::span<Rate* const> rates, double metric);

  // For schedulers made of others: one step of one group, and its return to position 0 (`_update_lr(0)`).
  void advance(std::size_t group, Rate& rate);
  void restart(std::size_t group, Rate& rate);
  // Its initial step once more, on the rate as it is.
  void begin_again(std::size_t group, Rate& rate) { begin_group(rate, tracks_.at(group)); }

  // PyTorch's `base_lrs` and `last_epoch` of a group.
  [[nodiscard]] double base_lr(std::size_t group) const { return tracks_.at(group).base_lr; }
  [[nodiscard]] std::int64_t position(std::size_t group) const { return tracks_.at(group).position; }
  [[nodiscard]] std::size_t groups() const { return tracks_.size(); }
  // The value at a position of the last lambda; nothing: it has none.
  [[nodiscard]] virtual std::optional<double> lambda_at(std::int64_t /*position*/) const { return std::nullopt; }

  // What a scheduler remembers beside the rates. restore() throws nlohmann's exceptions on another shape.
  [[nodiscard]] virtual nlohmann::json state() const;
  virtual void restore(const nlohmann::json& state);

 protected:
  struct Track {
    std::size_t group = 0;
    double base_lr = 0;         // an entry of PyTorch's `base_lrs`
    std::int64_t position = 0;  // PyTorch's `last_epoch`, counted from where this group joined
  };
  // The rate at position 0: as PyTorch's constructor makes it, and as `_update_lr(0)` does.
  [[nodiscard]] virtual double first(Rate& rate, const Track& /*at*/) const { return rate.lr; }
  [[nodiscard]] virtual double again(Rate& rate, const Track& at) const;
  // The rate after the position has been advanced to `at.position`.
  [[nodiscard]] virtual double next(Rate& rate, const Track& at) const = 0;

  // What schedulers made of others do in place of these three.
  virtual void begin_group(Rate& rate, const Track& at) { rate.lr = first(rate, at); }
  virtual void advance_group(Rate& rate, const Track& at) { rate.lr = next(rate, at); }

 private:
  std::vector<Track> tracks_;
};

// When a scheduler steps (Lightning's lr_scheduler_config).
struct Pace {
  enum class Interval { epoch, step };
  Interval interval = Interval::epoch;
  std::int64_t frequency = 1;
  std::string monitor;                        // empty: none
  bool use_current_optimizer_pg_lrs = false;  // a new scheduler begins with the present rates, not the initial ones
  // or with these, one a group; FTS: where the list is empty, with the present ones, and each keeps its initial rate
  std::optional<std::vector<double>> init_pg_lrs;
  // `count` epochs or steps have been done.
  [[nodiscard]] bool due(Interval now, std::int64_t count) const { return now == interval && count % frequency == 0; }
};

struct Schedule {
  plan::Spec spec;
  Pace pace;
  std::unique_ptr<LrScheduler> scheduler;
};

// The scheduler of a plan, or FTS1002: a name or an argument that there is not.
[[nodiscard]] tl::expected<Schedule, Error> make_schedule(const plan::Spec& spec);

}  // namespace fts::rates
