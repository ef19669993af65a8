// The inner loop of an epoch: a program's loader, ended when the session ends, and entered in the middle when a run is
// resumed there.
#pragma once
#include <cstdint>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

namespace fts {

// What the loop asks the session. Not for programs.
class BatchControl {
 public:
  virtual ~BatchControl() = default;
  virtual bool more() const = 0;           // false: the loop ends before its loader does
  virtual int share() const { return 0; }  // of which batches this process has its own: every shares()-th
  virtual int shares() const { return 1; }
  virtual std::int64_t before_batches() = 0;  // the loader begins; how many batches to pass over
  virtual void after_skip() = 0;              // those have been passed over
  virtual void batches_ended(bool all) = 0;   // the loop ends; `all`: the loader has no more
};

// A range over the batches of `Loader`: anything with begin() and end(), or a pointer to such (LibTorch's data
// loaders).
template <class Loader>
class Batches {
  static auto& range_of(std::remove_reference_t<Loader>& loader) {
    if constexpr (requires { std::begin(loader); }) {
      return loader;
    } else {
      return *loader;
    }
  }
  using Range = std::remove_reference_t<decltype(range_of(std::declval<std::remove_reference_t<Loader>&>()))>;
  using Iterator = decltype(std::begin(std::declval<Range&>()));
  using End = decltype(std::end(std::declval<Range&>()));

 public:
  Batches(Loader&& loader, BatchControl& control) : loader_(std::forward<Loader>(loader)), control_(&control) {}

  struct Sentinel {};
  class iterator {
   public:
    iterator(Range& range, BatchControl& control)
        : control_(&control), skip_(control.before_batches()), at_(std::begin(range)), end_(std::end(range)) {
      for (auto batches = skip_ * control_->shares(); batches > 0 && at_ != end_; --batches) ++at_;
      control_->after_skip();
      if (control_->more()) begin_round();
    }
    decltype(auto) operator*() { return late_ ? *first_ : *at_; }
    iterator& operator++() {
      if (!late_) ++at_;
      for (int r = control_->share() + 1; r < control_->shares() && at_ != end_; ++r) ++at_;
      late_ = false;
      if (control_->more()) begin_round();
      return *this;
    }
    bool operator!=(Sentinel) {
      const bool more = late_ || at_ != end_;
      if (more && control_->more()) return true;
      control_->batches_ended(!more);
      return false;
    }

   private:
    // A batch for each process. What the last round lacks is made up with its first batch, so that all make a step.
    void begin_round() {
      first_.reset();
      late_ = false;
      if (control_->shares() == 1 || !(at_ != end_)) return;
      if (control_->share() > 0) first_.emplace(*at_);
      for (int r = 0; r < control_->share() && at_ != end_; ++r) ++at_;
      late_ = !(at_ != end_);
    }

    BatchControl* control_;
    std::int64_t skip_;
    Iterator at_;
    End end_;
    std::optional<std::decay_t<decltype(*std::declval<Iterator&>())>> first_;  // of this round
    bool late_ = false;  // the loader ended before this process had its batch
  };

  iterator begin() { return iterator(range_of(loader_), *control_); }
  Sentinel end() { return {}; }

 private:
  Loader loader_;  // a reference for an lvalue, the loader itself for a temporary
  BatchControl* control_;
};

}  // namespace fts
