#include "runtime/session/random.hpp"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>
#include <string_view>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

namespace fts::session {

namespace {

// The CPU's (-1), and those of the CUDA devices that the process uses.
std::map<int, at::Generator> generators() {
  std::map<int, at::Generator> all{{-1, at::detail::getDefaultCPUGenerator()}};
  if (!at::hasCUDA()) return all;
  const auto& hooks = at::detail::getCUDAHooks();
  for (int device = 0; device < hooks.getNumGPUs(); ++device) {
    const auto index = static_cast<c10::DeviceIndex>(device);
    if (hooks.hasPrimaryContext(index)) all.emplace(device, hooks.getDefaultGenerator(index));
  }
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
  for (auto& [device, generator] : generators())
    text += device < 0 ? hex_of(generator) : fmt::format(":{}={}", device, hex_of(generator));
  return text;
}

bool set_random_state(const std::string& text) {
  auto all = generators();
  std::istringstream parts(text);
  std::string part;
  for (int device = -1; std::getline(parts, part, ':');) {
    const auto equals = part.find('=');
    if (equals != std::string::npos) device = std::atoi(part.c_str());
    const auto it = all.find(device);
    const auto state = equals == std::string::npos ? part : part.substr(equals + 1);
    if (it != all.end() && !set_hex(it->second, state)) return false;
  }
  return !text.empty();
}

}  // namespace fts::session
