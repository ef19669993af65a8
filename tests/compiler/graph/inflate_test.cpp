#include <zlib.h>

#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

std::string gzip(std::string_view text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
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
  EXPECT_EQ(said(inflate(gzip("a") + "junk")), "something that is not gzip data begins at byte 21");
}

TEST(Inflate, RefusesAFalseChecksum) {
  std::string file = gzip("hello");
  file[file.size() - 6] ^= 1;
  EXPECT_NE(said(inflate(file)).find("incorrect data check"), std::string::npos);
}

TEST(Inflate, IsReportedWithThePath) {
  EXPECT_NE(messages(read_text("m.graph.json.gz", "\x1f\x8b")).find("cannot read 'm.graph.json.gz' as gzip: "),
            std::string::npos);
}

}  // namespace
}  // namespace fts::graph
