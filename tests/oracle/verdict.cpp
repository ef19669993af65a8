#include "tests/oracle/verdict.hpp"

#include <cmath>
#include <filesystem>
#include <limits>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/nextafter.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include "compiler/plan/plan.hpp"
#include "runtime/checkpoint/folder.hpp"
#include "runtime/comm/world.hpp"
#include "tests/oracle/compare.hpp"
#include "tests/oracle/schedule.hpp"

namespace fts::oracle {

namespace {

using nlohmann::json;

void limit(plan::Plan& plan, const json& resume) {
  if (resume.contains("first_max_epochs")) plan.schedule.max_epochs = resume.at("first_max_epochs").get<int>();
  const auto trainer = resume.value("first_trainer", json::object());
  if (trainer.contains("max_steps")) plan.schedule.max_steps = trainer.at("max_steps").get<std::int64_t>();
  if (trainer.contains("max_epochs")) plan.schedule.max_epochs = trainer.at("max_epochs").get<int>();
}

std::string checkpoint_of(const std::string& folder, std::int64_t epoch) {
  for (const auto& name : checkpoint::list(folder)) {
    if (name.ends_with(fmt::format("-epoch{}", epoch))) return folder + "/" + name;
  }
  return folder + "/none";
}

class Judge {
 public:
  // `nudge`: not 0, moves each initial weight by one in its last bit, one way or the other.
  Judge(const Case& recorded, const std::string& folder, const Ranks& ranks, std::uint64_t nudge = 0)
      : recorded_(recorded), folder_(folder), ranks_(ranks), nudge_(nudge), differences_{ranks.tolerance} {}

  Verdict verdict() {
    Model model = initial_model();
    auto plan = plan_of(recorded_, *model.module, own_folder());
    if (plan) {
      shard(*plan, *model.module);
      recorded_.record.at("resume").is_object() ? resumed(model, *plan) : whole(model, *plan);
    } else if (recorded_.crashed()) {
      remark_ = "FTS crashes, here it does not compile";
    } else {
      differences_.add("does not compile: " + plan.error());
    }
    return {recorded_.id, remark_, differences_.all};
  }

  [[nodiscard]] const Differences& differences() const { return differences_; }
  // Every number that the run came to: losses and final weights.
  [[nodiscard]] const std::vector<double>& numbers() const { return numbers_; }

 private:
  [[nodiscard]] Model initial_model() const {
    auto model = make_model(recorded_);
    if (nudge_ == 0) return model;
    const at::NoGradGuard no_grad;
    const auto generator = at::detail::createCPUGenerator(nudge_);
    const auto infinity = at::scalar_tensor(std::numeric_limits<float>::infinity());
    for (auto& p : model.module->parameters()) {
      const auto up = at::randint(0, 2, p.sizes(), generator, at::TensorOptions().dtype(at::kByte)).to(at::kBool);
      p.copy_(at::where(up, at::nextafter(p, infinity), at::nextafter(p, -infinity)));
    }
    return model;
  }

  void keep_numbers(const Replayed& ours, const Model& model) {
    for (const auto& epoch : ours.epochs) {
      for (const auto& step : epoch.at("steps")) numbers_.push_back(step.at("loss").get<double>());
      if (epoch.contains("val_real")) numbers_.push_back(epoch.at("val_real").get<double>());
    }
    const auto add = [&](const at::Tensor& tensor) {
      const auto values = tensor.detach().to(at::kDouble).flatten().contiguous();
      numbers_.insert(numbers_.end(), values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
    };
    for (const auto& p : model.module->parameters()) add(p);
    for (const auto& b : model.module->buffers()) add(b);
  }

  // Under fsdp and model_parallel each child of the module is a unit.
  void shard(plan::Plan& plan, const torch::nn::Module& module) const {
    if (ranks_.adapter == "base") return;
    auto& strategy = plan.strategies.front();
    strategy.name = strategy.adapter = ranks_.adapter;
    if (ranks_.adapter == "ddp") return;
    for (const auto& child : module.named_children()) {
      plan::Unit unit{child.key(), {}, json::object()};
      for (std::uint32_t p = 0; p < plan.parameters.size(); ++p) {
        const auto& parameter = plan.parameters[p];
        if (!parameter.tied_to && parameter.name.starts_with(child.key() + ".")) unit.parameters.push_back(p);
      }
      if (!unit.parameters.empty()) strategy.units.push_back(std::move(unit));
    }
  }

  // For what each rank writes.
  [[nodiscard]] std::string own_folder() const {
    const auto folder = fmt::format("{}/{}", folder_, ranks_.world ? ranks_.world->rank() : 0);
    std::filesystem::create_directories(folder);
    return folder;
  }

  [[nodiscard]] Options options(const torch::nn::Module& module, const plan::Plan& plan) const {
    auto options = options_of(recorded_, module, plan);
    options.world = ranks_.world;
    return options;
  }

  void whole(Model& model, const plan::Plan& plan) {
    const auto ours = replay(recorded_, model, plan, options(*model.module, plan), ranks_);
    compare_run(ours, model, 0);
  }

  void compare_run(const Replayed& ours, const Model& model, std::int64_t first) {
    const auto& record = recorded_.record;
    if (recorded_.crashed()) return compare_crash(ours, first);
    if (ours.error) return differences_.add(*ours.error);
    keep_numbers(ours, model);
    compare_epochs(record.at("epochs"), ours.epochs, first, differences_);
    compare_transitions(record.at("transitions"), ours.transitions, differences_);
    compare_end(record.at("end"), ours.end, differences_);
    compare_weights(recorded_, "final.", *model.module, differences_);
  }

  // Up to the epoch in which FTS dies, and not beyond it.
  void compare_crash(const Replayed& ours, std::int64_t first) {
    json whole = json::array();
    for (const auto& epoch : recorded_.record.at("epochs")) {
      if (epoch.contains("groups_end") && !epoch.at("groups_end").is_null()) whole.push_back(epoch);
    }
    json epochs = ours.epochs;
    if (epochs.size() == whole.size() + 1 && ours.error) epochs.erase(epochs.size() - 1);  // the one that it dies in
    compare_epochs(whole, epochs, first, differences_);
    if (!ours.error) differences_.add("goes on where FTS crashes");
    remark_ = "ends where FTS crashes";
  }

  void resumed(Model& model, const plan::Plan& plan) {
    const auto& resume = recorded_.record.at("resume");
    plan::Plan first = plan;
    first.schedule.settings["checkpoint"].update({{"save_top_k", -1}, {"save_last", true}});
    plan::Plan second = first;
    limit(first, recorded_.config().at("resume"));
    Options options = this->options(*model.module, plan);
    options.checkpoints = folder_ + "/checkpoints";
    const auto before = replay(recorded_, model, first, options, ranks_);
    if (before.error) return differences_.add("before the resume: " + *before.error);
    compare_epochs(resume.at("first_run").at("epochs"), before.epochs, 0, differences_);
    compare_transitions(resume.at("first_run").at("transitions"), before.transitions, differences_);

    const auto from = resume.at("ckpt_epoch").get<std::int64_t>();
    Model again = initial_model();
    options = this->options(*again.module, plan);
    options.resume = checkpoint_of(folder_ + "/checkpoints", from);
    const auto after = replay(recorded_, again, second, options, ranks_, before.epochs);
    const bool by_fit_argument = recorded_.config().at("resume").value("via", "") == "fit_arg";
    if (by_fit_argument && !recorded_.crashed()) return compare_with_uninterrupted(after, again, second, from + 1);
    compare_run(after, again, from + 1);
  }

  // FTS does not notice such a resume and starts its schedule over; here it goes on, as if it had not been interrupted.
  void compare_with_uninterrupted(const Replayed& after, const Model& again, const plan::Plan& plan,
                                  std::int64_t first) {
    remark_ = "FTS starts over; here it goes on as the uninterrupted run does";
    if (after.error) return differences_.add(*after.error);
    Model model = initial_model();
    const auto whole = replay(recorded_, model, plan, options(*model.module, plan), ranks_);
    json rest = json::array();
    for (const auto& epoch : whole.epochs) {
      if (epoch.at("epoch").get<std::int64_t>() >= first) rest.push_back(epoch);
    }
    if (rest != after.epochs) differences_.add("the resumed epochs are not those of the uninterrupted run");
    for (const auto& p : model.module->named_parameters()) {
      if (!p.value().equal(again.module->named_parameters()[p.key()]))
        differences_.add(p.key() + ": another final weight");
    }
  }

  const Case& recorded_;
  const std::string& folder_;
  const Ranks& ranks_;
  std::uint64_t nudge_;
  std::string remark_;
  Differences differences_;
  std::vector<double> numbers_;
};

// How far apart two runs are, at most, relative to max(1, number).
double apart(const std::vector<double>& one, const std::vector<double>& other) {
  if (one.size() != other.size()) return std::numeric_limits<double>::infinity();
  double most = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const double by = std::abs(one[i] - other[i]) / std::max(1.0, std::abs(one[i]));
    if (by > most) most = by;
  }
  return most;
}

}  // namespace

// Processors round sums differently, and some runs (RMSprop near zero, a bias in front of a batch norm) make of a last
// bit what they make of any other difference: PyTorch itself comes to other numbers than its record there. What such a
// run comes to is known no better than as far as a last bit of its initial weights moves it.
Verdict judge(const std::string& path, const std::string& folder, const Ranks& ranks) {
  constexpr double kAsFar = 4;
  constexpr double kMost = 0.1;
  const Case recorded = read_case(path);
  Judge judge(recorded, folder, ranks);
  auto verdict = judge.verdict();
  const auto& found = judge.differences();
  if (verdict.differences.empty() || !found.of_numbers_only || (ranks.world && ranks.world->size() > 1)) return verdict;
  double moved = 0;
  for (const std::uint64_t nudge : {1, 2, 3}) {
    const auto own = fmt::format("{}/nudged{}", folder, nudge);
    std::filesystem::create_directories(own);
    Judge nudged(recorded, own, ranks, nudge);
    (void)nudged.verdict();
    moved = std::max(moved, apart(judge.numbers(), nudged.numbers()));
  }
  if (!(moved < kMost) || found.greatest > std::min(kAsFar * moved, kMost)) return verdict;
  return {
      verdict.id,
      fmt::format("up to rounding: {:.0e} from the record, and a last bit of the initial weights moves it by {:.0e}",
                  found.greatest, moved),
      {}};
}

}  // namespace fts::oracle
