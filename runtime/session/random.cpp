#include "runtime/session/random.hpp"

#include <cstdint>
#include <mutex>
#include <sstream>
#include <string_view>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/empty.h>

namespace fts::session {

namespace {

// The CPU's, and that of the CUDA device that this process uses: the present one, or else the first that it has
// touched.
std::vector<at::Generator> generators() {
  std::vector<at::Generator> all{at::detail::getDefaultCPUGenerator()};
  if (!at::hasCUDA()) return all;
  const auto& hooks = at::detail::getCUDAHooks();
  auto device = hooks.current_device();
  for (int d = 0; d < hooks.getNumGPUs() && !hooks.hasPrimaryContext(device); ++d)
    device = static_cast<c10::DeviceIndex>(d);
  if (hooks.hasPrimaryContext(device)) all.push_back(hooks.getDefaultGenerator(device));
  return all;
}

std::string hex_of(at::Generator& generator) {
  const std::lock_guard lock(generator.mutex());
  const auto state = generator.get_state();
  constexpr auto kDigits = "0123456789abcdef";
  std::string text;
  const auto* bytes = state.const_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < state.numel(); ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

bool set_hex(at::Generator& generator, std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  const std::lock_guard lock(generator.mutex());
  if (static_cast<std::int64_t>(text.size()) != 2 * generator.get_state().numel()) return false;
  auto state = at::empty({static_cast<std::int64_t>(text.size() / 2)}, at::TensorOptions().dtype(at::kByte));
  auto* bytes = state.mutable_data_ptr<std::uint8_t>();
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i / 2] = static_cast<std::uint8_t>(high * 16 + low);
  }
  generator.set_state(state);
  return true;
}

}  // namespace

std::string random_state() {
  std::string text;
  for (auto& generator : generators()) text += (text.empty() ? "" : ":") + hex_of(generator);
  return text;
}

bool set_random_state(const std::string& text) {
  auto all = generators();
  std::istringstream parts(text);
  std::string part;
  std::size_t i = 0;
  for (; i < all.size() && std::getline(parts, part, ':'); ++i) {
    if (!set_hex(all[i], part)) return false;
  }
  return i > 0;
}

}  // namespace fts::session
