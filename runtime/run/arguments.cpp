#include "runtime/run/arguments.hpp"

#include <CLI/CLI.hpp>

namespace fts {

namespace {

constexpr const char* kFooter = R"(
A model is a TorchScript file, whose forward takes tensors of a batch by name and returns the loss or a dict of tensors
with 'loss' in it, or a shared library with FTS_REGISTER_MODEL. Data is a safetensors file: each tensor has one entry a
row in its first dimension, and its name is forward's argument. With --val, every epoch ends with the means 'val_loss'
and 'val_<name>' over that file, which the schedule may watch; 'train_loss' is always there.

  ftsrun tune.fts --model model.pt --data train.safetensors --val val.safetensors --out runs/a
  ftsrun tune.fts --model model.pt --data train.safetensors --val val.safetensors --out runs/a --resume

SIGINT and SIGTERM end a run after the step that is being made, with a checkpoint that --resume goes on from; a second
one ends it at once. Exit status: 0 done, 1 an error, 2 a wrong command line, 128 + the signal's number stopped by one.)";

// "name=value" lists as maps, checked while the command line is read.
template <class Map>
void add_pairs(CLI::App& app, const std::string& group, const std::string& name, Map& into, const std::string& help) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [&into, name](const std::vector<std::string>& pairs) {
           for (const auto& pair : pairs) {
             const auto equals = pair.find('=');
             if (equals == std::string::npos || equals == 0) {
               throw CLI::ValidationError(name, "wants name=value, not '" + pair + "'");
             }
             into[pair.substr(0, equals)] = pair.substr(equals + 1);
           }
         },
         help)
      ->allow_extra_args(false)  // one a time, so that none takes the schedule for itself
      ->type_name("NAME=VALUE")
      ->group(group);
}

void add_inputs(CLI::App& app, RunArguments& a) {
  app.add_option("schedule", a.schedule, "the .fts file, or a compiled .ftsplan")->required()->type_name("FILE");
  app.add_option("-m,--model", a.model, "a TorchScript file or a model library")->required()->type_name("FILE");
  app.add_option("-d,--data", a.data, "training data, safetensors")->required()->type_name("FILE");
  app.add_option("--val", a.val, "validation data, safetensors")->type_name("FILE");

  const std::string model = "Model";
  app.add_option("--weights", a.weights, "safetensors to fill the model with")->type_name("FILE")->group(model);
  app.add_option("--allow-missing", a.allow_missing, "names that --weights may lack, as patterns: 'classifier.**'")
      ->allow_extra_args(false)
      ->type_name("PATTERN")
      ->group(model);
  app.add_option("--allow-unexpected", a.allow_unexpected, "names of --weights that the model may lack")
      ->allow_extra_args(false)
      ->type_name("PATTERN")
      ->group(model);
  add_pairs(app, model, "--model-arg", a.model_arguments, "an argument of a model library's class");
}

void add_training(CLI::App& app, RunArguments& a) {
  const std::string schedule = "Schedule";
  add_pairs(app, schedule, "--set", a.inputs, "an input of the schedule");
  app.add_option("-s,--strategy", a.strategy, "one of the file's strategies")->type_name("NAME")->group(schedule);
  app.add_option("--max-epochs", a.max_epochs, "in place of the schedule's")
      ->check(CLI::Range(1, 1'000'000'000))
      ->type_name("N")
      ->group(schedule);

  const std::string batches = "Batches";
  const auto positive = CLI::Range(std::int64_t{1}, std::int64_t{1} << 40);
  app.add_option("-b,--batch-size", a.batch_size, "rows a batch (32)")->check(positive)->type_name("N")->group(batches);
  app.add_option("--val-batch-size", a.val_batch_size, "of validation; --batch-size by default")
      ->check(positive)
      ->type_name("N")
      ->group(batches);
  app.add_flag("!--no-shuffle", a.shuffle, "take the rows in the file's order")->group(batches);
  app.add_flag("--drop-last", a.drop_last, "leave out a last batch that is not full")->group(batches);
  app.add_option("--rows", a.rows, "only the first N rows of each file, for a try")
      ->check(positive)
      ->type_name("N")
      ->group(batches);
  app.add_option("--seed", a.seed, "of the order of the rows and of dropout (0)")->type_name("N")->group(batches);
}

void add_outputs(CLI::App& app, RunArguments& a) {
  const std::string run = "Run";
  app.add_option("-o,--out", a.out, "folder for checkpoints/, log.jsonl and, at the end, model.safetensors")
      ->type_name("DIR")
      ->group(run);
  auto* resume = app.add_flag("--resume", a.resume, "go on from the last checkpoint in --out")->group(run);
  resume->needs(app.get_option("--out"));
  app.add_option("--resume-from", a.resume_from, "go on from this checkpoint, or the last of this folder")
      ->type_name("DIR")
      ->excludes(resume)
      ->group(run);
  app.add_flag("--dry-run", a.dry_run, "everything but training: show the plan, try one batch, write nothing")
      ->group(run);
  app.add_option("--threads", a.threads, "of LibTorch")->check(CLI::Range(1, 4096))->type_name("N")->group(run);

  const std::string telling = "Telling";
  app.add_option("--log", a.log, "a JSONL file of the run; log.jsonl in --out by default")
      ->type_name("FILE")
      ->group(telling);
  app.add_option("--log-every-n-steps", a.log_every_n_steps, "steps between two in the logs (10)")
      ->check(CLI::Range(1, 1'000'000'000))
      ->type_name("N")
      ->group(telling);
  app.add_option("--tensorboard", a.tensorboard, "folder for TensorBoard's event files")
      ->type_name("DIR")
      ->group(telling);
  app.add_option("--profile", a.profile, "a trace for chrome://tracing or ui.perfetto.dev")
      ->type_name("FILE")
      ->group(telling);
  app.add_flag("-q,--quiet", a.quiet, "no progress line")->group(telling);
}

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine line;
  CLI::App app("ftsrun: fine-tunes a model under a schedule", "ftsrun");
  app.set_version_flag("--version", FTS_VERSION);
  app.footer(kFooter);
  app.get_formatter()->column_width(32);
  add_inputs(app, line.arguments);
  add_training(app, line.arguments);
  add_outputs(app, line.arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    line.exit_status = app.exit(error) == 0 ? 0 : 2;
  }
  return line;
}

}  // namespace fts
