// The Llama example: its committed graph is the model's, and it trains in many processes as in one.
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <torch/torch.h>

#include "compiler/graph/graph.hpp"
#include "examples/llama_fsdp_tp/llama.hpp"
#include "runtime/bind/graph_of.hpp"
#include "tests/runtime/support/tiny_models.hpp"
#include "tests/support/golden.hpp"

namespace {

const std::string kExample = std::string(FTS_SOURCE_DIR) + "/examples/llama_fsdp_tp";

TEST(LlamaGraph, is_the_committed_one) {
  llama::Transformer model;
  const auto graph = fts::graph_of(*model);
  ASSERT_TRUE(graph) << graph.error().text();
  fts::test::expect_golden("../../examples/llama_fsdp_tp/llama.graph.json", fts::graph::to_json(*graph));
}

// What run.sh prints.
std::string run(const std::string& processes, const std::string& options) {
  const auto command =
      "'" + kExample + "/run.sh' '" FTS_BUILD_DIR "' " + processes + " --batches 4 --rows 4 " + options + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << output;
  return output;
}

// The numbers behind a word, an epoch each.
std::vector<double> numbers(const std::string& output, const std::string& word) {
  std::vector<double> all;
  for (auto at = output.find(word); at != std::string::npos; at = output.find(word, at + 1))
    all.push_back(std::stod(output.substr(at + word.size())));
  return all;
}

TEST(LlamaExample, computes_layers_in_two_processes_as_in_one) {
  const auto expected = numbers(run("1", "--strategy one"), " val_loss ");
  ASSERT_EQ(expected.size(), 6U);
  EXPECT_LT(expected.back(), expected.front());
  for (const std::string strategy : {"fsdp_tp", "fsdp_sp"}) {
    const auto found = numbers(run("2", "--tensor 2 --strategy " + strategy), " val_loss ");
    ASSERT_EQ(found.size(), expected.size()) << strategy;
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-3) << strategy << i;
  }
}

TEST(LlamaExample, goes_on_in_four_processes) {
  const auto folder = fts::test::fresh_folder("llama_checkpoints");
  const auto whole = numbers(run("4", "--tensor 2 --strategy fsdp_sp --checkpoints " + folder), " val_loss ");
  EXPECT_EQ(whole.size(), 6U);
  // Nothing is left to do, in any other mesh.
  EXPECT_THAT(run("4", "--tensor 4 --strategy fsdp_tp --resume --checkpoints " + folder),
              testing::HasSubstr("max_epochs"));
}

}  // namespace
