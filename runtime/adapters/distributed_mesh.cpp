// Distributed's ranks along the dimensions of its mesh, and what those of one tensor dimension must have alike.
#include <array>

#include <fmt/format.h>

#include "runtime/adapters/distributed.hpp"

namespace fts {

std::vector<int> Distributed::ranks_along(int dimensions) const {
  const auto place = [&](int rank) {
    const int tensor = rank % mesh_.tensor, shard = rank / mesh_.tensor % mesh_.shards;
    return std::array{dimensions & kShards ? 0 : shard, dimensions & kReplicas ? 0 : rank / mesh_.tensor / mesh_.shards,
                      dimensions & kTensor ? 0 : tensor};
  };
  std::vector<int> ranks;
  for (int r = 0; r < world_->size(); ++r) {
    if (place(r) == place(world_->rank())) ranks.push_back(r);
  }
  return ranks;
}

// In the first step of a phase: what every tensor rank has whole must have the same gradient on all of them, or they
// would drift apart.
void Distributed::compare_gradients() {
  std::vector<at::Tensor> gradients;
  std::vector<std::uint32_t> positions;
  for (std::uint32_t p = 0; p < parameters_.size(); ++p) {
    if (!parameters_[p].requires_grad() || sliced(p) || session().plan().parameters[p].tied_to) continue;
    gradients.push_back(local(p).grad());
    positions.push_back(p);
  }
  if (gradients.empty()) return;
  const auto alike = tensor_ranks_->alike(gradients, "gradients");
  std::string names;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (!alike[i]) names += (names.empty() ? "'" : ", '") + session().plan().parameters[positions[i]].name + "'";
  }
  if (names.empty()) return;
  world_->diverged(
      fmt::format("the tensor-parallel ranks have different gradients of {}: a module that works on a "
                  "part of the sequence, or of the heads, is sequence_parallel in tp_plan",
                  names));
}

}  // namespace fts
