#include "runtime/session/precision.hpp"

#include <ATen/autocast_mode.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts::session {

tl::expected<Precision, Error> Precision::of(const plan::Strategy& strategy) {
  const auto value = strategy.settings.find("precision");
  const std::string name = value == strategy.settings.end() || !value->is_string() ? "f32" : value->get<std::string>();
  Precision precision;
  precision.mixed_ = name == "bf16_mixed";
  if (precision.mixed_ || name == "f32") return precision;
  return tl::unexpected(make_error(Code::unsupported_at_run_time,
                                   fmt::format("the runtime cannot train with precision {}", name),
                                   "write precision = bf16_mixed, or leave it out for f32"));
}

void Precision::on(c10::DeviceType device) {
  if (!mixed_ || on_) return;
  device_ = device;
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::set_autocast_enabled(device_, true);
  on_ = true;
}

void Precision::off() {
  if (!on_) return;
  at::autocast::set_autocast_enabled(device_, false);
  at::autocast::clear_cache();
  on_ = false;
}

}  // namespace fts::session
