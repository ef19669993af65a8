#include "compiler/rates/composite.hpp"

#include <fmt/format.h>

namespace fts::rates {

Composite::Composite(Arguments& arguments) {
  const auto* specs = arguments.required("schedulers");
  if (specs == nullptr) return;
  arguments.require(specs->is_array() && !specs->empty(), "'schedulers' must be a list of schedulers");
  if (!specs->is_array()) return;
  for (const auto& spec : *specs) {
    const auto name = spec.is_object() ? spec.value("name", "") : "";
    arguments.require(name != "reduce_on_plateau", "'reduce_on_plateau' cannot be one of several schedulers");
    auto made = make_schedule({name, spec.is_object() ? spec.value("arguments", nlohmann::json::object()) : spec});
    if (!made) arguments.refuse(std::move(made.error()));
    if (made) parts_.push_back(std::move(made->scheduler));
  }
}

void Composite::join_beside(double base_lr) {
  LrScheduler::join_beside(base_lr);
  for (auto& part : parts_) part->join_beside(base_lr);
}

nlohmann::json Composite::state() const {
  auto all = LrScheduler::state();
  for (const auto& part : parts_) all["schedulers"].push_back(part->state());
  return all;
}

void Composite::restore(const nlohmann::json& state) {
  LrScheduler::restore(state);
  for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i]->restore(state.at("schedulers").at(i));
}

}  // namespace fts::rates
