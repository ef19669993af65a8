#include "runtime/call/random.hpp"

#include <mutex>
#include <set>

#include <ATen/Context.h>

namespace fts::calls {

RandomState::RandomState(const std::vector<at::Tensor>& tensors) {
  std::set<std::pair<c10::DeviceType, c10::DeviceIndex>> devices{{c10::DeviceType::CPU, c10::DeviceIndex{-1}}};
  for (const auto& tensor : tensors) {
    if (tensor.defined() && tensor.is_cuda()) devices.emplace(tensor.device().type(), tensor.device().index());
  }
  for (const auto& [type, index] : devices) {
    at::Generator generator = at::globalContext().defaultGenerator(c10::Device(type, index));
    const std::lock_guard lock(generator.mutex());
    states_.emplace_back(generator, generator.get_state());
  }
}

void RandomState::set() const {
  for (const auto& [generator, state] : states_) {
    at::Generator to = generator;
    const std::lock_guard lock(to.mutex());
    to.set_state(state);
  }
}

}  // namespace fts::calls
