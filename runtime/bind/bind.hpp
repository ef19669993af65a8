// Joins a plan to the program's model: the one place where parameters are found by name.
#pragma once
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace torch::nn {
class Module;
}

namespace fts::bind {

// The module's own tensors by position in Plan::parameters; entries of a tied tensor are the same tensor.
struct Bound {
  std::vector<at::Tensor> parameters;
};

// Every difference between the module and the plan's model, as one error (FTS1001) with a note each: parameters that
// are missing, unexpected, of another shape or dtype, tied otherwise. Names that differ only by a prefix, and names
// that are nearly there, are recognised.
[[nodiscard]] tl::expected<Bound, Error> bind(const torch::nn::Module& module, const plan::Plan& plan);

}  // namespace fts::bind
