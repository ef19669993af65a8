#include "runtime/session/random.hpp"

#include <cstring>
#include <mutex>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>

namespace fts::session {

std::string random_state() {
  auto generator = at::detail::getDefaultCPUGenerator();
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

bool set_random_state(const std::string& text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  auto generator = at::detail::getDefaultCPUGenerator();
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

}  // namespace fts::session
