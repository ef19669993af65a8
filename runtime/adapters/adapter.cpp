#include "runtime/adapters/adapter.hpp"

namespace fts {

tl::expected<void, Error> Adapter::connect(const AdapterContext& context) {
  context_ = std::make_unique<const AdapterContext>(context);
  return {};
}

std::vector<at::Tensor> Adapter::fts_optim_transform(const std::vector<std::uint32_t>& positions,
                                                     bool /*inspect_only*/) {
  std::vector<at::Tensor> tensors;
  for (const auto position : positions) tensors.push_back(context().parameters[position]);
  return tensors;
}

ThawedParameters Adapter::base_ft_phase(const plan::Phase& phase, bool init_thaw) {
  const auto& parameters = context().parameters;
  const auto freeze = [&](std::uint32_t position) {
    at::Tensor parameter = parameters[position];
    parameter.set_requires_grad(false);
    parameter.mutable_grad().reset();
  };
  if (init_thaw) {
    for (std::uint32_t position = 0; position < parameters.size(); ++position) freeze(position);
  }
  ThawedParameters thawed;
  for (const auto position : phase.thaw) {
    if (!parameters[position].requires_grad()) thawed.newly.push_back(position);
  }
  for (const auto position : phase.thaw) parameters[position].set_requires_grad(true);
  for (const auto position : phase.freeze) freeze(position);
  for (std::uint32_t position = 0; position < parameters.size(); ++position) {
    if (parameters[position].requires_grad()) thawed.all.push_back(position);
  }
  return thawed;
}

}  // namespace fts
