// The inner loop of an epoch: a program's loader, ended when the session ends, and entered in the middle when a run is
// resumed there.
#pragma once
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <utility>

namespace fts {

// What the loop asks the session. Not for programs.
class BatchControl {
 public:
  virtual ~BatchControl() = default;
  virtual bool more() const = 0;              // false: the loop ends before its loader does
  virtual std::int64_t before_batches() = 0;  // the loader begins; how many batches to pass over
  virtual void after_skip() = 0;              // those have been passed over
  virtual void batches_ended() = 0;           // the last batch has been used
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
      for (; skip_ > 0 && at_ != end_; --skip_) ++at_;
      control_->after_skip();
    }
    decltype(auto) operator*() { return *at_; }
    iterator& operator++() {
      if (control_->more()) ++at_;
      return *this;
    }
    bool operator!=(Sentinel) {
      if (control_->more() && at_ != end_) return true;
      control_->batches_ended();
      return false;
    }

   private:
    BatchControl* control_;
    std::int64_t skip_;
    Iterator at_;
    End end_;
  };

  iterator begin() { return iterator(range_of(loader_), *control_); }
  Sentinel end() { return {}; }

 private:
  Loader loader_;  // a reference for an lvalue, the loader itself for a temporary
  BatchControl* control_;
};

}  // namespace fts
