#include "compiler/graph/names.hpp"

#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

TEST(Names, MayBeWhatPyTorchAllows) {
  for (const char* const good : {"w", "a.b", "0.weight", "_x.W-1", "größe.gewicht", "a b.c", "with'quote"}) {
    EXPECT_EQ(name_fault(good), "") << good;
  }
}

TEST(Names, MayNotGrowTheTreeOrTheTerminal) {
  EXPECT_EQ(name_fault(""), "it is empty");
  for (const char* const bad : {".", ".a", "a.", "a..b"})
    EXPECT_EQ(name_fault(bad), "it has an empty piece between dots") << bad;
  for (const char* const bad : {"a\nb", "\x1b[31m", "a\x7f"}) EXPECT_EQ(name_fault(bad), "it has a control character");
  EXPECT_EQ(name_fault(std::string(4096, 'a')), "");
  EXPECT_EQ(name_fault(std::string(4097, 'a')), "it has more than 4096 bytes");
  std::string deep = "a";
  for (int i = 0; i < 255; ++i) deep += ".a";
  EXPECT_EQ(name_fault(deep), "");
  EXPECT_EQ(name_fault(deep + ".a"), "it has more than 256 pieces");
}

TEST(Names, AreSearchedForControlCharactersToTheLastByte) {
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 1; byte < 256; ++byte) {
        std::string name(size, 'a');
        name[at] = static_cast<char>(byte);
        if (byte == '.') continue;
        EXPECT_EQ(name_fault(name).empty(), byte >= 0x20 && byte != 0x7f) << size << ' ' << at << ' ' << byte;
      }
    }
  }
}

TEST(Names, HaveNoEmptyPieceAnywhere) {
  for (std::size_t size = 2; size < 20; ++size) {
    for (std::size_t at = 0; at + 1 < size; ++at) {
      std::string name(size, 'a');
      name[at] = '.';
      EXPECT_EQ(name_fault(name).empty(), at != 0) << name;
      name[at + 1] = '.';
      EXPECT_EQ(name_fault(name), "it has an empty piece between dots") << name;
    }
  }
}

TEST(Names, AreQuotedShortAndWithoutControlBytes) {
  EXPECT_EQ(quote_name("a\x1b[1m"), "'a?[1m'");
  EXPECT_EQ(quote_name(std::string(200, 'x')), "'" + std::string(100, 'x') + "…'");
  EXPECT_EQ(quote_name(std::string(99, 'x') + "öö"), "'" + std::string(99, 'x') + "…'") << "no half character";
}

TEST(Names, TellBuffersByTheirUsualNames) {
  for (const char* const buffer : {"bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
                                   "model.layers.0.self_attn.rotary_emb.inv_freq", "embeddings.position_ids"}) {
    EXPECT_TRUE(is_usual_buffer(buffer, -1)) << buffer;
  }
  EXPECT_FALSE(is_usual_buffer("embeddings.position_embeddings.weight", 2));
  EXPECT_FALSE(is_usual_buffer("running_mean.weight", 1));
  EXPECT_TRUE(is_usual_buffer("h.0.attn.bias", 4)) << "GPT-2's causal mask";
  EXPECT_FALSE(is_usual_buffer("h.0.attn.bias", 1));
}

}  // namespace
}  // namespace fts::graph
