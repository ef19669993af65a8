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

tl::expected<Manifest, std::string> write_files(const fs::path& at, const Content& content) {
  Manifest manifest;
  const auto add = [&](const char* name, Written sum) -> tl::expected<void, std::string> {
    if (!sum) return tl::unexpected(sum.error());
    manifest.emplace(name, std::move(*sum));
    return {};
  };
  auto done = add(kPlan, write_text(at / kPlan, content.plan));
  if (done) done = add(kState, write_text(at / kState, content.state.dump(1) + "\n"));
  if (done) done = add(kModel, write_tensors(at / kModel, content.model));
  if (done) done = add(kOptimizer, write_tensors(at / kOptimizer, content.optimizer));
  if (!done) return tl::unexpected(done.error());
  return manifest;
}

tl::expected<void, std::string> write_folder(const fs::path& at, const Content& content) {
  std::error_code error;
  fs::remove_all(at, error);
  fs::create_directory(at, error);
  if (error) return tl::unexpected(fmt::format("'{}' cannot be made: {}", at.string(), error.message()));
  auto manifest = write_files(at, content);
  if (!manifest) return tl::unexpected(manifest.error());
  if (auto written = write_text(at / kManifest, to_text(*manifest)); !written) return tl::unexpected(written.error());
  for (const auto& [name, sum] : *manifest) {
    if (auto same = verify(at / name, sum); !same) return same;
  }
  return sync_folder(at);
}

// Makes a folder and those above it, each durably in its parent.
tl::expected<void, std::string> make_folders(const fs::path& path) {
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

tl::expected<void, Error> save(const std::string& folder, const std::string& name, const Content& content) {
  const auto failed = [&](const std::string& why) { return tl::unexpected(unwritable(folder, name, why)); };
  const auto unfinished = fs::path(folder) / (kUnfinished + name);
  if (auto made = make_folders(folder); !made) return failed(made.error());
  if (auto written = write_folder(unfinished, content); !written) return failed(written.error());
  std::error_code error;
  fs::rename(unfinished, fs::path(folder) / name, error);
  if (error) return failed(fmt::format("'{}' cannot be renamed: {}", unfinished.string(), error.message()));
  if (auto synced = sync_folder(folder); !synced) return failed(synced.error());
  return {};
}

tl::expected<Loaded, Error> load(const std::string& path) {
  if (auto whole = verify_all(path); !whole) return tl::unexpected(std::move(whole.error()));
  const auto at = fs::path(path);
  auto plan = read_text(at / kPlan);
  auto state = read_text(at / kState);
  auto model = bind::SafetensorsFile::open(at / kModel);
  auto optimizer = bind::SafetensorsFile::open(at / kOptimizer);
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
