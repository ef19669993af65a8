#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>

#include "compiler/base/error.hpp"
#include "compiler/graph/input.hpp"

namespace fts::graph {

namespace {

struct Stream {
  z_stream z{};
  int status = Z_OK;
  explicit Stream(int window) { status = inflateInit2(&z, window); }
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

constexpr int kGzip = 16 + MAX_WBITS;
constexpr int kRaw = -MAX_WBITS;

uInt clamp(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

std::string reason(const z_stream& z) { return z.msg != nullptr ? z.msg : "it ends too early"; }

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

tl::expected<Bytes, std::string> inflate(std::string_view gzip, std::size_t limit) {
  Stream s(kGzip);
  if (s.status != Z_OK) return tl::unexpected(std::string("zlib cannot be set up"));
  // Deflate cannot do better than 1032:1, so a small file needs little room; untouched pages cost nothing anyway.
  const std::size_t room = std::min(limit, gzip.size() > limit / 1040 ? limit : gzip.size() * 1040) + 1;
  auto out = Bytes::allocate(room);
  if (!out) return out;
  std::size_t taken = 0;
  std::size_t made = 0;
  while (true) {
    s.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data() + taken));  // zlib does not write to it
    s.z.avail_in = clamp(gzip.size() - taken);
    s.z.next_out = reinterpret_cast<Bytef*>(out->data() + made);
    s.z.avail_out = clamp(room - made);
    const uInt in = s.z.avail_in;
    const uInt space = s.z.avail_out;
    const int status = ::inflate(&s.z, Z_NO_FLUSH);
    taken += in - s.z.avail_in;
    made += space - s.z.avail_out;
    if (made > limit) return tl::unexpected(fmt::format("the text in it has more than {} bytes", limit));
    if (status == Z_STREAM_END) {
      if (!is_gzip(gzip.substr(taken))) break;
      inflateReset(&s.z);  // another member
    } else if (status != Z_OK || (in == s.z.avail_in && space == s.z.avail_out)) {
      return tl::unexpected(fmt::format("it is not gzip data at byte {}: {}", taken, reason(s.z)));
    }
  }
  if (taken != gzip.size())
    return tl::unexpected(fmt::format("something that is not gzip data begins at byte {}", taken));
  out->truncate(made);
  return out;
}

tl::expected<Bytes, std::string> inflate_raw(std::string_view deflated, std::size_t size) {
  Stream s(kRaw);
  if (s.status != Z_OK) return tl::unexpected(std::string("zlib cannot be set up"));
  FTS_CHECK(size < std::numeric_limits<uInt>::max() - 1);
  auto out = Bytes::allocate(size + 1);  // one more, to see that it ends
  if (!out) return out;
  if (deflated.size() > std::numeric_limits<uInt>::max()) return tl::unexpected(std::string("it is too large"));
  s.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));  // zlib does not write to it
  s.z.avail_in = static_cast<uInt>(deflated.size());
  s.z.next_out = reinterpret_cast<Bytef*>(out->data());
  s.z.avail_out = static_cast<uInt>(size + 1);
  if (::inflate(&s.z, Z_FINISH) != Z_STREAM_END) return tl::unexpected(reason(s.z));
  if (s.z.total_out != size) return tl::unexpected(fmt::format("it has {} bytes and not {}", s.z.total_out, size));
  out->truncate(size);
  return out;
}

std::uint32_t crc32_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace fts::graph
