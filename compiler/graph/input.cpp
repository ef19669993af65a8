#include "compiler/graph/input.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/error.hpp"

namespace fts::graph {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::string failure(const std::string& path) { return "cannot read '" + path + "': " + std::strerror(errno); }

// Closes a file descriptor at the end of its scope.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

Bytes& Bytes::operator=(Bytes&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(size_, other.size_);
  std::swap(room_, other.room_);
  return *this;
}

Bytes::~Bytes() {
  if (begin_ != nullptr) ::munmap(begin_, room_);
}

tl::expected<Bytes, std::string> Bytes::allocate(std::size_t size) {
  Bytes bytes;
  bytes.room_ = size + kPadding;
  void* const at =
      ::mmap(nullptr, bytes.room_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return tl::unexpected("there is no memory for " + std::to_string(size) + " bytes");
  bytes.begin_ = static_cast<char*>(at);
  bytes.size_ = size;
  if (size >= kHugePage) ::madvise(at, bytes.room_, MADV_HUGEPAGE);  // fewer faults; no matter if it is refused
  return bytes;
}

tl::expected<Bytes, std::string> Bytes::map(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a FIFO must not make us wait
  struct stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) return tl::unexpected(failure(path));
  if (S_ISDIR(status.st_mode)) return tl::unexpected("'" + path + "' is a folder, not a file");
  if (!S_ISREG(status.st_mode)) return tl::unexpected("'" + path + "' is not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  // Room that may only be read counts against no limit of a process' data. The file's pages go over its beginning; what
  // stays behind them is the padding.
  Bytes bytes;
  bytes.room_ = size + kPadding;
  void* const at = ::mmap(nullptr, bytes.room_, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return tl::unexpected(failure(path));
  bytes.begin_ = static_cast<char*>(at);
  bytes.size_ = size;
  if (size > 0 && ::mmap(at, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, file.number, 0) == MAP_FAILED)
    return tl::unexpected(failure(path));
  return bytes;
}

Bytes Bytes::copy(std::string_view text) {
  auto bytes = allocate(text.size());
  FTS_CHECK(bytes.has_value());
  std::copy(text.begin(), text.end(), bytes->begin_);
  return std::move(*bytes);
}

}  // namespace fts::graph
