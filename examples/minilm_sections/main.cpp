// Fine-tunes MiniLM on Debian's package descriptions under a schedule: minilm_sections --help.
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fts/session.hpp>
#include <fts/weights.hpp>
#include <torch/torch.h>

#include "examples/minilm_sections/bert.hpp"
#include "examples/minilm_sections/sections.hpp"
#include "examples/minilm_sections/report.hpp"

namespace {

struct Arguments {
  std::string schedule, weights, data, checkpoints, log;
  bool resume = false;
  std::int64_t rows = -1;
  std::uint64_t seed = 0;
  double min_accuracy = 0, min_gain = -1;
};

struct Score {
  double loss, accuracy;
};

Score evaluate(minilm::SectionClassifier& model, const minilm::Sections& data) {
  const torch::NoGradGuard no_grad;
  model->eval();
  double loss = 0, right = 0;
  for (const auto& batch : data.in_order(100)) {
    const auto logits = model(batch.input_ids, batch.attention_mask);
    loss += torch::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::Sum).item<double>();
    right += (logits.argmax(1) == batch.labels).sum().item<double>();
  }
  model->train();
  return {loss / static_cast<double>(data.rows()), right / static_cast<double>(data.rows())};
}

// What the trained model falls short of, if of anything.
tl::expected<std::string, fts::Error> run(const Arguments& arguments) {
  torch::manual_seed(arguments.seed);
  const auto train = minilm::Sections::read(arguments.data + "/train.safetensors", arguments.rows);
  if (!train) return tl::unexpected(train.error());
  const auto val = minilm::Sections::read(arguments.data + "/val.safetensors", arguments.rows);
  if (!val) return tl::unexpected(val.error());

  minilm::SectionClassifier model(static_cast<std::int64_t>(train->classes().size()));
  // The published file has no head, and an index buffer that nothing needs.
  auto loaded = fts::load_weights(*model, arguments.weights,
                                  {.allow_missing = {"classifier.*"}, .allow_unexpected = {"embeddings.position_ids"}});
  if (!loaded) return tl::unexpected(loaded.error());

  const auto report = std::make_shared<minilm::Report>([&] { return evaluate(model, *val).accuracy; });
  auto session = fts::Session::open(*model, arguments.schedule,
                                    {.checkpoints = arguments.checkpoints,
                                     .resume = arguments.resume ? arguments.checkpoints : std::string(),
                                     .log = arguments.log,
                                     .observers = {report}});
  if (!session) return tl::unexpected(std::move(session.error()));

  for (auto& epoch : session->epochs()) {
    const auto seed = arguments.seed * 1000 + static_cast<std::uint64_t>(epoch.index());
    for (const auto& batch : epoch.shard(train->shuffled(32, seed))) {
      const auto logits = model(batch.input_ids, batch.attention_mask);
      session->step(torch::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::Mean, -100, 0.1));
    }
    const auto score = evaluate(model, *val);
    epoch.finish({{"val_loss", score.loss}, {"val_accuracy", score.accuracy}});
  }
  const auto result = session->result();
  if (!result) return tl::unexpected(result.error());
  report->print_summary();
  return report->shortfall(arguments.min_accuracy, arguments.min_gain);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("fine-tunes MiniLM to tell a Debian package's section from its description");
  Arguments arguments;
  app.add_option("--schedule", arguments.schedule, "the .fts file")->required();
  app.add_option("--weights", arguments.weights, "MiniLM's model.safetensors")->required();
  app.add_option("--data", arguments.data, "the folder that prepare.py wrote")->required();
  app.add_option("--checkpoints", arguments.checkpoints, "folder for checkpoints")->required();
  app.add_option("--log", arguments.log, "a JSONL file of the run");
  app.add_flag("--resume", arguments.resume, "go on from the last checkpoint there");
  app.add_option("--rows", arguments.rows, "use only so many rows, for a try")->check(CLI::PositiveNumber);
  app.add_option("--seed", arguments.seed, "of the head's first weights, dropout and the order of the rows");
  app.add_option("--min-accuracy", arguments.min_accuracy, "end with 3 where the last accuracy is less");
  app.add_option("--min-gain", arguments.min_gain, "end with 3 where it is not that much above the first phase's");
  CLI11_PARSE(app, argc, argv);

  try {
    const auto shortfall = run(arguments);
    if (!shortfall) return std::fputs(shortfall.error().text().c_str(), stderr), 1;
    if (!shortfall->empty()) std::fprintf(stderr, "error: %s\n", shortfall->c_str());
    return shortfall->empty() ? 0 : 3;
  } catch (const c10::Error& e) {  // of the model's own forward
    std::fprintf(stderr, "error: %s\n", e.what_without_backtrace());
    return 1;
  }
}
