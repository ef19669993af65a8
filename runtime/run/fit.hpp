// Whether model, data and schedule go together, as far as that can be told before training.
#pragma once
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"
#include "runtime/run/model.hpp"

namespace fts {

// FTS1303 with a note for each tensor that forward() needs and the data, of the file `path`, lacks.
[[nodiscard]] tl::expected<void, Error> check_inputs(const std::vector<Model::Input>& inputs, const NamedTensors& data,
                                                     const std::string& path);

// FTS1304: there is no `loss`, or something of it is no scalar; with `training`, the loss depends on no parameter that
// trains.
[[nodiscard]] tl::expected<void, Error> check_output(const NamedTensors& output, bool training);

// Every metric that decides something in the schedule, each once.
[[nodiscard]] std::vector<std::string> watched_metrics(const plan::Schedule& schedule);

// FTS1305 with a note for each of them that is not among `available`.
[[nodiscard]] tl::expected<void, Error> check_metrics(const std::vector<std::string>& watched,
                                                      const std::vector<std::string>& available, bool validation);

}  // namespace fts
