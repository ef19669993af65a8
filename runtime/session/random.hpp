// The state of LibTorch's default generator as text, so that a resumed run draws what an uninterrupted one would.
#pragma once
#include <string>

namespace fts::session {

[[nodiscard]] std::string random_state();
// False if the text is no state of this LibTorch's generator.
[[nodiscard]] bool set_random_state(const std::string& text);

}  // namespace fts::session
