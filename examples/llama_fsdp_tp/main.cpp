// Trains a Llama-style decoder on a text, in one process or many: llama_fsdp_tp --help, run.sh.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <fts/session.hpp>
#include <torch/torch.h>

#include "examples/llama_fsdp_tp/llama.hpp"
#include "examples/llama_fsdp_tp/text.hpp"

namespace {

struct Arguments {
  std::string schedule, text, strategy = "fsdp_tp", checkpoints;
  int tensor = 2;
  std::int64_t batches = 20, rows = 8;
  std::uint64_t seed = 0;
  bool resume = false;
};

torch::Tensor loss_of(llama::Transformer& model, const torch::Tensor& rows) {
  const auto logits = model(rows.slice(1, 0, -1));
  return torch::nn::functional::cross_entropy(logits.flatten(0, 1), rows.slice(1, 1).flatten());
}

tl::expected<void, fts::Error> run(const Arguments& arguments, bool tells) {
  torch::manual_seed(arguments.seed);
  const llama::Config config;
  const llama::Text text(arguments.text, config.context);
  llama::Transformer model(config);

  fts::Options options;
  options.strategy = arguments.strategy;
  options.inputs = {{"tensor", std::to_string(arguments.tensor)}};
  options.checkpoints = arguments.checkpoints;
  options.resume = arguments.resume ? arguments.checkpoints : "";
  options.progress = false;
  auto session = fts::Session::open(*model, arguments.schedule, options);
  if (!session) return tl::unexpected(std::move(session.error()));

  for (auto& epoch : session->epochs()) {
    double sum = 0;
    std::int64_t steps = 0;
    const auto seed = arguments.seed * 1000 + static_cast<std::uint64_t>(epoch.index());
    for (const auto& rows : epoch.shard(text.training(arguments.batches, arguments.rows, seed))) {
      const auto loss = loss_of(model, rows);
      sum += loss.item<double>();
      ++steps;
      session->step(loss);
    }
    if (session->broken_off()) break;
    const torch::NoGradGuard no_grad;
    const auto validation = loss_of(model, text.validation()).item<double>();
    if (tells)
      std::printf("epoch %lld  phase %-4s  %3lld steps  loss %.6f  val_loss %.6f\n",
                  static_cast<long long>(epoch.index()), epoch.phase().c_str(), static_cast<long long>(steps),
                  sum / static_cast<double>(steps), validation);
    epoch.finish({{"val_loss", validation}});
  }
  const auto result = session->result();
  if (!result) return tl::unexpected(result.error());
  if (tells) std::printf("%s\n", result->reason.c_str());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("trains a small Llama on a text, in the processes that a launcher started");
  Arguments arguments;
  app.add_option("--schedule", arguments.schedule, "the .fts file")->required();
  app.add_option("--text", arguments.text, "any text file")->required();
  app.add_option("--strategy", arguments.strategy, "one of the file's")->capture_default_str();
  app.add_option("--tensor", arguments.tensor, "processes that compute a layer together")->capture_default_str();
  app.add_option("--batches", arguments.batches, "in an epoch, over all processes")->capture_default_str();
  app.add_option("--rows", arguments.rows, "of a batch")->capture_default_str();
  app.add_option("--seed", arguments.seed, "of the first weights and the order of the rows");
  app.add_option("--checkpoints", arguments.checkpoints, "folder for checkpoints");
  app.add_flag("--resume", arguments.resume, "go on from the last checkpoint there");
  CLI11_PARSE(app, argc, argv);

  const char* rank = std::getenv("RANK");
  try {
    const auto done = run(arguments, rank == nullptr || std::string(rank) == "0");
    if (done) return 0;
    std::fputs(done.error().text().c_str(), stderr);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  return 1;
}
