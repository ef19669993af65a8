#include "compiler/plan/checkpoint_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts::checkpoint {
namespace {

const Manifest kSample = {{"model.safetensors", {300000, {1, 0xfedcba9876543210}}}, {"state.json", {0, {}}}};

TEST(Manifest, ComesBackFromItsText) {
  const auto read = parse_manifest(to_text(kSample));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, kSample);
}

TEST(Manifest, KnowsEveryPrefixForDamaged) {
  const auto text = to_text(kSample);
  for (std::size_t size = 0; size + 2 < text.size(); ++size) {
    const auto read = parse_manifest(text.substr(0, size));
    ASSERT_FALSE(read) << size;
    EXPECT_THAT(read.error(), testing::HasSubstr("it is damaged at byte")) << size;
  }
}

TEST(Manifest, KnowsAChangedDigitForDamaged) {
  auto text = to_text(kSample);
  text.replace(text.find("fedcba"), 1, "e");
  EXPECT_EQ(parse_manifest(text).error(), "it is damaged: its own checksum differs");
}

TEST(Manifest, RefusesOtherVersionsAndOtherFiles) {
  auto text = to_text(kSample);
  text.replace(text.find("\"version\": 1"), 12, "\"version\": 2");
  EXPECT_EQ(parse_manifest(text).error(), "its version is 2; this program reads version 1");
  EXPECT_EQ(parse_manifest("{}").error(), "it is no manifest of a checkpoint");
}

}  // namespace
}  // namespace fts::checkpoint
