#include "runtime/bind/mapped_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fts::bind {

namespace {

std::string failure(const std::string& path, const char* what) {
  return fmt::format("'{}' cannot be {}: {}", path, what, std::strerror(errno));
}

}  // namespace

tl::expected<MappedFile, std::string> MappedFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(failure(path, "opened"));
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return tl::unexpected(fmt::format("'{}' is no file", path));
  }
  MappedFile file;
  file.size_ = static_cast<std::size_t>(info.st_size);
  if (file.size_ != 0) {  // an empty mapping is an error of mmap, an empty file none of ours
    void* data = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
      auto error = failure(path, "mapped");
      ::close(fd);
      file.size_ = 0;
      return tl::unexpected(std::move(error));
    }
    file.data_ = data;
  }
  ::close(fd);
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<void*>(data_), size_);
}

}  // namespace fts::bind
