// Joins a plan to the program's model: the one place where parameters are found by name.
#pragma once
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"
#include "runtime/bind/module_parameters.hpp"

namespace fts::bind {

// The module's own tensors by position in Plan::parameters; entries of a tied tensor are the same tensor.
struct Bound {
  std::vector<at::Tensor> parameters;
};

// Every difference between a program's parameters (a module's, or under other names) and the plan's model, as one error
// (FTS1001) with a note each: parameters that are missing, unexpected, of another shape or dtype, tied otherwise. Names
// that differ only by a prefix, and names that are nearly there, are recognised.
[[nodiscard]] tl::expected<Bound, Error> bind(const std::vector<NamedTensor>& ours, const plan::Plan& plan);
[[nodiscard]] inline tl::expected<Bound, Error> bind(const torch::nn::Module& module, const plan::Plan& plan) {
  return bind::bind(parameters_of(module), plan);
}

}  // namespace fts::bind
