// Fine-tuning a LibTorch module under a schedule. A program opens a session and loops over its epochs; phases, moves,
// checkpoints and the end are the session's.
//
//   auto session = fts::Session::open(*model, "minilm.fts", {.checkpoints = "runs/a"}).value();
//   for (auto& epoch : session.epochs()) {
//     for (auto& batch : epoch.shard(train)) session.step(loss_of(model, batch));
//     epoch.finish({{"val_loss", evaluate(model)}});
//   }
//   return session.result();
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/bind/load_weights.hpp"
#include "runtime/session/batches.hpp"
#include "runtime/session/observe/observer.hpp"

namespace at {
class Tensor;
}
namespace torch::nn {
class Module;
}
namespace torch::optim {
class Optimizer;
}

namespace fts {

class World;

namespace plan {
struct Plan;
struct Spec;
}  // namespace plan
namespace session {
class Run;
}

struct Options {
  std::shared_ptr<World> world;  // the processes of this run; null: those that a launcher's variables tell of, if the
                                 // strategy is one for several
  // After the run each process has the whole weights in its module. If not, and where one of several processes has
  // failed, sharded parameters are empty once the session is gone.
  bool whole_at_end = true;
  std::string strategy;                       // one of the file's; needed only if it has several
  std::map<std::string, std::string> inputs;  // values of the file's `input`s
  // What the module's values are read from: a `.safetensors` file, an index of several or a folder with either. Each
  // process reads only what it keeps, so that a module made under MetaInit may be larger than a process. Empty: the
  // module has its values, and several processes start from rank 0's. FTS1008 tells all that does not fit.
  std::string weights;
  LoadOptions weights_options;
  std::string checkpoints;  // folder for checkpoints; empty: none on disk, the best is kept in memory
  std::string resume;       // a checkpoint, or a folder of them: continue after the last complete one
  // What the program's batches depend on, by name ("batch_size": "32"). A checkpoint keeps it, and one that was taken
  // in the middle of an epoch goes on only where what both name is the same (FTS1102).
  std::map<std::string, std::string> batching;
  // The program's own, for a schedule that names none. Class, arguments and groups of the optimizer are taken over;
  // its step() is not called. The scheduler is one of the language's ("step") with PyTorch's arguments.
  std::shared_ptr<torch::optim::Optimizer> optimizer;
  std::shared_ptr<const plan::Spec> lr_scheduler;
  // Adapters by strategy name, before the strategy's own: the name of one that is registered (FTS_REGISTER_ADAPTER) or
  // found in FTS_ADAPTER_PATH, or "x.so", "x.so:Class". Empty values count for nothing.
  std::map<std::string, std::string> adapters;
  std::string adapter_folder;     // where "x.so" is looked for first; empty: the file's folder
  bool allow_untested = false;    // `base` stands in for an adapter that the runtime lacks, with a warning
  std::optional<int> max_epochs;  // in place of the schedule's; -1: no limit
  bool progress = true;           // a progress line on stderr
  std::string log;                // a JSONL file; empty: none
  int log_every_n_steps = 10;
  std::vector<std::shared_ptr<Observer>> observers;  // the program's own
};

// What came of a run.
struct Result {
  std::string reason;                    // why it ended: "plateau: val_loss has not improved for 2 epochs"
  std::int64_t epochs = 0;               // finished, those before a resume too
  std::int64_t steps = 0;                // optimizer steps, likewise
  int depth = 0;                         // the phase it ended in
  std::vector<MoveEvent> moves;          // since the session was opened
  std::optional<std::int64_t> restored;  // the epoch whose weights the module now has; none: the last one's
  std::string checkpoint;                // the last one that was saved; empty: none
  bool stopped = false;                  // by Session::stop
  std::vector<Diagnostic> warnings;
};

// One pass over the program's data. References stay valid while the session lives.
class Epoch {
 public:
  [[nodiscard]] std::int64_t index() const;        // from 0, over all phases
  [[nodiscard]] int depth() const;                 // the phase that trains
  [[nodiscard]] const std::string& phase() const;  // its name
  // Batches that a resumed run has trained already; shard() passes over them. 0 but after such a resume.
  [[nodiscard]] std::int64_t start_step() const;
  // The mean of the losses that this process has given step() in this epoch, those before a resume too; none before the
  // first.
  [[nodiscard]] std::optional<double> mean_loss() const;

  // The batches of this process: the loader as it is for one process, else every n-th batch, as many for each (what a
  // last round lacks is made up with its first batch). All processes give the same loader. The loop ends early when the
  // run ends.
  template <class Loader>
  [[nodiscard]] Batches<Loader> shard(Loader&& loader) {
    return Batches<Loader>(std::forward<Loader>(loader), control());
  }

  // Ends the epoch: the metrics that the schedule watches must be among these (FTS1003, latched). An epoch that the
  // program does not finish ends without metrics.
  void finish(const Metrics& metrics = {});
  // Ends an epoch after which the program does not validate: what looks at metrics waits for the next one that does.
  void finish_without_validation();

 private:
  friend class session::Run;
  explicit Epoch(session::Run& run) : run_(&run) {}
  [[nodiscard]] BatchControl& control();
  session::Run* run_;
};

class Session {
 public:
  // Opens a `.fts` file, which is compiled for this module, or a `.ftsplan`. The module must outlive the session; its
  // parameters are frozen and thawed from here on. Errors: all that is wrong with the file; FTS1001 where the plan is
  // for another model, with every difference; FTS1002 with all that the runtime lacks; FTS11xx of a resume.
  [[nodiscard]] static tl::expected<Session, Error> open(torch::nn::Module& module, const std::string& path,
                                                         const Options& options = {});
  // Opens a plan that the program has at hand.
  [[nodiscard]] static tl::expected<Session, Error> open(torch::nn::Module& module, plan::Plan plan,
                                                         const Options& options = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // The epochs until the schedule ends the run or an error is latched. To be looped over once.
  class Epochs;
  [[nodiscard]] Epochs epochs();

  // Backward of a batch's loss and, when enough batches are gathered, clipping, the optimizer's and the scheduler's
  // step. False: the run has ended, or has failed (the error is latched, and both loops end).
  bool step(const at::Tensor& loss);
  // The same for a loss that can be computed again: an optimizer that searches (lbfgs) asks for it several times a
  // step, at other weights; any other asks once.
  bool step(const std::function<at::Tensor()>& loss_of);

  // As step() up to its gradients, over all processes, which are then dropped: for a dry run, before epochs(). False:
  // an error is latched.
  bool try_step(const at::Tensor& loss);

  // Saves a checkpoint now, between any two steps, and waits until it is on the disk: for a program that is told to
  // stop. False: there is no folder for it (Options::checkpoints), or the run has ended or failed.
  bool save();

  // Saves, if there is a folder for checkpoints, and ends both loops; the weights stay as they are.
  void stop(const std::string& reason);

  // Whether an error is latched or stop() has ended the run: then nothing wants the metrics of this epoch any more.
  [[nodiscard]] bool broken_off() const;

  // After the loops: what came of the run, or the error that ended it.
  [[nodiscard]] tl::expected<Result, Error> result();

  [[nodiscard]] const plan::Plan& plan() const;

 private:
  explicit Session(std::unique_ptr<session::Run> run);
  std::unique_ptr<session::Run> run_;
};

class Session::Epochs {
 public:
  struct Sentinel {};
  class iterator {
   public:
    explicit iterator(session::Run& run);  // enters the first epoch
    Epoch& operator*() const { return *epoch_; }
    iterator& operator++();
    bool operator!=(Sentinel) const { return epoch_ != nullptr; }

   private:
    session::Run* run_;
    Epoch* epoch_;
  };
  [[nodiscard]] iterator begin() { return iterator(*run_); }
  [[nodiscard]] Sentinel end() const { return {}; }

 private:
  friend class Session;
  explicit Epochs(session::Run& run) : run_(&run) {}
  session::Run* run_;
};

}  // namespace fts
