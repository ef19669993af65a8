// Checkpoints as folders: `plan.ftsplan`, `state.json`, `model.safetensors`, `optimizer.safetensors` and a manifest; of
// several processes each writes a part of the tensors in a file of its own. A folder is made under another name, synced
// and renamed, so that one with a checkpoint's name is whole.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/checkpoint_files.hpp"
#include "runtime/bind/safetensors.hpp"
#include "runtime/checkpoint/stored_tensors.hpp"

namespace fts::checkpoint {

struct Content {
  std::string plan;  // the text of the plan
  nlohmann::json state;
  // By name: parameters and buffers, frozen ones too; "<parameter>.<slot>", and "<parameter>.grad" in a gathering of
  // batches. Of several writers each has its part of both.
  std::vector<bind::TensorToWrite> model;
  std::vector<bind::TensorToWrite> optimizer;
};

// The processes that write one checkpoint together, into a folder that all of them see.
struct Writers {
  int rank = 0;
  int size = 1;
  // What all of them say, by rank. Called in the thread that saves; where a process is gone it throws.
  std::function<std::vector<std::string>(const std::string& text)> exchange;
};

// A checkpoint that was read and found whole.
struct Loaded {
  std::string path;
  std::string plan;
  nlohmann::json state;
  StoredTensors model;
  StoredTensors optimizer;
};

// The name of a checkpoint: "000012-epoch3". The number orders the checkpoints of a run and is never used twice.
[[nodiscard]] std::string make_name(std::uint64_t sequence, const std::string& what);

// Saves below `folder` (which is made if need be), reads the files back and compares them. When it returns, the
// checkpoint is on the disk, in every process that writes it. FTS1103 names the file and the system's reason, in every
// process; then nothing of that name is there. Throws what `writers.exchange` throws.
[[nodiscard]] tl::expected<void, Error> save(const std::string& folder, const std::string& name, const Content& content,
                                             const Writers& writers = {});

// FTS1103 of a checkpoint that could not be saved; what there is of it is removed.
[[nodiscard]] Error unwritable(const std::string& folder, const std::string& name, const std::string& why);

// Reads and verifies one checkpoint. FTS1101 names the file, and the byte where it is damaged.
[[nodiscard]] tl::expected<Loaded, Error> load(const std::string& path);

// The number of the next checkpoint below a folder.
[[nodiscard]] std::uint64_t next_sequence(const std::string& folder);

// Removes a checkpoint; a half removed one is not seen as whole. What cannot be removed stays.
void remove(const std::string& folder, const std::string& name);
// Removes what a killed run left half made or half removed.
void clean(const std::string& folder);

}  // namespace fts::checkpoint
