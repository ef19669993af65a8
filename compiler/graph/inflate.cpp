#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>

#include "compiler/graph/input.hpp"

namespace fts::graph {

namespace {

struct Stream {
  z_stream z{};
  int status = Z_OK;
  Stream() { status = inflateInit2(&z, 16 + MAX_WBITS); }  // 16: gzip, not zlib
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

uInt clamp(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

std::string reason(const z_stream& z) { return z.msg != nullptr ? z.msg : "it ends too early"; }

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

tl::expected<Bytes, std::string> inflate(std::string_view gzip, std::size_t limit) {
  Stream s;
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

}  // namespace fts::graph
