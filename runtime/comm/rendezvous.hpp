// Who takes part in a run and where they meet, from what a launcher puts into the environment. No socket is opened
// here.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"

namespace fts::comm {

struct Rendezvous {
  int rank = 0;
  int size = 1;
  int local_rank = 0;   // on this host: picks the device
  std::string address;  // of the store; empty for one process
  std::uint16_t port = 0;
  bool store_of_agent = false;  // torchrun's agent hosts the store; otherwise rank 0 does
  std::string attempt = "0";  // torchrun's restart count: an attempt never reads what an earlier one left in the store
  std::string launcher;       // "torchrun", "SLURM", "Open MPI"; empty for one process

  friend bool operator==(const Rendezvous&, const Rendezvous&) = default;
};

// Looks a variable up; null: not set.
using Environment = std::function<const char*(const char* name)>;

// torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT) win over SLURM's and Open MPI's;
// without any of them the run has one process. FTS1401: a variable that is missing, no number or out of its range; all
// of them.
[[nodiscard]] tl::expected<Rendezvous, Error> rendezvous_from(const Environment& environment);

}  // namespace fts::comm
