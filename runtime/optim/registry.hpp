// The optimizers that there are: one file each, one line each here and one in registry.cpp.
#pragma once
#include <memory>

#include "runtime/optim/optimizer.hpp"

namespace fts::optim {

std::unique_ptr<Optimizer> make_adagrad(plan::Spec spec);
std::unique_ptr<Optimizer> make_adam(plan::Spec spec);
std::unique_ptr<Optimizer> make_adamw(plan::Spec spec);
std::unique_ptr<Optimizer> make_lbfgs(plan::Spec spec);
std::unique_ptr<Optimizer> make_rmsprop(plan::Spec spec);
std::unique_ptr<Optimizer> make_sgd(plan::Spec spec);

}  // namespace fts::optim
