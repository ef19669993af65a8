// Saves checkpoints in a thread of its own, one after the other, so that training goes on meanwhile.
#pragma once
#include <future>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/checkpoint/folder.hpp"

namespace fts::checkpoint {

// Its functions are for one thread. Destroying it waits for what is being written.
class Writer {
 public:
  // Begins to save, with the other `writers`; when that is durable, the checkpoints `then_remove` of the folder go. The
  // tensors may not change until the checkpoint is told of by finished(). Nothing may be in progress: see finished().
  void start(std::string folder, std::string name, Content content, Writers writers,
             std::vector<std::string> then_remove);

  // The name of the checkpoint that has become durable since the last call, or nothing: none has; `wait` waits for the
  // one in progress. FTS1103 if it could not be saved. Throws what `writers.exchange` threw.
  [[nodiscard]] tl::expected<std::optional<std::string>, Error> finished(bool wait);

 private:
  using Saved = tl::expected<std::optional<std::string>, Error>;
  std::future<Saved> in_progress_;
};

}  // namespace fts::checkpoint
