// Mixed precision: a program's forward passes run under LibTorch's autocast while an epoch lasts, backward and the
// optimizer outside of it, as PyTorch asks for. Weights, gradients and optimizer state stay as they are.
#pragma once
#include <c10/core/DeviceType.h>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace fts::session {

class Precision {
 public:
  // Reads `precision` of a strategy. FTS1002: one that is not carried out (f32 and bf16_mixed are).
  [[nodiscard]] static tl::expected<Precision, Error> of(const plan::Strategy& strategy);

  // For the calling thread and the device of the model's parameters; once each, in turn. off() forgets what was cast.
  void on(c10::DeviceType device);
  void off();

  // Outside of autocast while it lives, if it is on.
  class Pause {
   public:
    explicit Pause(Precision& precision) : precision_(precision), was_on_(precision.on_) { precision_.off(); }
    ~Pause() {
      if (was_on_) precision_.on(precision_.device_);
    }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    Precision& precision_;
    bool was_on_;
  };

 private:
  bool mixed_ = false;
  bool on_ = false;
  c10::DeviceType device_ = c10::DeviceType::CPU;
};

}  // namespace fts::session
