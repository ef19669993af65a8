#include "runtime/optim/optimizer.hpp"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/empty_like.h>
#include <fmt/format.h>

namespace fts::optim {

namespace {

// Partitions 0..n-1 by device and dtype; nearly always one part.
std::vector<std::vector<std::size_t>> alike(const std::vector<at::Tensor>& tensors) {
  std::vector<std::vector<std::size_t>> parts;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const auto& p) {
      const auto& other = tensors[p.front()];
      return other.device() == tensors[i].device() && other.scalar_type() == tensors[i].scalar_type();
    });
    if (part == parts.end()) {
      parts.push_back({i});
    } else {
      part->push_back(i);
    }
  }
  return parts;
}

}  // namespace

tl::expected<void, Error> Optimizer::add_group(GroupInit init) {
  Arguments arguments(fmt::format("optimizer '{}' for group '{}'", spec_.name, init.name), init.arguments);
  Group group;
  group.rate.lr = group.rate.initial_lr = arguments.number("lr", default_lr());
  group.weight_decay = arguments.number("weight_decay", default_weight_decay());
  arguments.ignore({"foreach"});
  read(arguments, groups_.size(), group.rate);
  for (std::size_t i = 0; i < init.parameters.size(); ++i) {
    arguments.require(init.parameters[i].is_non_overlapping_and_dense(),
                      fmt::format("its parameter {} is a view with gaps in memory: make it contiguous", i));
  }
  if (auto done = arguments.finish(); !done) return done;
  for (const auto& other : groups_) {
    for (const auto position : init.positions) {
      FTS_CHECK(std::find(other.positions.begin(), other.positions.end(), position) == other.positions.end());
    }
  }
  group.slots.assign(slot_names().size(), std::vector<at::Tensor>(init.parameters.size()));
  group.alike = alike(init.parameters);
  group.name = std::move(init.name);
  group.positions = std::move(init.positions);
  group.parameters = std::move(init.parameters);
  group.arguments = std::move(init.arguments);
  groups_.push_back(std::move(group));
  return {};
}

void Optimizer::step() {
  const at::NoGradGuard no_grad;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    for (const auto& part : groups_[g].alike) {
      with_gradient_.clear();
      for (const auto i : part) {
        if (groups_[g].parameters[i].grad().defined()) with_gradient_.push_back(i);
      }
      if (!with_gradient_.empty()) update(g, with_gradient_);
    }
  }
}

void Optimizer::zero_grad() {
  for (auto& group : groups_) {
    for (auto& parameter : group.parameters) parameter.mutable_grad().reset();
  }
}

std::vector<Rate*> Optimizer::rates() {
  std::vector<Rate*> rates;
  for (auto& group : groups_) rates.push_back(&group.rate);
  return rates;
}

std::vector<Optimizer::State> Optimizer::state() const {
  std::vector<State> all;
  for (const auto& group : groups_) {
    for (std::size_t s = 0; s < group.slots.size(); ++s) {
      for (std::size_t i = 0; i < group.positions.size(); ++i) {
        if (group.slots[s][i].defined()) all.push_back({group.positions[i], slot_names()[s], group.slots[s][i]});
      }
    }
  }
  return all;
}

bool Optimizer::load_state(const std::vector<State>& state) {
  const at::NoGradGuard no_grad;
  std::vector<std::vector<std::vector<at::Tensor>>> fresh;
  for (const auto& group : groups_) {
    fresh.emplace_back(group.slots.size(), std::vector<at::Tensor>(group.positions.size()));
  }
  const auto names = slot_names();
  for (const auto& entry : state) {
    const auto slot = static_cast<std::size_t>(std::find(names.begin(), names.end(), entry.slot) - names.begin());
    bool placed = false;
    for (std::size_t g = 0; g < groups_.size() && !placed && slot < names.size(); ++g) {
      const auto& positions = groups_[g].positions;
      const auto at = std::find(positions.begin(), positions.end(), entry.position);
      if (at == positions.end()) continue;
      const auto i = static_cast<std::size_t>(at - positions.begin());
      const auto& parameter = groups_[g].parameters[i];
      if (entry.tensor.dim() != 0 && entry.tensor.sizes() != parameter.sizes()) return false;
      // Laid out as the parameter is: the fused kernels go through both by one index.
      fresh[g][slot][i] =
          entry.tensor.dim() == 0
              ? entry.tensor.clone()
              : at::empty_like(parameter, entry.tensor.options().device(parameter.device())).copy_(entry.tensor);
      placed = true;
    }
    if (!placed) return false;
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) groups_[g].slots = std::move(fresh[g]);
  state_loaded();
  return true;
}

}  // namespace fts::optim
