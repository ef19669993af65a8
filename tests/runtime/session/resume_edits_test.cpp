// `ftsc check --resume` and a run that is resumed give one verdict on an edit, in the same words.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "compiler/driver/compile.hpp"
#include "runtime/bind/graph_of.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models, plans and loops of the tests

const std::string kFile = R"(schedule {
  monitor    = val_loss { patience = 3 }
  optimizer  = adamw { lr = 1e-2, weight_decay = 0.01 }
  max_epochs = 6
  checkpoint { every_n_steps = 3 }
  phase top    { thaw = "head.**", until = epoch(2) }
  phase middle { thaw = "fc2.**",  lr = 2e-3, until = plateau or epoch(9) }
  phase bottom { thaw = rest,      lr = 1e-3 }
}
)";

struct Edit {
  std::string name, from, to;
  bool followed;
};

// The checkpoint is taken in phase `middle`.
const std::vector<Edit> kEdits = {
    {"Nothing", "", "", true},
    {"AComment", "schedule {", "schedule {  # as before", true},
    {"ALongerRun", "max_epochs = 6", "max_epochs = 8", true},
    {"ALongerPresentPhase", "epoch(9)", "epoch(12)", true},
    {"APhaseToCome", "lr = 1e-3", "lr = 5e-4", true},
    {"TheNameOfAPhaseToCome", "phase bottom", "phase whole", true},
    {"WhatIsKept", "every_n_steps = 3", "every_n_epochs = 1, save_top_k = 2", true},
    {"APastPhasesName", "phase top", "phase first", false},
    {"ThePresentPhasesRate", "lr = 2e-3", "lr = 3e-3", false},
    {"ThePresentPhasesParameters", "\"fc2.**\"", "\"fc2.weight\"", false},
    {"ThePresentPhasesGroups", "max_epochs = 6", "max_epochs = 6\n  no_decay = \"**.bias\"", false},
    {"TheFormOfThePresentCondition", "plateau or epoch(9)", "epoch(9)", false},
    {"TheOptimizer", "adamw {", "sgd {", false},
    {"AnArgumentOfTheOptimizer", "weight_decay = 0.01", "weight_decay = 0.02", false},
    {"TheMonitor", "val_loss { patience = 3 }", "val_loss { mode = max, patience = 3 }", false},
    {"Clipping", "max_epochs = 6", "max_epochs = 6\n  gradient_clip_val = 1.0", false},
    {"TheDepth", "max_epochs = 6", "max_epochs = 6\n  max_depth = 0", false},
    {"RestoringTheBest", "max_epochs = 6", "max_epochs = 6\n  restore_best = false", false},
};

std::string edited(const Edit& edit) {
  auto text = kFile;
  if (!edit.from.empty()) text.replace(text.find(edit.from), edit.from.size(), edit.to);
  return text;
}

// A run of the file that was left in phase `middle`.
struct LeftRun {
  std::string folder = fresh_folder("edits");
  LeftRun() {
    auto model = seeded_mlp();
    EXPECT_TRUE(write_graph(*model, folder + "/graph.json"));
    write(kFile);
    auto session = Session::open(*model, folder + "/file.fts", quiet({.checkpoints = folder + "/run"}));
    EXPECT_TRUE(session) << session.error().text();
    const auto data = batches();
    for (auto& epoch : session->epochs()) {
      if (epoch.index() == 4) break;
      for (const auto& batch : epoch.shard(data)) {
        session->step(torch::cross_entropy_loss(model(batch.data), batch.target));
      }
      epoch.finish({{"val_loss", 1.0 / static_cast<double>(1 + epoch.index())}});
    }
  }
  void write(const std::string& text) const { std::ofstream(folder + "/file.fts") << text; }
};

const LeftRun& left_run() {
  static const LeftRun run;
  return run;
}

std::vector<std::string> notes_of(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> notes;
  for (const auto& d : diagnostics) {
    if (d.severity != Severity::error) continue;
    notes.push_back(std::string(info(d.code).id) + " " + d.message);
    for (const auto& note : d.notes) notes.push_back(note.message);
  }
  return notes;
}

class ResumeEdits : public testing::TestWithParam<Edit> {};

TEST_P(ResumeEdits, GetOneVerdict) {
  const auto& folder = left_run().folder;
  left_run().write(edited(GetParam()));
  auto model = seeded_mlp();
  const auto session = Session::open(*model, folder + "/file.fts", quiet({.resume = folder + "/run"}));
  const auto at_run_time = session ? std::vector<std::string>() : notes_of(session.error().diagnostics);

  driver::Request request;
  request.file = folder + "/file.fts";
  request.model = folder + "/graph.json";
  request.resume = folder + "/run";
  const auto checked = driver::run(request);
  EXPECT_EQ(notes_of(checked.diagnostics.all()), at_run_time);
  EXPECT_EQ(session.has_value(), GetParam().followed) << testing::PrintToString(at_run_time);
  if (!GetParam().followed) {
    EXPECT_THAT(at_run_time.at(0), testing::StartsWith("FTS1102 the checkpoint '"));
  }
}

INSTANTIATE_TEST_SUITE_P(Of, ResumeEdits, testing::ValuesIn(kEdits), [](const auto& c) { return c.param.name; });

TEST(CheckResume, PointsAtThePhaseThatChanged) {
  left_run().write(edited({"", "lr = 2e-3", "lr = 3e-3", false}));
  driver::Request request;
  request.file = left_run().folder + "/file.fts";
  request.model = left_run().folder + "/graph.json";
  request.resume = left_run().folder + "/run";
  const auto checked = driver::run(request);
  ASSERT_EQ(checked.diagnostics.errors(), 1U);
  const auto& note = checked.diagnostics.all().back().notes.at(0);
  EXPECT_EQ(note.message, "group 'middle': lr was 0.002, is 0.003");
  ASSERT_TRUE(note.span.has_place());
  EXPECT_EQ(checked.sources->file(note.span.file).text().substr(note.span.begin, 6), "middle");
}

}  // namespace
}  // namespace fts
