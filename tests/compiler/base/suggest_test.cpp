#include "compiler/base/suggest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EditDistance, CountsInsertionsDeletionsChangesAndSwaps) {
  EXPECT_EQ(edit_distance("", "", 5), 0u);
  EXPECT_EQ(edit_distance("abc", "", 5), 3u);
  EXPECT_EQ(edit_distance("patience", "patiense", 5), 1u);
  EXPECT_EQ(edit_distance("thaw", "thwa", 5), 1u) << "a swap of neighbours is one";
  EXPECT_EQ(edit_distance("ca", "abc", 5), 3u) << "but no second edit inside a swap (optimal string alignment)";
  EXPECT_EQ(edit_distance("kitten", "sitting", 5), 3u);
}

TEST(EditDistance, StopsBehindTheLimit) {
  EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3u);
  EXPECT_EQ(edit_distance("a", "aaaaaaaaaa", 2), 3u);
  EXPECT_EQ(edit_distance("abc", "abc", 0), 0u);
  EXPECT_EQ(edit_distance("abc", "abd", 0), 1u);
}

TEST(Nearest, GivesTheNearestFirstThenTheirOwnOrder) {
  EXPECT_THAT(nearest("monitr", {"month", "monitors", "monitor", "mode"}), ElementsAre("monitor", "month", "monitors"));
  EXPECT_THAT(nearest("lr", {"la", "lb", "lc", "ld"}, 2), ElementsAre("la", "lb"));
}

TEST(Nearest, LeavesOutWhatIsFar) {
  EXPECT_THAT(nearest("optimizer", {"thaw", "until"}), IsEmpty());
  EXPECT_THAT(nearest("x", {}), IsEmpty());
}

TEST(DidYouMean, ReadsAsASentence) {
  EXPECT_EQ(did_you_mean({}), "");
  EXPECT_EQ(did_you_mean({"a"}), "did you mean 'a'?");
  EXPECT_EQ(did_you_mean({"a", "b"}), "did you mean 'a' or 'b'?");
  EXPECT_EQ(did_you_mean({"a", "b", "c"}), "did you mean 'a', 'b' or 'c'?");
}

}  // namespace
}  // namespace fts
