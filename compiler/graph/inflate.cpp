#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <libdeflate.h>

#include "compiler/graph/input.hpp"

namespace fts::graph {

namespace {

struct Freed {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};
using Decompressor = std::unique_ptr<libdeflate_decompressor, Freed>;

// Deflate cannot do better than 1032:1.
constexpr std::size_t kBestRatio = 1040;

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

tl::expected<Bytes, std::string> inflate(std::string_view gzip, std::size_t limit) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) return tl::unexpected(std::string("there is no memory to inflate it"));
  // A small file needs little room; untouched pages cost nothing anyway.
  const std::size_t room = std::min(limit, gzip.size() > limit / kBestRatio ? limit : gzip.size() * kBestRatio);
  auto out = Bytes::allocate(room);
  if (!out) return out;
  std::size_t taken = 0;
  std::size_t made = 0;
  do {
    std::size_t in = 0;
    std::size_t text = 0;
    const auto result = libdeflate_gzip_decompress_ex(decompressor.get(), gzip.data() + taken, gzip.size() - taken,
                                                      out->data() + made, room - made, &in, &text);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
      return tl::unexpected(fmt::format("the text in it has more than {} bytes", limit));
    if (result != LIBDEFLATE_SUCCESS)
      return tl::unexpected(fmt::format("the gzip data that begins at byte {} is damaged or ends too early", taken));
    taken += in;
    made += text;
  } while (is_gzip(gzip.substr(taken)));  // another member
  if (taken != gzip.size())
    return tl::unexpected(fmt::format("something that is not gzip data begins at byte {}", taken));
  out->truncate(made);
  return out;
}

tl::expected<Bytes, std::string> inflate_raw(std::string_view deflated, std::size_t size) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) return tl::unexpected(std::string("there is no memory to inflate it"));
  auto out = Bytes::allocate(size);
  if (!out) return out;
  std::size_t made = 0;
  switch (
      libdeflate_deflate_decompress(decompressor.get(), deflated.data(), deflated.size(), out->data(), size, &made)) {
    case LIBDEFLATE_SUCCESS: break;
    case LIBDEFLATE_INSUFFICIENT_SPACE: return tl::unexpected(fmt::format("it has more than {} bytes", size));
    default: return tl::unexpected(std::string("it is damaged or ends too early"));
  }
  if (made != size) return tl::unexpected(fmt::format("it has {} bytes and not {}", made, size));
  return out;
}

std::uint32_t crc32_of(std::string_view bytes) { return libdeflate_crc32(0, bytes.data(), bytes.size()); }

}  // namespace fts::graph
