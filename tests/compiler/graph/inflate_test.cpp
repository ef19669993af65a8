#include <libdeflate.h>

#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

std::string gzip(std::string_view text) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(9);
  std::string out(libdeflate_gzip_compress_bound(compressor, text.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  EXPECT_FALSE(out.empty());
  return out;
}

std::string said(const tl::expected<Bytes, std::string>& result) {
  return result ? std::string(result->view()) : result.error();
}

TEST(Inflate, GivesTheTextBack) {
  EXPECT_EQ(said(inflate(gzip(""))), "");
  EXPECT_EQ(said(inflate(gzip("hello"))), "hello");
  const std::string zeros(1 << 20, '0');
  EXPECT_EQ(said(inflate(gzip(zeros))), zeros);
}

TEST(Inflate, JoinsMembers) { EXPECT_EQ(said(inflate(gzip("one ") + gzip("two"))), "one two"); }

TEST(Inflate, StopsAtTheLimit) {
  const std::string bomb = gzip(std::string(1 << 20, '0'));
  EXPECT_LT(bomb.size(), 2000u);
  EXPECT_EQ(said(inflate(bomb, 1000)), "the text in it has more than 1000 bytes");
  EXPECT_EQ(said(inflate(gzip("12345"), 4)), "the text in it has more than 4 bytes");
  EXPECT_EQ(said(inflate(gzip("1234"), 4)), "1234");
}

TEST(Inflate, RefusesEveryTruncation) {
  const std::string whole = gzip("some text that is long enough");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(inflate(std::string_view(whole).substr(0, size))) << size;
}

TEST(Inflate, RefusesWhatFollows) {
  const std::string whole = gzip("a");
  EXPECT_EQ(said(inflate(whole + "junk")),
            "something that is not gzip data begins at byte " + std::to_string(whole.size()));
}

TEST(Inflate, RefusesAFalseChecksum) {
  std::string file = gzip("hello");
  file[file.size() - 6] ^= 1;
  EXPECT_EQ(said(inflate(file)), "the gzip data that begins at byte 0 is damaged or ends too early");
}

TEST(Inflate, IsReportedWithThePath) {
  EXPECT_NE(messages(read_text("m.graph.json.gz", "\x1f\x8b")).find("cannot read 'm.graph.json.gz' as gzip: "),
            std::string::npos);
}

}  // namespace
}  // namespace fts::graph
