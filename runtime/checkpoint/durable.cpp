#include "runtime/checkpoint/durable.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

namespace fts::checkpoint {

namespace {

std::string failure(const std::string& path, const char* what) {
  return fmt::format("'{}' cannot be {}: {}", path, what, std::strerror(errno));
}

XXH3_state_t* state(void* hash) { return static_cast<XXH3_state_t*>(hash); }

}  // namespace

DurableFile::DurableFile(std::string path, int fd) : path_(std::move(path)), fd_(fd), hash_(XXH3_createState()) {
  XXH3_64bits_reset(state(hash_));
}

DurableFile::DurableFile(DurableFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      sum_(std::move(other.sum_)),
      hash_(std::exchange(other.hash_, nullptr)),
      in_piece_(other.in_piece_) {}

DurableFile::~DurableFile() {
  if (fd_ >= 0) ::close(fd_);
  XXH3_freeState(state(hash_));
}

tl::expected<DurableFile, std::string> DurableFile::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return tl::unexpected(failure(path, "created"));
  return DurableFile(path, fd);
}

void DurableFile::digest(const char* data, std::size_t size) {
  sum_.size += size;
  while (size != 0) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size, kPiece - in_piece_));
    XXH3_64bits_update(state(hash_), data, part);
    data += part;
    size -= part;
    in_piece_ += part;
    if (in_piece_ != kPiece) continue;
    sum_.pieces.push_back(XXH3_64bits_digest(state(hash_)));
    XXH3_64bits_reset(state(hash_));
    in_piece_ = 0;
  }
}

tl::expected<void, std::string> DurableFile::write(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const char*>(data);
  digest(bytes, size);
  while (size != 0) {
    const auto written = ::write(fd_, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected(failure(path_, "written"));
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return {};
}

namespace {
// A signal is no failure of the disk.
bool synced(int fd) {
  int status = 0;
  do status = ::fsync(fd);
  while (status != 0 && errno == EINTR);
  return status == 0;
}
}  // namespace

tl::expected<FileSum, std::string> DurableFile::finish() {
  if (in_piece_ != 0) sum_.pieces.push_back(XXH3_64bits_digest(state(hash_)));
  if (!synced(fd_)) return tl::unexpected(failure(path_, "synced"));
  if (::close(std::exchange(fd_, -1)) != 0) return tl::unexpected(failure(path_, "closed"));
  return sum_;
}

tl::expected<void, std::string> sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(failure(path, "opened"));
  const bool done = synced(fd);
  auto error = failure(path, "synced");
  ::close(fd);
  if (!done) return tl::unexpected(std::move(error));
  return {};
}

tl::expected<FileSum, std::string> write_tensors(const std::string& path,
                                                 const std::vector<bind::TensorToWrite>& tensors) {
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

}  // namespace fts::checkpoint
