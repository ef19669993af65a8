#include "runtime/checkpoint/folder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "runtime/bind/mapped_file.hpp"
#include "runtime/checkpoint/manifest.hpp"

namespace fts::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr const char* kUnfinished = ".unfinished-";
constexpr std::array kFiles = {"plan.ftsplan", "state.json", "model.safetensors", "optimizer.safetensors"};

using Written = tl::expected<FileSum, std::string>;

Written write_text(const std::string& path, const std::string& text) {
  auto file = DurableFile::create(path);
  if (!file) return tl::unexpected(file.error());
  if (auto done = file->write(text.data(), text.size()); !done) return tl::unexpected(done.error());
  return file->finish();
}

Written write_tensors(const std::string& path, const std::vector<bind::TensorToWrite>& tensors) {
  auto file = DurableFile::create(path);
  if (!file) return tl::unexpected(file.error());
  std::string error;
  const bool done = bind::write_safetensors(tensors, {{"format", "pt"}}, [&](const void* data, std::size_t size) {
    auto written = file->write(data, size);
    if (!written) error = written.error();
    return written.has_value();
  });
  if (!done) return tl::unexpected(error);
  return file->finish();
}

tl::expected<Manifest, std::string> write_files(const fs::path& at, const Content& content) {
  Manifest manifest;
  const auto add = [&](const char* name, Written sum) -> tl::expected<void, std::string> {
    if (!sum) return tl::unexpected(sum.error());
    manifest.emplace(name, std::move(*sum));
    return {};
  };
  auto done = add(kFiles[0], write_text(at / kFiles[0], content.plan));
  if (done) done = add(kFiles[1], write_text(at / kFiles[1], content.state.dump(1) + "\n"));
  if (done) done = add(kFiles[2], write_tensors(at / kFiles[2], content.model));
  if (done) done = add(kFiles[3], write_tensors(at / kFiles[3], content.optimizer));
  if (!done) return tl::unexpected(done.error());
  return manifest;
}

tl::expected<void, std::string> write_folder(const fs::path& at, const Content& content) {
  std::error_code error;
  fs::remove_all(at, error);
  fs::create_directories(at, error);
  if (error) return tl::unexpected(fmt::format("'{}' cannot be made: {}", at.string(), error.message()));
  auto manifest = write_files(at, content);
  if (!manifest) return tl::unexpected(manifest.error());
  if (auto written = write_text(at / kManifest, to_text(*manifest)); !written) return tl::unexpected(written.error());
  for (const auto& [name, sum] : *manifest) {
    if (auto same = verify(at / name, sum); !same) return same;
  }
  return sync_folder(at);
}

// The number at the beginning of a checkpoint's name.
std::optional<std::uint64_t> sequence_of(const std::string& name) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end == name.data() + name.size() || *end != '-') return std::nullopt;
  return number;
}

tl::expected<std::string, std::string> read_text(const std::string& path) {
  const auto file = bind::MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  return std::string(file->bytes());
}

tl::unexpected<Error> unreadable(const std::string& path, const std::string& why) {
  return tl::unexpected(make_error(Code::checkpoint_unreadable,
                                   fmt::format("the checkpoint '{}' cannot be used: {}", path, why),
                                   "remove its folder to continue from the one before it"));
}

}  // namespace

std::string make_name(std::uint64_t sequence, const std::string& what) {
  return fmt::format("{:06}-{}", sequence, what);
}

tl::expected<void, Error> save(const std::string& folder, const std::string& name, const Content& content) {
  const auto unwritable = [&](const std::string& why) {
    std::error_code ignored;
    fs::remove_all(fs::path(folder) / (kUnfinished + name), ignored);
    return tl::unexpected(make_error(Code::checkpoint_unwritable,
                                     fmt::format("the checkpoint '{}' was not saved: {}", name, why),
                                     "the checkpoints before it are whole; free space or choose another folder"));
  };
  const auto unfinished = fs::path(folder) / (kUnfinished + name);
  if (auto written = write_folder(unfinished, content); !written) return unwritable(written.error());
  std::error_code error;
  fs::rename(unfinished, fs::path(folder) / name, error);
  if (error) return unwritable(fmt::format("'{}' cannot be renamed: {}", unfinished.string(), error.message()));
  if (auto synced = sync_folder(folder); !synced) return unwritable(synced.error());
  return {};
}

tl::expected<Loaded, Error> load(const std::string& path) {
  const auto at = fs::path(path);
  const auto text = read_text(at / kManifest);
  if (!text) return unreadable(path, text.error());
  const auto manifest = parse_manifest(*text);
  if (!manifest) return unreadable(path, fmt::format("'{}': {}", (at / kManifest).string(), manifest.error()));
  for (const char* name : kFiles) {
    const auto sum = manifest->find(name);
    if (sum == manifest->end()) return unreadable(path, fmt::format("its manifest does not name '{}'", name));
    if (auto same = verify(at / name, sum->second); !same) return unreadable(path, same.error());
  }
  auto plan = read_text(at / kFiles[0]);
  auto state = read_text(at / kFiles[1]);
  auto model = bind::SafetensorsFile::open(at / kFiles[2]);
  auto optimizer = bind::SafetensorsFile::open(at / kFiles[3]);
  if (!plan) return unreadable(path, plan.error());
  if (!state) return unreadable(path, state.error());
  if (!model) return tl::unexpected(model.error());
  if (!optimizer) return tl::unexpected(optimizer.error());
  auto json = nlohmann::json::parse(*state, nullptr, false);
  if (json.is_discarded()) return unreadable(path, fmt::format("'{}' is no JSON", (at / kFiles[1]).string()));
  return Loaded{path, std::move(*plan), std::move(json), std::move(*model), std::move(*optimizer)};
}

std::vector<std::string> list(const std::string& folder) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const auto name = it->path().filename().string();
    const auto sequence = sequence_of(name);
    if (sequence && is_checkpoint(it->path())) found.emplace_back(*sequence, name);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [sequence, name] : found) names.push_back(std::move(name));
  return names;
}

std::uint64_t next_sequence(const std::string& folder) {
  const auto names = list(folder);
  return names.empty() ? 1 : *sequence_of(names.back()) + 1;
}

bool is_checkpoint(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(fs::path(path) / kManifest, error);
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
