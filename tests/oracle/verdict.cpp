#include "tests/oracle/verdict.hpp"

#include <filesystem>

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

// A bias in front of a batch norm, which takes it away again: its true gradient is zero, and Adam makes rounding as
// large as any other gradient.
std::vector<std::string> driven_by_rounding(const Case& recorded) {
  if (recorded.id != "bn_false_new_opt") return {};
  return {"c1.bias", "bn1.running_mean", "c2.bias", "bn2.running_mean"};
}

class Judge {
 public:
  Judge(const Case& recorded, const std::string& folder, const Ranks& ranks)
      : recorded_(recorded),
        folder_(folder),
        ranks_(ranks),
        differences_{ranks.tolerance, driven_by_rounding(recorded)} {}

  Verdict verdict() {
    Model model = make_model(recorded_);
    auto plan = plan_of(recorded_, *model.module, own_folder());
    if (plan) {
      shard(*plan, *model.module);
      recorded_.record.at("resume").is_object() ? resumed(model, *plan) : whole(model, *plan);
    } else if (recorded_.crashed()) {
      remark_ = "FTS crashes, here it does not compile";
    } else {
      differences_.add("does not compile: " + plan.error());
    }
    return {recorded_.id, remark_, std::move(differences_.all)};
  }

 private:
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
    Model again = make_model(recorded_);
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
    Model model = make_model(recorded_);
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
  std::string remark_;
  Differences differences_;
};

}  // namespace

Verdict judge(const std::string& path, const std::string& folder, const Ranks& ranks) {
  const Case recorded = read_case(path);
  return Judge(recorded, folder, ranks).verdict();
}

}  // namespace fts::oracle
