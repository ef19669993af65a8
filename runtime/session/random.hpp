// The state of LibTorch's default generators as text, so that a resumed run draws what an uninterrupted one would: the
// CPU's, and that of the CUDA device that the process uses. No device is named: ranks that compute alike, and a run
// that goes on elsewhere, draw alike.
#pragma once
#include <string>

namespace fts::session {

[[nodiscard]] std::string random_state();
// A device's generator stays as it is where the text has none. False if the text is no state of this LibTorch's
// generators.
[[nodiscard]] bool set_random_state(const std::string& text);

}  // namespace fts::session
