#include "runtime/checkpoint/durable.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/runtime/support/tiny_models.hpp"

namespace fts::checkpoint {
namespace {

std::string text_of(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

FileSum write(const std::string& path, const std::string& text, std::size_t at_once) {
  auto file = DurableFile::create(path);
  EXPECT_TRUE(file);
  for (std::size_t at = 0; at < text.size(); at += at_once) {
    EXPECT_TRUE(file->write(text.data() + at, std::min(at_once, text.size() - at)));
  }
  auto sum = file->finish();
  EXPECT_TRUE(sum);
  return *sum;
}

TEST(DurableFile, SumsDoNotDependOnHowItWasWritten) {
  const auto folder = test::fresh_folder("durable");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, std::size_t{kPiece}, std::size_t{kPiece + 1}, std::size_t{3 * kPiece + 7}}) {
    const auto text = text_of(size);
    const auto one = write(folder + "/one" + std::to_string(size), text, size + 1);
    const auto many = write(folder + "/many" + std::to_string(size), text, 60001);
    EXPECT_EQ(one, many);
    EXPECT_EQ(one.size, size);
    EXPECT_TRUE(verify(folder + "/one" + std::to_string(size), one));
  }
}

TEST(DurableFile, IsNeverWrittenOver) {
  const auto path = test::fresh_folder("durable") + "/once";
  write(path, "a", 1);
  EXPECT_EQ(DurableFile::create(path).error(), "'" + path + "' cannot be created: File exists");
}

TEST(Verify, NamesTheByteOfTheDamage) {
  const auto path = test::fresh_folder("durable") + "/file";
  const auto text = text_of(2 * kPiece + 100);
  const auto sum = write(path, text, 1000);
  const auto put = [&](const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; };

  put(text.substr(0, kPiece + 5));
  EXPECT_EQ(verify(path, sum).error(), "'" + path + "' ends at byte 262149; it was written with 524388");
  put(text + "x");
  EXPECT_EQ(verify(path, sum).error(),
            "'" + path + "' has 524389 bytes; it was written with 524388, so byte 524388 is not its own");
  auto flipped = text;
  flipped[kPiece + 9] = '#';
  put(flipped);
  EXPECT_EQ(verify(path, sum).error(), "'" + path + "' is damaged between byte 262144 and byte 524287");
  flipped = text;
  flipped.back() = '#';
  put(flipped);
  EXPECT_EQ(verify(path, sum).error(), "'" + path + "' is damaged between byte 524288 and byte 524387");
}

}  // namespace
}  // namespace fts::checkpoint
