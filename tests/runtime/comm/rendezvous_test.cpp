#include "compiler/base/code.hpp"
#include "runtime/comm/rendezvous.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts::comm {
namespace {

using Variables = std::map<std::string, std::string>;

Environment lookup(const Variables& variables) {
  return [&variables](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

struct Case {
  std::string name;
  Variables variables;
  Rendezvous expected;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Launched : public testing::TestWithParam<Case> {};

TEST_P(Launched, IsUnderstood) {
  const auto found = rendezvous_from(lookup(GetParam().variables));
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(*found, GetParam().expected);
}

const Case kCases[] = {
    {"AloneWithoutVariables", {}, {}},
    {"AloneWithEmptyVariables", {{"RANK", ""}, {"WORLD_SIZE", ""}}, {}},
    {"ByTorchrun",
     {{"RANK", "3"},
      {"WORLD_SIZE", "4"},
      {"LOCAL_RANK", "1"},
      {"MASTER_ADDR", "host"},
      {"MASTER_PORT", "29400"},
      {"TORCHELASTIC_USE_AGENT_STORE", "True"},
      {"TORCHELASTIC_RESTART_COUNT", "2"}},
     {3, 4, 1, "host", 29400, true, "2", "torchrun"}},
    {"ByTorchrunInsideSlurm",
     {{"RANK", "0"},
      {"WORLD_SIZE", "2"},
      {"MASTER_ADDR", "a"},
      {"MASTER_PORT", "1"},
      {"SLURM_PROCID", "1"},
      {"SLURM_NTASKS", "8"}},
     {0, 2, 0, "a", 1, false, "0", "torchrun"}},
    {"BySlurmOnOneNode",
     {{"SLURM_PROCID", "1"},
      {"SLURM_NTASKS", "2"},
      {"SLURM_LOCALID", "1"},
      {"SLURM_JOB_NODELIST", "gpu7"},
      {"SLURM_JOB_ID", "123456"}},
     {1, 2, 1, "gpu7", 18456, false, "0", "SLURM"}},
    {"BySlurmOnARangeOfNodes",
     {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "9"}, {"SLURM_JOB_NODELIST", "n[003-005,9],x1"}, {"SLURM_JOB_ID", "1"}},
     {0, 9, 0, "n003", 15001, false, "0", "SLURM"}},
    {"BySlurmOnAListOfNodes",
     {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}, {"SLURM_JOB_NODELIST", "a,b"}, {"MASTER_PORT", "5"}},
     {0, 2, 0, "a", 5, false, "0", "SLURM"}},
    {"AloneInASlurmAllocation", {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}, {0, 1, 0, "", 0, false, "0", "SLURM"}},
    {"ByMpirunOnOneHost",
     {{"OMPI_COMM_WORLD_RANK", "1"},
      {"OMPI_COMM_WORLD_SIZE", "2"},
      {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
      {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
      {"MASTER_PORT", "29500"}},
     {1, 2, 1, "127.0.0.1", 29500, false, "0", "Open MPI"}},
};
INSTANTIATE_TEST_SUITE_P(Rendezvous, Launched, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(Rendezvous, TellsEverythingThatIsWrongAtOnce) {
  const Variables variables{{"RANK", "4"}, {"WORLD_SIZE", "4"}, {"MASTER_PORT", "http"}};
  const auto found = rendezvous_from(lookup(variables));
  ASSERT_FALSE(found);
  const auto& diagnostic = found.error().diagnostics.front();
  EXPECT_EQ(diagnostic.code, Code::rendezvous_failed);
  std::vector<std::string> notes;
  for (const auto& note : diagnostic.notes) notes.push_back(note.message);
  EXPECT_THAT(notes, testing::ElementsAre("RANK='4' is no number from 0 to 3", "MASTER_ADDR is not set",
                                          "MASTER_PORT='http' is no number from 1 to 65535"));
}

}  // namespace
}  // namespace fts::comm
