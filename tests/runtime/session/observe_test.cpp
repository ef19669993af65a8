#include <ATen/record_function.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "compiler/base/code.hpp"
#include "runtime/session/observe/jsonl.hpp"
#include "runtime/session/observe/progress.hpp"
#include "runtime/session/observe/tensorboard.hpp"
#include "runtime/session/observe/trace.hpp"

namespace fts {
namespace {

// A clock that a test moves by hand.
struct Hand {
  std::shared_ptr<double> now = std::make_shared<double>(100.0);
  [[nodiscard]] Clock clock() const {
    return [now = now] { return *now; };
  }
};

// Two short phases, as a session tells them; a step takes 0.8 s and an epoch has four.
void tell(Observer& observer, const Hand& hand) {
  observer.on_plan({"minilm", {"head", "top"}, 0, 9240, 22713216, std::nullopt});
  std::int64_t step = 0;
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    const PhaseInfo phase = epoch < 2 ? PhaseInfo{0, "head"} : PhaseInfo{1, "top"};
    for (std::int64_t batch = 1; batch <= 4; ++batch) {
      *hand.now += 0.8;
      ++step;
      observer.on_step({phase, epoch, step, batch, 1e-3 / static_cast<double>(step),
                        [&] { return 2.0 / static_cast<double>(step); }});
    }
    *hand.now += epoch == 1 ? 90 : 1;
    const double loss = epoch == 2 ? std::numeric_limits<double>::quiet_NaN() : 0.5;
    observer.on_epoch(
        {phase, epoch, step, 4, loss, {{"accuracy", 0.75}, {"val_loss", 0.4}}, epoch == 0, {{"head", 1e-3}}});
    if (epoch == 0) observer.on_checkpoint({"runs/a/000001-epoch0"});
    if (epoch == 1) {
      observer.on_phase_move(
          {{0, "head"}, {1, "top"}, 2, step, "plateau: val_loss has not improved for 1 epoch", 0, 3700000, 22713216});
      Diagnostic warning;
      warning.code = Code::no_gradient;
      warning.severity = Severity::warning;
      warning.message = "1 of the 3 parameters that phase 'top' thawed got no gradient in its first step";
      warning.notes.push_back({"'pooler.dense.bias'", {}});
      observer.on_warning(warning);
    }
  }
  observer.on_end({"max_epochs: 3 epochs are done", false, 3, step, 2});
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = FTS_SOURCE_DIR "/tests/golden/observe/" + name;
  if (std::getenv("FTS_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  std::ifstream in(path, std::ios::binary);
  const std::string golden{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, golden);
}

TEST(Progress, WritesLinesWhereThereIsNoTerminal) {
  const Hand hand;
  std::ostringstream out;
  tell(*make_progress(out, {.terminal = false, .interval = 2}, hand.clock()), hand);
  expect_golden("progress.txt", out.str());
}

TEST(Progress, WritesOverItsLineOnATerminal) {
  const Hand hand;
  std::ostringstream out;
  tell(*make_progress(out, {.terminal = true, .interval = 20}, hand.clock()), hand);
  expect_golden("progress_terminal.txt", out.str());
}

TEST(Jsonl, WritesALineForEachEventAndEveryNthStep) {
  const Hand hand;
  auto stream = std::make_unique<std::ostringstream>();
  const auto* out = stream.get();
  const auto observer = make_jsonl(std::move(stream), 3, hand.clock());
  tell(*observer, hand);
  expect_golden("log.jsonl", out->str());
}

TEST(Jsonl, SaysThatItsFileCannotBeWritten) {
  const auto log = open_jsonl("/no/such/folder/log.jsonl", 1);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().text(),
            "error[FTS1002]: the log '/no/such/folder/log.jsonl' cannot be written\n"
            "  help: check that its folder exists and may be written to\n");
}

// tests/peer/tensorboard_events.py reads this file with TensorBoard's own package.
TEST(Tensorboard, WritesScalarsByStepAndByEpoch) {
  const Hand hand;
  auto stream = std::make_unique<std::ostringstream>();
  const auto* out = stream.get();
  const auto observer = make_tensorboard(std::move(stream), 3, hand.clock());
  tell(*observer, hand);
  expect_golden("events.out.tfevents.golden", out->str());
}

TEST(Tensorboard, SaysThatItsFileCannotBeWritten) {
  EXPECT_THAT(open_tensorboard("/proc/none", 1).error().text(), testing::HasSubstr("cannot be written"));
}

TEST(Trace, HasPhasesEpochsStepsAndTheScopesInsideThem) {
  const Hand hand;
  auto stream = std::make_unique<std::ostringstream>();
  auto* out = stream.get();
  auto observer = make_trace(std::move(stream), hand.clock());
  {
    RECORD_USER_SCOPE("forward");
    *hand.now += 0.25;
  }
  tell(*observer, hand);
  const auto text = out->str();
  expect_golden("trace.json", text + "\n]\n");  // as its end completes it
  observer.reset();
  { RECORD_USER_SCOPE("after the trace"); }
  EXPECT_TRUE(nlohmann::json::accept(text + "\n]\n"));
}

TEST(Trace, SaysThatItsFileCannotBeWritten) {
  EXPECT_THAT(open_trace("/no/such/folder/t.json").error().text(), testing::HasSubstr("cannot be written"));
}

}  // namespace
}  // namespace fts
