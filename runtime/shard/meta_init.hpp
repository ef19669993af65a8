// Making a module without the memory of its parameters, for a model that is larger than a process: the session then
// reads what this process keeps from Options::weights.
//
//   Llama model = [] { fts::MetaInit no_memory; return Llama(config); }();
//   auto session = fts::Session::open(*model, "llama.fts", {.world = world, .weights = "llama/"});
#pragma once
#include <memory>

namespace fts {

// While it lives, tensors that this thread makes from sizes alone (torch::empty, rand, zeros …) have their shape and
// dtype, but no memory, and what is computed of them has none either: initialisers do nothing, and draw no random
// numbers. Small tensors (up to 16 KiB) are made as ever, so that tables and constants that a constructor computes of
// them are right; a larger one that is neither a parameter nor a buffer, or not in the weights, is made under a Pause.
// Reading values of a tensor without memory is an error. Not while a session of several processes is open in this
// process.
class MetaInit {
 public:
  MetaInit();
  ~MetaInit();
  MetaInit(const MetaInit&) = delete;
  MetaInit& operator=(const MetaInit&) = delete;

  // Within it, tensors have memory again. Does nothing where there is no MetaInit.
  class Pause {
   public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    bool was_on_;
  };

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fts
