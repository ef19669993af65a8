// The schedulers that there are: one file each, one line each here and one in registry.cpp.
#pragma once
#include <memory>

#include "compiler/rates/arguments.hpp"
#include "compiler/rates/scheduler.hpp"

namespace fts::rates {

// Each reads its own arguments; what is wrong with them is told by `arguments.finish()`.
std::unique_ptr<LrScheduler> make_chained(Arguments& arguments);
std::unique_ptr<LrScheduler> make_constant(Arguments& arguments);
std::unique_ptr<LrScheduler> make_cosine_annealing(Arguments& arguments);
std::unique_ptr<LrScheduler> make_cosine_annealing_warm_restarts(Arguments& arguments);
std::unique_ptr<LrScheduler> make_cyclic(Arguments& arguments);
std::unique_ptr<LrScheduler> make_exponential(Arguments& arguments);
std::unique_ptr<LrScheduler> make_lambda(Arguments& arguments);
std::unique_ptr<LrScheduler> make_linear(Arguments& arguments);
std::unique_ptr<LrScheduler> make_multi_step(Arguments& arguments);
std::unique_ptr<LrScheduler> make_multiplicative(Arguments& arguments);
std::unique_ptr<LrScheduler> make_one_cycle(Arguments& arguments);
std::unique_ptr<LrScheduler> make_polynomial(Arguments& arguments);
std::unique_ptr<LrScheduler> make_reduce_on_plateau(Arguments& arguments);
std::unique_ptr<LrScheduler> make_sequential(Arguments& arguments);
std::unique_ptr<LrScheduler> make_step(Arguments& arguments);

}  // namespace fts::rates
