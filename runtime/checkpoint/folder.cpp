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

tl::expected<std::string, std::string> read_text(const std::string& path) {
  const auto file = graph::Bytes::map(path);
  if (!file) return tl::unexpected(file.error());
  return std::string(file->view());
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

// An exception (memory, or LibTorch on the way from a device) is a failure like another.
template <class Body>
Done attempt(const Body& body) {
  try {
    return body();
  } catch (const std::exception& e) {
    return tl::unexpected(std::string(e.what()));
  }
}

// What a process leaves for the first one, beside its files.
std::string part_of_manifest(int rank) { return fmt::format("{}.{}", kManifest, rank); }

// The parts of all processes, in the first one's view.
tl::expected<Manifest, std::string> collect(const fs::path& at, int parts) {
  Manifest all;
  for (int rank = 0; rank < parts; ++rank) {
    const auto path = at / part_of_manifest(rank);
    const auto text = read_text(path);
    if (!text)
      return tl::unexpected(
          fmt::format("{}, which rank {} has written: the folder must be on a file system that all "
                      "hosts share",
                      text.error(), rank));
    auto part = parse_manifest(*text);
    if (!part) return tl::unexpected(fmt::format("'{}': {}", path.string(), part.error()));
    all.merge(std::move(*part));
    fs::remove(path);
  }
  return all;
}

// Which file has which tensor, as Hugging Face's libraries read it.
tl::expected<std::string, std::string> index_text(const fs::path& at, const char* stem, int parts) {
  nlohmann::json map = nlohmann::json::object();
  std::uint64_t bytes = 0;
  for (int part = 0; part < parts; ++part) {
    const auto name = tensors_file(stem, part, parts);
    const auto file = bind::SafetensorsFile::open(at / name);
    if (!file) return tl::unexpected(file.error().diagnostics.front().message);
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

// `sums` of this process; for others to read too, where there are others.
Done write_tensors_of(const fs::path& at, const Content& content, const Writers& writers, Manifest& sums) {
  Files files(at);
  for (const auto& [stem, tensors] : {std::pair(kModel, &content.model), std::pair(kOptimizer, &content.optimizer)}) {
    files.add(tensors_file(stem, writers.rank, writers.size),
              [&](const std::string& path) { return write_tensors(path, *tensors); });
  }
  auto written = std::move(files).verified();
  if (!written) return tl::unexpected(written.error());
  sums = std::move(*written);
  if (writers.size == 1) return {};
  return without_value(write_text(at / part_of_manifest(writers.rank), to_text(sums)));
}

// What there is once; the manifest last.
Done write_rest(const fs::path& at, const Content& content, Manifest sums, int parts) {
  if (parts > 1) {
    auto all = collect(at, parts);
    if (!all) return tl::unexpected(all.error());
    sums = std::move(*all);
  }
  Files files(at);
  const auto add_text = [&](const std::string& name, const std::string& text) {
    files.add(name, [&](const std::string& path) { return write_text(path, text); });
  };
  add_text(kPlan, content.plan);
  add_text(kState, content.state.dump(1) + "\n");
  for (const char* stem : {kModel, kOptimizer}) {
    if (parts == 1) continue;
    const auto index = index_text(at, stem, parts);
    if (!index) return tl::unexpected(index.error());
    add_text(tensors_index(stem), *index);
  }
  auto all = std::move(files).verified();
  if (!all) return tl::unexpected(all.error());
  all->merge(std::move(sums));
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
  // Each step is made by all or by the first, and all know what came of it.
  const auto together = [&](bool mine, const auto& step) { return agree(writers, mine ? attempt(step) : Done()); };
  const bool first = writers.rank == 0;
  Manifest sums;
  auto done = together(first, [&]() -> Done {
    if (auto made = make_folders(folder); !made) return made;
    return make_unfinished(unfinished);
  });
  if (done) done = together(true, [&] { return write_tensors_of(unfinished, content, writers, sums); });
  if (done) {
    done = together(first, [&]() -> Done {
      if (auto written = write_rest(unfinished, content, std::move(sums), writers.size); !written) return written;
      fs::rename(unfinished, fs::path(folder) / name);
      return sync_folder(folder);
    });
  }
  if (!done) return tl::unexpected(unwritable(folder, name, done.error()));
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
