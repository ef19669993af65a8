#include "compiler/graph/zip.hpp"

#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

std::string number(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

// An archive of one stored record; with zip64 as archives of more than 4 GiB have it: every number in the 64-bit
// fields.
std::string archive(const std::string& name, const std::string& text, bool zip64) {
  const std::string small = zip64 ? number(0xffffffff, 4) : number(text.size(), 4);
  const std::string extra =
      zip64 ? number(1, 2) + number(24, 2) + number(text.size(), 8) + number(text.size(), 8) + number(0, 8) : "";
  std::string file = "PK\3\4"s + std::string(10, '\0') + number(0, 4) + number(text.size(), 4) +
                     number(text.size(), 4) + number(name.size(), 2) + number(0, 2) + name + text;
  const auto directory = file.size();
  file += "PK\1\2"s + std::string(12, '\0') + number(crc32_of(text), 4) + small + small + number(name.size(), 2) +
          number(extra.size(), 2) + std::string(10, '\0') + (zip64 ? number(0xffffffff, 4) : number(0, 4)) + name +
          extra;
  const auto end = file.size();
  if (zip64) {
    file += "PK\6\6"s + number(44, 8) + number(45, 2) + number(45, 2) + std::string(8, '\0') + number(1, 8) +
            number(1, 8) + number(end - directory, 8) + number(directory, 8);
    file += "PK\6\7"s + number(0, 4) + number(end, 8) + number(1, 4);
  }
  const auto or_64 = [&](std::uint64_t value, std::size_t size) {
    return number(zip64 ? ~std::uint64_t{0} : value, size);
  };
  return file + "PK\5\6"s + number(0, 4) + or_64(1, 2) + or_64(1, 2) + or_64(end - directory, 4) + or_64(directory, 4) +
         number(0, 2);
}

std::string text_of(const std::string& file) {
  const auto records = read_zip_directory(file);
  if (!records) return records.error();
  Bytes room;
  const auto text = read_zip_record(file, records->at(0), 1000, room);
  return text ? std::string(*text) : text.error();
}

TEST(Zip, ReadsAStoredRecordWithAndWithout64Bits) {
  EXPECT_EQ(text_of(archive("a/b", "text", false)), "text");
  EXPECT_EQ(text_of(archive("a/b", "text", true)), "text");
}

TEST(Zip, ReadsADeflatedRecord) {
  const auto file = Bytes::map(data_path("torch/scripted.pt"));
  ASSERT_TRUE(file);
  const auto records = read_zip_directory(file->view());
  ASSERT_TRUE(records) << records.error();
  const auto code =
      std::ranges::find_if(*records, [](const auto& r) { return r.name == "scripted/code/__torch__.py"; });
  ASSERT_NE(code, records->end());
  EXPECT_EQ(code->method, 8);
  Bytes room;
  const auto text = read_zip_record(file->view(), *code, 10'000, room);
  ASSERT_TRUE(text) << text.error();
  EXPECT_TRUE(text->starts_with("class Net(Module):\n"));
  EXPECT_THAT(read_zip_record(file->view(), *code, 100, room).error(), HasSubstr("at most 100 are read"));
}

TEST(Zip, SaysWhatIsWrong) {
  const std::string whole = archive("a/b", "text", false);
  const auto with = [&](std::size_t at, char byte) {
    std::string changed = whole;
    changed.at(at) = byte;
    return text_of(changed);
  };
  const std::size_t directory = 37;
  EXPECT_THAT(text_of(whole.substr(0, whole.size() - 1)), HasSubstr("the archive's end is missing"));
  EXPECT_THAT(with(33, 'T'), HasSubstr("its record 'a/b' is damaged: its checksum is another"));
  EXPECT_THAT(with(0, 'p'), HasSubstr("has no header"));
  EXPECT_THAT(with(directory, 'p'), HasSubstr("record 0 of its directory is broken"));
  EXPECT_THAT(with(directory + 8, 1), HasSubstr("is encrypted"));
  EXPECT_THAT(with(directory + 10, 12), HasSubstr("is packed by method 12; 0 and 8 can be read"));
  EXPECT_THAT(with(directory + 20, 3), HasSubstr("is stored, but in another size than it has"));
  EXPECT_THAT(with(directory + 42, 120), HasSubstr("is said to have 4 bytes at byte 120, which cannot be"));
  EXPECT_THAT(with(whole.size() - 6, 127), HasSubstr("which cannot be"));
}

TEST(Zip, EveryTruncationOf64BitsIsRefused) {
  const std::string whole = archive("a/b", "text", true);
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(text_of(whole.substr(0, size)), "text");
}

}  // namespace
}  // namespace fts::graph
