// The processes of a run: who they are, the groups they form, and what to say when one of them is gone. Collectives go
// through c10d alone.
#pragma once
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <c10/core/Device.h>
#include <tl/expected.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "compiler/base/error.hpp"
#include "runtime/comm/exchange.hpp"
#include "runtime/comm/group.hpp"
#include "runtime/comm/heartbeat.hpp"
#include "runtime/comm/rendezvous.hpp"

namespace fts {

namespace comm {

// Set-up may wait for slow hosts; a collective of training that takes this long has lost a rank.
struct Timeouts {
  std::chrono::milliseconds setup = std::chrono::minutes(5);
  std::chrono::milliseconds train = std::chrono::minutes(30);
};

// Ranks along two dimensions: rank = data * tensor_size + tensor.
struct Mesh {
  Group data;    // the ranks that hold the same part of each split module
  Group tensor;  // the ranks that split modules among them
};

// A rank's word that it waits, and how often it has had to say so.
struct Waiting {
  std::string kind;
  std::int64_t number = 0;
  std::int64_t times = 0;
  std::string doing;
};

// A failed collective with what World::explain() found out about it: what comes out of a model's forward.
struct RankLost : std::runtime_error {
  explicit RankLost(Error found) : std::runtime_error(found.text()), error(std::move(found)) {}
  Error error;
};

}  // namespace comm

class World {
 public:
  // Joins the run that the environment describes (torchrun, SLURM, Open MPI), or makes a world of one process.
  // FTS1401: the variables do not say it, or the ranks do not meet within `setup`.
  [[nodiscard]] static tl::expected<std::shared_ptr<World>, Error> from_env(const comm::Timeouts& timeouts = {});
  [[nodiscard]] static tl::expected<std::shared_ptr<World>, Error> join(const comm::Rendezvous& rendezvous,
                                                                        const comm::Timeouts& timeouts = {});
  ~World();

  [[nodiscard]] int rank() const { return rendezvous_.rank; }
  [[nodiscard]] int size() const { return rendezvous_.size; }
  [[nodiscard]] int local_rank() const { return rendezvous_.local_rank; }
  // Where this rank computes: its CUDA device where the NCCL module is loaded, else the CPU.
  [[nodiscard]] c10::Device device() const { return device_; }

  // Every rank.
  [[nodiscard]] const comm::Group& all() const { return *all_; }
  // A communicator of its own over these ranks (ascending, this one among them): its collectives do not queue behind
  // those of other groups. Asked for again, by a second session of the program, it is the same one. All ranks of the
  // world ask for the same groups in the same order. Throws as collectives do.
  [[nodiscard]] comm::Group group(const std::string& name, const std::vector<int>& ranks);
  // The same, communicating between the CPUs whatever the device.
  [[nodiscard]] comm::Group cpu_group(const std::string& name, const std::vector<int>& ranks);
  [[nodiscard]] std::vector<int> ranks() const;
  // Data × tensor ranks, as the mesh of a plan says; data * tensor is size().
  [[nodiscard]] comm::Mesh mesh(int data, int tensor);

  // From here on collectives wait as long as training may take.
  void setup_done();

  // What every rank says, in the order of ranks: a collective through the store, for a few kilobytes now and then.
  // Throws CollectiveFailed, and Diverged where others do something else than what `doing` says.
  [[nodiscard]] std::vector<std::string> exchange(const std::string& text,
                                                  const std::string& doing = "waits for what the others say");
  // The same over a connection of its own, for one thread beside this one; it may outlive the world. All ranks ask for
  // as many in the same order.
  [[nodiscard]] std::function<std::vector<std::string>(const std::string&)> new_exchange();

  // What a failed collective means: finds out, within a few seconds, who is still there. FTS1402 with the
  // ranks that are gone, or with the backend's words where all of them answer.
  [[nodiscard]] Error explain(const std::string& what, const std::string& doing);
  // The ranks do different things, as `text` says: tells the others, gives them a moment to hear it, and throws
  // comm::Diverged.
  [[noreturn]] void diverged(const std::string& text);
  // For who waits for all others at a place that they all come to in one order, every kPatience: throws comm::Diverged
  // where another rank has said that the ranks diverged, or waits itself, at another place: of another kind, or more
  // than one on or behind. `doing`: the place in words.
  void waits(const std::string& kind, std::int64_t number, const std::string& doing);
  static constexpr std::chrono::milliseconds kPatience{2000};
  // A kind of place that is like no other of this world: all ranks ask for as many in the same order.
  [[nodiscard]] std::string new_kind(const std::string& name);
  // Where another rank waits, or has waited last; nothing: it never had to.
  [[nodiscard]] std::optional<comm::Waiting> waits_at(int rank);
  // For who waits for some ranks only.
  void throw_if_diverged();
  // Tells the other ranks something under a name, and reads what rank `of` told; empty: nothing within `patience`.
  void tell(const std::string& name, const std::string& text);
  [[nodiscard]] std::string told(const std::string& name, int of, std::chrono::milliseconds patience) const;

 private:
  void leave_together();
  [[nodiscard]] comm::Group make_group(const std::string& name, const std::vector<int>& ranks, c10::Device device);

  World(comm::Rendezvous rendezvous, comm::Timeouts timeouts, c10::intrusive_ptr<c10d::Store> store);

  comm::Rendezvous rendezvous_;
  comm::Timeouts timeouts_;
  std::chrono::milliseconds timeout_;  // of groups made now
  c10::Device device_;
  c10::intrusive_ptr<c10d::Store> store_;
  std::unique_ptr<comm::Heartbeat> heartbeat_;  // where there are others
  std::unique_ptr<comm::Group> all_;
  struct MadeGroup {
    comm::Group group;
    c10::Device device;
  };
  std::vector<MadeGroup> groups_;
  comm::Exchange exchange_;
  int exchanges_ = 0;  // new ones
  int kinds_ = 0;      // likewise
  // Where this rank waits, and what the next one, if it waits elsewhere, has last said meanwhile, and how often.
  std::pair<std::string, std::int64_t> place_;
  std::int64_t waited_ = 0;
  std::pair<std::int64_t, int> elsewhere_;
  bool broken_ = false;  // some collective may never end
};

}  // namespace fts
