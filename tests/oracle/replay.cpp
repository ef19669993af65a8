#include "tests/oracle/replay.hpp"

#include <set>
#include <algorithm>

#include <torch/torch.h>

#include "compiler/resolve/schema.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/session/run.hpp"

namespace fts::oracle {

namespace {

using nlohmann::json;

class Replay {
 public:
  Replay(const Case& recorded, Model& model, session::Run& run, World* world, const json& before)
      : recorded_(recorded),
        model_(model),
        run_(run),
        world_(world),
        x_(recorded.tensor("train_x")),
        y_(recorded.tensor("train_y")),
        batch_size_(recorded.record.at("data").at("batch_size").get<std::int64_t>()),
        validate_every_(recorded.setting("trainer", json::object()).value("check_val_every_n_epoch", 1)) {
    for (const auto& epoch : before) depths_[epoch.at("epoch").get<std::int64_t>()] = epoch.at("depth").get<int>();
  }

  Replayed all() {
    while (auto* epoch = run_.next_epoch()) one(*epoch);
    const auto result = run_.result();
    if (!result) {
      out_.error = result.error().text();
      return std::move(out_);
    }
    for (const auto& move : result->moves) transition(move);
    const auto& best = run_.best();
    out_.end = {{"epochs_run", result->epochs},
                {"global_step", result->steps},
                {"final_depth", result->depth},
                {"reason", result->reason.starts_with("max_") ? "max_epochs" : "early_stopping"},
                {"best_epoch", best.epoch()},
                {"best_depth", best.epoch() < 0 ? 0 : depths_[best.epoch()]}};
    return std::move(out_);
  }

 private:
  void one(Epoch& epoch) {
    json now = {{"epoch", epoch.index()},   {"depth", epoch.depth()},   {"optimizer", optimizer_class()},
                {"groups_start", groups()}, {"trainable", trainable()}, {"steps", json::array()}};
    depths_[epoch.index()] = epoch.depth();
    model_.module->train();
    std::vector<Rows> rows;
    for (std::int64_t from = 0; from < x_.size(0); from += batch_size_) {
      for (int part = 0; part < ranks(); ++part) rows.push_back({from, part});
    }
    std::size_t seen = 0;
    for (const auto& part : epoch.shard(rows)) {
      step(now, part);
      ++seen;
    }
    model_.module->eval();
    const bool whole = seen * static_cast<std::size_t>(ranks()) ==
                       rows.size();  // Lightning does not validate an epoch that max_steps cuts short
    if (whole && (epoch.index() + 1) % validate_every_ == 0) {
      const double real = validate();
      now["val_real"] = real;
      run_.finish(metrics(epoch.index(), real));
    } else {
      epoch.finish_without_validation();
    }
    now["groups_end"] = groups();
    out_.epochs.push_back(std::move(now));
  }

  // A rank's part of a batch.
  struct Rows {
    std::int64_t from;
    int part;
  };

  [[nodiscard]] int ranks() const { return world_ == nullptr ? 1 : world_->size(); }

  void step(json& epoch, const Rows& rows) {
    const auto to = std::min(rows.from + batch_size_, x_.size(0));
    const auto mine = [&](const at::Tensor& t) { return t.slice(0, rows.from + rows.part, to, ranks()); };
    json rates = json::array();
    for (const auto& group : run_.training().optimizer().groups()) rates.push_back(group.rate.lr);
    const auto loss = model_.loss(mine(x_), mine(y_));
    epoch["steps"].push_back({{"lr", rates}, {"loss", mean(loss)}});
    run_.step(loss);
  }

  // Over the ranks.
  double mean(const at::Tensor& loss) {
    if (world_ == nullptr) return loss.item<double>();
    const auto sum = loss.detach().to(at::kDouble).clone();
    world_->all().all_reduce(sum).wait();
    return sum.item<double>() / ranks();
  }

  double validate() {
    const torch::NoGradGuard no_grad;
    return model_.loss(recorded_.tensor("val_x"), recorded_.tensor("val_y")).item<double>();
  }

  [[nodiscard]] Metrics metrics(std::int64_t epoch, double real) const {
    Metrics all = {{"val_loss", real}};
    const auto script = recorded_.setting("val_script");
    const auto monitor = recorded_.config().at("monitor").get<std::string>();
    if (script.is_array()) {
      const auto last = static_cast<std::int64_t>(script.size()) - 1;
      all[monitor] = number(script.at(static_cast<std::size_t>(std::min(epoch, last))));
    }
    all.emplace(monitor, real);
    return all;
  }

  void transition(const MoveEvent& move) {
    const bool plateau = move.reason.find("plateau") != std::string::npos;
    const bool epoch =
        move.reason.find("epoch ") != std::string::npos && move.reason.find("is reached") != std::string::npos;
    out_.transitions.push_back(
        {{"at_epoch", move.epoch},
         {"from", move.from.depth},
         {"to", move.to.depth},
         {"reason", plateau && epoch ? "both"
                    : plateau        ? "early_stopping"
                                     : "max_transition_epoch"},
         {"restored",
          move.restored ? json{{"epoch", *move.restored}, {"ckpt_depth", depths_[*move.restored]}} : json()}});
  }

  [[nodiscard]] std::string optimizer_class() const {
    return resolve::find_spec(resolve::optimizers(), run_.training().optimizer().spec().name)->class_name;
  }

  [[nodiscard]] json groups() const {
    const auto state = run_.training().state();
    json all = json::array();
    const auto& groups = run_.training().optimizer().groups();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      json names = json::array();
      for (const auto position : groups[i].positions) names.push_back(run_.plan().parameters[position].name);
      all.push_back({{"params", names}, {"lr", groups[i].rate.lr}, {"weight_decay", groups[i].weight_decay}});
      if (state.at("groups")[i].at("has_initial_lr") == true) all.back()["initial_lr"] = groups[i].rate.initial_lr;
      if (groups[i].rate.momentum) all.back()["momentum"] = *groups[i].rate.momentum;
    }
    return all;
  }

  // Each tensor by its first name, as Python tells of it.
  [[nodiscard]] json trainable() const {
    json names = json::array();
    std::set<const c10::TensorImpl*> told;
    for (const auto& p : model_.module->named_parameters()) {
      if (p.value().requires_grad() && told.insert(p.value().unsafeGetTensorImpl()).second) names.push_back(p.key());
    }
    return names;
  }

  const Case& recorded_;
  Model& model_;
  session::Run& run_;
  World* world_;
  at::Tensor x_;
  at::Tensor y_;
  std::int64_t batch_size_;
  std::int64_t validate_every_;
  std::map<std::int64_t, int> depths_;  // by epoch
  Replayed out_;
};

}  // namespace

Replayed replay(const Case& recorded, Model& model, const plan::Plan& plan, const Options& options, const Ranks& ranks,
                const nlohmann::json& before) {
  auto run = session::Run::open(*model.module, plan, options);
  if (!run) return {.error = run.error().text()};
  return Replay(recorded, model, **run, ranks.world.get(), before).all();
}

}  // namespace fts::oracle
