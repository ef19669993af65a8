// The schedulers that there are: one file each, one line each here and one in registry.cpp.
#pragma once
#include <memory>

#include "runtime/optim/lr/arguments.hpp"
#include "runtime/optim/lr/scheduler.hpp"

namespace fts::optim {

// Each reads its own arguments; what is wrong with them is told by `arguments.finish()`.
std::unique_ptr<LrScheduler> make_cosine_annealing(Arguments& arguments);
std::unique_ptr<LrScheduler> make_linear(Arguments& arguments);
std::unique_ptr<LrScheduler> make_step(Arguments& arguments);

}  // namespace fts::optim
