#include "runtime/checkpoint/folder.hpp"

#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/graph/input.hpp"
#include "runtime/checkpoint/durable.hpp"

namespace fts::checkpoint {

namespace fs = std::filesystem;

namespace {

using Written = tl::expected<FileSum, std::string>;

Written write_text(const std::string& path, const std::string& text) {
  auto file = DurableFile::create(path);
  if (!file) return tl::unexpected(file.error());
  if (auto done = file->write(text.data(), text.size()); !done) return tl::unexpected(done.error());
  return file->finish();
}

using Done = tl::expected<void, std::string>;

template <class T>
Done without_value(const tl::expected<T, std::string>& result) {
  if (!result) return tl::unexpected(result.error());
  return {};
}

// Files that are there, with their sums.
class Files {
 public:
  explicit Files(fs::path at) : at_(std::move(at)) {}
  // Takes what was written; after a failure nothing more is.
  template <class Write>
  void add(const std::string& name, const Write& write) {
    if (!done_) return;
    auto sum = write((at_ / name).string());
    if (sum) {
      manifest_.emplace(name, std::move(*sum));
    } else {
      done_ = tl::unexpected(sum.error());
    }
  }
  // Reads them back.
  [[nodiscard]] tl::expected<Manifest, std::string> verified() && {
    for (const auto& [name, sum] : manifest_) {
      if (done_) done_ = verify(at_ / name, sum);
    }
    if (!done_) return tl::unexpected(done_.error());
    return std::move(manifest_);
  }

 private:
  fs::path at_;
  Manifest manifest_;
  Done done_;
};

// What went wrong in any process, in all of them.
Done agree(const Writers& writers, const Done& mine) {
  if (writers.size == 1) return mine;
  const auto said = writers.exchange(mine ? "" : mine.error());
  for (int rank = 0; rank < writers.size; ++rank) {
    const auto& text = said[static_cast<std::size_t>(rank)];
    if (!text.empty()) return tl::unexpected(rank == writers.rank ? text : fmt::format("rank {}: {}", rank, text));
  }
  return {};
}

// The parts of all processes, in the first one's view.
tl::expected<Manifest, std::string> collect(const fs::path& at, Manifest own, const Writers& writers) {
  if (writers.size == 1) return own;
  const auto said = writers.exchange(to_text(own));
  Manifest all = std::move(own);
  for (const auto& text : said) {
    auto theirs = parse_manifest(text);
    if (!theirs) return tl::unexpected(theirs.error());
    for (auto& [name, sum] : *theirs) {
      std::error_code error;
      if (writers.rank == 0 && fs::file_size(at / name, error) != sum.size)
        return tl::unexpected(
            fmt::format("another process has written '{}', which is not to be seen here: the folder "
                        "must be on a file system that all hosts share",
                        (at / name).string()));
      all.emplace(name, std::move(sum));
    }
  }
  return all;
}

// Which file has which tensor, as Hugging Face's libraries read it.
std::string index_text(const fs::path& at, const char* stem, int parts) {
  nlohmann::json map = nlohmann::json::object();
  std::uint64_t bytes = 0;
  for (int part = 0; part < parts; ++part) {
    const auto name = tensors_file(stem, part, parts);
    const auto file = bind::SafetensorsFile::open(at / name);
    if (!file) continue;  // its sum tells of it
    for (const auto& info : file->header().tensors) {
      map[info.name] = name;
      bytes += info.end - info.begin;
    }
  }
  return nlohmann::json{{"metadata", {{"total_size", bytes}}}, {"weight_map", map}}.dump(1) + "\n";
}

Done make_unfinished(const fs::path& at) {
  std::error_code error;
  fs::remove_all(at, error);
  fs::create_directory(at, error);
  if (error) return tl::unexpected(fmt::format("'{}' cannot be made: {}", at.string(), error.message()));
  return {};
}

tl::expected<Manifest, std::string> write_tensors_of(const fs::path& at, const Content& content,
                                                     const Writers& writers) {
  try {
    Files files(at);
    for (const auto& [stem, tensors] : {std::pair(kModel, &content.model), std::pair(kOptimizer, &content.optimizer)}) {
      files.add(tensors_file(stem, writers.rank, writers.size),
                [&](const std::string& path) { return write_tensors(path, *tensors); });
    }
    return std::move(files).verified();
  } catch (const std::exception& e) {  // memory, or LibTorch on the way from a device
    return tl::unexpected(std::string(e.what()));
  }
}

// What there is once; the manifest last.
Done write_rest(const fs::path& at, const Content& content, Manifest tensors, int parts) {
  Files files(at);
  const auto add_text = [&](const std::string& name, const std::string& text) {
    files.add(name, [&](const std::string& path) { return write_text(path, text); });
  };
  add_text(kPlan, content.plan);
  add_text(kState, content.state.dump(1) + "\n");
  for (const char* stem : {kModel, kOptimizer}) {
    if (parts > 1) add_text(tensors_index(stem), index_text(at, stem, parts));
  }
  auto all = std::move(files).verified();
  if (!all) return tl::unexpected(all.error());
  all->merge(std::move(tensors));
  if (auto written = write_text(at / kManifest, to_text(*all)); !written) return tl::unexpected(written.error());
  return sync_folder(at);
}

// Makes a folder and those above it, each durably in its parent.
Done make_folders(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> missing;
  for (auto p = fs::absolute(path, error); !error && !fs::exists(p, error); p = p.parent_path()) missing.push_back(p);
  for (; !missing.empty(); missing.pop_back()) {
    fs::create_directory(missing.back(), error);
    if (error) return tl::unexpected(fmt::format("'{}' cannot be made: {}", missing.back().string(), error.message()));
    if (auto synced = sync_folder(missing.back().parent_path()); !synced) return synced;
  }
  return {};
}

tl::expected<std::string, std::string> read_text(const std::string& path) {
  const auto file = graph::Bytes::map(path);
  if (!file) return tl::unexpected(file.error());
  return std::string(file->view());
}

}  // namespace

std::string make_name(std::uint64_t sequence, const std::string& what) {
  return fmt::format("{:06}-{}", sequence, what);
}

Error unwritable(const std::string& folder, const std::string& name, const std::string& why) {
  std::error_code ignored;
  fs::remove_all(fs::path(folder) / (kUnfinished + name), ignored);
  return make_error(Code::checkpoint_unwritable, fmt::format("the checkpoint '{}' was not saved: {}", name, why),
                    "the checkpoints before it are whole; free space or choose another folder");
}

tl::expected<void, Error> save(const std::string& folder, const std::string& name, const Content& content,
                               const Writers& writers) {
  const auto unfinished = fs::path(folder) / (kUnfinished + name);
  const bool first = writers.rank == 0;
  const auto failed = [&](const Done& done) { return tl::unexpected(unwritable(folder, name, done.error())); };
  const auto finish = [&](Manifest tensors) -> Done {
    if (auto written = write_rest(unfinished, content, std::move(tensors), writers.size); !written) return written;
    std::error_code error;
    fs::rename(unfinished, fs::path(folder) / name, error);
    if (error) return tl::unexpected(fmt::format("'{}' cannot be renamed: {}", unfinished.string(), error.message()));
    return sync_folder(folder);
  };
  Done made;
  if (first) made = make_folders(folder);
  if (first && made) made = make_unfinished(unfinished);
  if (made = agree(writers, made); !made) return failed(made);
  auto tensors = write_tensors_of(unfinished, content, writers);
  if (auto written = agree(writers, without_value(tensors)); !written) return failed(written);
  tensors = collect(unfinished, std::move(*tensors), writers);
  auto finished = without_value(tensors);
  if (first && finished) finished = finish(std::move(*tensors));
  if (finished = agree(writers, finished); !finished) return failed(finished);
  return {};
}

tl::expected<Loaded, Error> load(const std::string& path) {
  const auto manifest = verify_all(path);
  if (!manifest) return tl::unexpected(manifest.error());
  const auto at = fs::path(path);
  const auto tensors = [&](const char* stem) {
    auto paths = tensors_files(*manifest, stem);
    for (auto& name : paths) name = at / name;
    return StoredTensors::open(paths);
  };
  auto plan = read_text(at / kPlan);
  auto state = read_text(at / kState);
  auto model = tensors(kModel);
  auto optimizer = tensors(kOptimizer);
  if (!plan) return tl::unexpected(unreadable(path, plan.error()));
  if (!state) return tl::unexpected(unreadable(path, state.error()));
  if (!model) return tl::unexpected(std::move(model.error()));
  if (!optimizer) return tl::unexpected(std::move(optimizer.error()));
  auto json = nlohmann::json::parse(*state, nullptr, false);
  if (json.is_discarded())
    return tl::unexpected(unreadable(path, fmt::format("'{}' is no JSON", (at / kState).string())));
  return Loaded{path, std::move(*plan), std::move(json), std::move(*model), std::move(*optimizer)};
}

std::uint64_t next_sequence(const std::string& folder) {
  const auto names = list(folder);
  return names.empty() ? 1 : sequence_of(names.back()) + 1;
}

void remove(const std::string& folder, const std::string& name) {
  const auto doomed = fs::path(folder) / (kUnfinished + name);
  std::error_code error;
  fs::rename(fs::path(folder) / name, doomed, error);
  if (!error) fs::remove_all(doomed, error);
}

void clean(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> doomed;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with(kUnfinished)) doomed.push_back(it->path());
  }
  for (const auto& path : doomed) fs::remove_all(path, error);
}

}  // namespace fts::checkpoint
