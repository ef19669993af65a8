// The tap: sees every operator that a thread calls while it is on, in forward, backward and the optimizer alike, before
// autograd does. LibTorch's modules have no hooks; with the tap they need none.
//
// It is a boxed fallback on a dispatch key that stands above autograd's and that nothing else uses (PyTorch keeps
// TESTING_ONLY_GenericMode for modes of this kind). What an operator calls inside itself does not come through again.
#pragma once
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

namespace fts::shard {

class TapHandler {
 public:
  virtual ~TapHandler() = default;
  // The operator's arguments are the last ones on the stack. True: the handler has run it and has put its results in
  // their place. What it throws comes out of the call.
  virtual bool handle(const c10::OperatorHandle& op, torch::jit::Stack& stack) = 0;
};

// On for this thread, and for the threads on which autograd runs its backward, from construction to destruction. One at
// a time in a process. The handler must outlive it.
class Tap {
 public:
  explicit Tap(TapHandler& handler);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
};

}  // namespace fts::shard
