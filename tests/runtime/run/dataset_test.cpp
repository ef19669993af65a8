#include "compiler/base/code.hpp"
#include "runtime/run/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/run/run_support.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: files of the tests
using testing::HasSubstr;

Dataset ten_rows() {
  const auto path = write_data(fresh_folder("dataset") + "/ten.safetensors", {{"n", torch::arange(10)}});
  auto data = Dataset::open(path);
  EXPECT_TRUE(data) << data.error().text();
  return std::move(*data);
}

std::vector<std::vector<std::int64_t>> batches(const Dataset& data, const Batching& batching) {
  std::vector<std::vector<std::int64_t>> all;
  for (const auto& batch : data.batches(batching)) {
    const auto n = batch.at("n");
    all.emplace_back(n.data_ptr<std::int64_t>(), n.data_ptr<std::int64_t>() + n.numel());
  }
  return all;
}

TEST(Dataset, GivesTheFilesOrderAndASmallerLastBatch) {
  const auto data = ten_rows();
  EXPECT_THAT(batches(data, {.size = 4}),
              testing::ElementsAre(testing::ElementsAre(0, 1, 2, 3), testing::ElementsAre(4, 5, 6, 7),
                                   testing::ElementsAre(8, 9)));
  EXPECT_EQ(batches(data, {.size = 4, .drop_last = true}).size(), 2U);
  EXPECT_EQ(batches(data, {.size = 32, .drop_last = true}).size(), 0U);
}

TEST(Dataset, ShufflesBySeedAlone) {
  const auto data = ten_rows();
  torch::manual_seed(1);
  const auto once = batches(data, {.size = 3, .seed = 5});
  torch::manual_seed(2);
  EXPECT_EQ(batches(data, {.size = 3, .seed = 5}), once);
  EXPECT_NE(batches(data, {.size = 3, .seed = 6}), once);
  std::vector<std::int64_t> rows;
  for (const auto& batch : once) rows.insert(rows.end(), batch.begin(), batch.end());
  EXPECT_THAT(rows, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(Dataset, GivesBatchesThatMayBeWrittenTo) {
  const auto data = ten_rows();
  for (auto batch : data.batches({.size = 10})) batch.at("n").fill_(7);
  EXPECT_EQ(batches(data, {.size = 10}).front().front(), 0);
}

TEST(Dataset, TakesTheFirstRowsOnly) {
  const auto path = write_data(fresh_folder("dataset_rows") + "/ten.safetensors", {{"n", torch::arange(10)}});
  EXPECT_EQ(Dataset::open(path, 4)->rows(), 4);
  EXPECT_EQ(Dataset::open(path, 40)->rows(), 10);
}

TEST(Dataset, TellsAllFaultsOfAFile) {
  const auto folder = fresh_folder("dataset_faults");
  const auto bad = write_data(folder + "/bad.safetensors",
                              {{"a", torch::zeros({3, 2})}, {"b", torch::zeros({4})}, {"c", torch::zeros({})}});
  const auto opened = Dataset::open(bad);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().diagnostics.front().code, Code::data_unusable);
  EXPECT_THAT(opened.error().text(), HasSubstr("'b' has 4 rows, 'a' has 3"));
  EXPECT_THAT(opened.error().text(), HasSubstr("'c' is a scalar"));
  for (const auto& path :
       {folder + "/none", write_file(folder + "/text", "no safetensors"), write_data(folder + "/empty.safetensors", {}),
        write_data(folder + "/no_rows.safetensors", {{"a", torch::zeros({0, 2})}})}) {
    const auto refused = Dataset::open(path);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().diagnostics.front().code, Code::data_unusable) << path;
  }
}

}  // namespace
}  // namespace fts
