#include "compiler/graph/zip.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "compiler/graph/names.hpp"

namespace fts::graph {

namespace {

constexpr std::string_view kLocalHeader("PK\3\4", 4);
constexpr std::string_view kDirectoryRecord("PK\1\2", 4);
constexpr std::string_view kEnd("PK\5\6", 4);
constexpr std::string_view kEnd64("PK\6\6", 4);
constexpr std::string_view kLocator64("PK\6\7", 4);
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kRecordSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kEnd64Size = 56;
constexpr std::size_t kLocatorSize = 20;
constexpr std::size_t kMaxComment = 65535;
constexpr std::uint64_t kIn64 = 0xffffffff;  // the number stands in the zip64 field
constexpr std::uint16_t kZip64Field = 1;

// The little-endian number of `size` bytes; the caller has checked that it is there.
std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

struct Directory {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t records = 0;
};

std::optional<std::size_t> find_end(std::string_view file) {
  if (file.size() < kEndSize) return std::nullopt;
  const std::size_t last = file.size() - kEndSize;
  for (std::size_t at = last;; --at) {
    if (file.substr(at, 4) == kEnd && at + kEndSize + number(file, at + 20, 2) == file.size()) return at;
    if (at == 0 || last - at == kMaxComment) return std::nullopt;
  }
}

tl::expected<Directory, std::string> find_directory(std::string_view file) {
  const auto end = find_end(file);
  if (!end) return tl::unexpected(std::string("the archive's end is missing; was the file fetched to its end?"));
  Directory found{number(file, *end + 16, 4), number(file, *end + 12, 4), number(file, *end + 10, 2)};
  std::size_t behind = *end;  // what the directory lies before
  if (*end >= kLocatorSize && file.substr(*end - kLocatorSize, 4) == kLocator64) {
    const std::uint64_t at = number(file, *end - kLocatorSize + 8, 8);
    if (at > *end - kLocatorSize || *end - kLocatorSize - at < kEnd64Size ||
        file.substr(static_cast<std::size_t>(at), 4) != kEnd64)
      return tl::unexpected(fmt::format("its zip64 end is said to be at byte {}, where none is", at));
    behind = static_cast<std::size_t>(at);
    found = {number(file, behind + 48, 8), number(file, behind + 40, 8), number(file, behind + 32, 8)};
  }
  if (found.begin > behind || found.size > behind - found.begin || found.records > found.size / kRecordSize)
    return tl::unexpected(
        fmt::format("its directory is said to have {} records in {} bytes at byte {}, which cannot be", found.records,
                    found.size, found.begin));
  return found;
}

// The 64-bit numbers of a record's extra field, in their order, for those of the record that point to it.
bool read_zip64(std::string_view extra, ZipRecord& record) {
  std::uint64_t* const wanted[] = {&record.size, &record.packed, &record.header};
  if (std::ranges::none_of(wanted, [](const auto* value) { return *value == kIn64; })) return true;
  while (extra.size() >= 4) {
    const std::size_t size = static_cast<std::size_t>(number(extra, 2, 2));
    if (size > extra.size() - 4) return false;
    const std::string_view field = extra.substr(4, size);
    if (number(extra, 0, 2) == kZip64Field) {
      std::size_t at = 0;
      for (std::uint64_t* const value : wanted) {
        if (*value != kIn64) continue;
        if (field.size() - at < 8) return false;
        *value = number(field, at, 8);
        at += 8;
      }
      return true;
    }
    extra.remove_prefix(4 + size);
  }
  return true;  // exactly 0xffffffff
}

}  // namespace

bool is_zip(std::string_view bytes) { return bytes.starts_with(kLocalHeader) || bytes.starts_with(kEnd); }

tl::expected<std::vector<ZipRecord>, std::string> read_zip_directory(std::string_view file) {
  const auto found = find_directory(file);
  if (!found) return tl::unexpected(found.error());
  std::string_view left = file.substr(static_cast<std::size_t>(found->begin), static_cast<std::size_t>(found->size));
  std::vector<ZipRecord> records;
  records.reserve(static_cast<std::size_t>(found->records));
  for (std::uint64_t i = 0; i < found->records; ++i) {
    const auto broken = [&] { return tl::unexpected(fmt::format("record {} of its directory is broken", i)); };
    if (left.size() < kRecordSize || left.substr(0, 4) != kDirectoryRecord) return broken();
    const auto name = static_cast<std::size_t>(number(left, 28, 2));
    const auto extra = static_cast<std::size_t>(number(left, 30, 2));
    const std::size_t whole = kRecordSize + name + extra + static_cast<std::size_t>(number(left, 32, 2));
    if (whole > left.size()) return broken();
    ZipRecord record{.name = left.substr(kRecordSize, name),
                     .flags = static_cast<std::uint16_t>(number(left, 8, 2)),
                     .method = static_cast<std::uint16_t>(number(left, 10, 2)),
                     .crc = static_cast<std::uint32_t>(number(left, 16, 4)),
                     .packed = number(left, 20, 4),
                     .size = number(left, 24, 4),
                     .header = number(left, 42, 4)};
    if (!read_zip64(left.substr(kRecordSize + name, extra), record)) return broken();
    if (record.header > found->begin || record.packed > found->begin - record.header)
      return tl::unexpected(fmt::format("its record {} is said to have {} bytes at byte {}, which cannot be",
                                        quote_name(record.name), record.packed, record.header));
    records.push_back(record);
    left.remove_prefix(whole);
  }
  return records;
}

tl::expected<std::string_view, std::string> read_zip_record(std::string_view file, const ZipRecord& record,
                                                            std::size_t limit, Bytes& room) {
  const auto fault = [&](std::string_view what) {
    return tl::unexpected(fmt::format("its record {} {}", quote_name(record.name), what));
  };
  // 0: the writer left the checksum out, as PyTorch does when it is told to.
  const auto checked = [&](std::string_view text) -> tl::expected<std::string_view, std::string> {
    if (record.crc == 0 || crc32_of(text) == record.crc) return text;
    return fault("is damaged: its checksum is another");
  };
  const std::string_view from = file.substr(static_cast<std::size_t>(record.header));
  if (from.size() < kLocalSize || from.substr(0, 4) != kLocalHeader) return fault("has no header");
  const std::size_t header = kLocalSize + static_cast<std::size_t>(number(from, 26, 2) + number(from, 28, 2));
  if (header > from.size() || record.packed > from.size() - header) return fault("goes beyond the file");
  if ((record.flags & 1) != 0) return fault("is encrypted");
  if (record.size > limit) return fault(fmt::format("has {} bytes; at most {} are read", record.size, limit));
  const std::string_view packed = from.substr(header, static_cast<std::size_t>(record.packed));
  if (record.method == 0) {
    if (record.packed != record.size) return fault("is stored, but in another size than it has");
    return checked(packed);
  }
  if (record.method != 8) return fault(fmt::format("is packed by method {}; 0 and 8 can be read", record.method));
  auto text = inflate_raw(packed, static_cast<std::size_t>(record.size));
  if (!text) return fault("cannot be inflated: " + text.error());
  room = std::move(*text);
  return checked(room.view());
}

}  // namespace fts::graph
