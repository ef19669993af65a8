// In what dtype, and where, a unit is gathered, reduced and kept (PyTorch's MixedPrecision, MixedPrecisionPolicy and
// CPUOffload). The pieces that the optimizer steps, and so checkpoints, always have the parameters' own dtype.
#pragma once
#include <optional>

#include <c10/core/ScalarType.h>

namespace fts::shard {

struct Precision {
  std::optional<c10::ScalarType> param_dtype;   // of gathered parameters, and so of computation; none: their own
  std::optional<c10::ScalarType> reduce_dtype;  // of the reduction of gradients; none: that of computation
  bool cast_inputs = true;                      // operators on these parameters get their other inputs in param_dtype
  bool round_gradients = false;                 // reduced gradients have no more bits than param_dtype
  bool offload = false;                         // pieces, their gradients and optimizer state: in the CPU's memory
  bool pin_memory = false;
};

}  // namespace fts::shard
