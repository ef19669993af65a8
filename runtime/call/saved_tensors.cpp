#include "runtime/call/saved_tensors.hpp"

#include <utility>

#include <torch/csrc/autograd/engine.h>

namespace fts::calls {

namespace {

thread_local Saving* current_saving = nullptr;

class Engine final : public torch::autograd::Engine {
  std::unique_ptr<SavedVariableHooks> get_default_saved_variable_hooks() override {
    return current_saving == nullptr ? nullptr : current_saving->hooks();
  }
};

torch::autograd::Engine& engine() {
  static Engine engine;
  return engine;
}

}  // namespace

SavingScope::SavingScope(Saving& saving) : before_(std::exchange(current_saving, &saving)) {
  static const bool once = (torch::autograd::set_default_engine_stub(&engine), true);
  static_cast<void>(once);
}

SavingScope::~SavingScope() { current_saving = before_; }

}  // namespace fts::calls
