// The directory of a zip archive (PKWARE's APPNOTE 6.3.10, sections 4.3 to 4.5, zip64 included), and its records. Own
// code and not libzip: that brings libcrypto, bzip2, lzma and zstd into each start of a compiler that answers in
// milliseconds, for records that PyTorch stores as they are.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/graph/input.hpp"

namespace fts::graph {

struct ZipRecord {
  std::string_view name;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;  // 0: stored, 8: deflated
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;  // bytes in the archive
  std::uint64_t size = 0;    // bytes of the record's text
  std::uint64_t header = 0;  // where its local header begins
};

[[nodiscard]] bool is_zip(std::string_view bytes);

// The records in the order of the directory; only the end of the file is touched. Names are views into `file`. The
// error is a sentence without the path.
[[nodiscard]] tl::expected<std::vector<ZipRecord>, std::string> read_zip_directory(std::string_view file);

// The bytes of a record: a view into the file where it is stored, else inflated into `room`, at most `limit` of them.
[[nodiscard]] tl::expected<std::string_view, std::string> read_zip_record(std::string_view file,
                                                                          const ZipRecord& record, std::size_t limit,
                                                                          Bytes& room);

}  // namespace fts::graph
