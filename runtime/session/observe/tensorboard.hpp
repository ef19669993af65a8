// A run for TensorBoard: `loss` and `lr` by step; at each epoch's end the metrics, `lr/<group>` and `phase`.
#pragma once
#include <memory>
#include <ostream>
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/session/observe/observer.hpp"

namespace fts {

// Records of an event file to `out`, every `every_n_steps`-th step and all epochs. `wall_clock`: seconds since 1970.
[[nodiscard]] std::unique_ptr<Observer> make_tensorboard(std::unique_ptr<std::ostream> out, int every_n_steps,
                                                         Clock wall_clock);

// The same to a new event file in the folder, which is made if need be; FTS1002 if it cannot be written.
[[nodiscard]] tl::expected<std::unique_ptr<Observer>, Error> open_tensorboard(const std::string& folder,
                                                                              int every_n_steps);

}  // namespace fts
