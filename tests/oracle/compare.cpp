#include "tests/oracle/compare.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <torch/nn/module.h>

namespace fts::oracle {

namespace {

using nlohmann::json;

void compare_number(double ours, double recorded, const std::string& at, Differences& out) {
  if (ours == recorded || (std::isnan(ours) && std::isnan(recorded))) return;
  const double apart = std::abs(ours - recorded) / std::max(1.0, std::abs(recorded));
  if (apart <= out.tolerance) return;
  out.add_number(fmt::format("{}: {}, not {}", at, ours, recorded), apart);
}

// A rate is arithmetic in doubles: nothing but the last bits may differ.
bool equal_rates(double a, double b) { return a == b || std::abs(a - b) <= 1e-14 * std::abs(b); }

void compare_group(const json& recorded, const json& ours, const std::string& at, Differences& out) {
  const json params = recorded.at("params");
  if (params != ours.at("params")) out.add(at + ".params: " + ours.at("params").dump() + ", not " + params.dump());
  for (const char* key : {"lr", "initial_lr", "weight_decay", "momentum"}) {
    const bool in_record = recorded.contains(key) && !recorded.at(key).is_null();
    const bool in_ours = ours.contains(key);
    if (!in_record && std::string_view(key) == "momentum") continue;  // Adam's beta1
    if (in_record != in_ours) {
      out.add(fmt::format("{}.{}: {}", at, key, in_ours ? "there, not in the record" : "missing"));
    } else if (in_record && !equal_rates(ours.at(key).get<double>(), number(recorded.at(key)))) {
      out.add(fmt::format("{}.{}: {}, not {}", at, key, ours.at(key).dump(), recorded.at(key).dump()));
    }
  }
}

void compare_groups(const json& recorded, const json& ours, const std::string& at, Differences& out) {
  if (recorded.size() != ours.size())
    return out.add(fmt::format("{}: {} groups, not {}", at, ours.size(), recorded.size()));
  for (std::size_t i = 0; i < recorded.size(); ++i)
    compare_group(recorded[i], ours[i], fmt::format("{}[{}]", at, i), out);
}

void compare_steps(const json& recorded, const json& ours, const std::string& at, Differences& out) {
  if (recorded.size() != ours.size())
    return out.add(fmt::format("{}: {} steps, not {}", at, ours.size(), recorded.size()));
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    const auto where = fmt::format("{}[{}]", at, i);
    compare_number(ours[i].at("loss").get<double>(), number(recorded[i].at("loss")), where + ".loss", out);
    const auto& rates = recorded[i].at("lr");
    bool same = rates.size() == ours[i].at("lr").size();
    for (std::size_t g = 0; same && g < rates.size(); ++g)
      same = equal_rates(ours[i].at("lr")[g].get<double>(), number(rates[g]));
    if (!same) out.add(fmt::format("{}.lr: {}, not {}", where, ours[i].at("lr").dump(), rates.dump()));
  }
}

std::vector<std::string> sorted(const json& names) {
  auto all = names.get<std::vector<std::string>>();
  std::sort(all.begin(), all.end());
  return all;
}

void compare_epoch(const json& recorded, const json& ours, Differences& out) {
  const auto at = fmt::format("epoch {}", recorded.at("epoch").get<std::int64_t>());
  for (const char* key : {"epoch", "depth", "optimizer"}) {
    if (recorded.at(key) != ours.at(key))
      out.add(at + "." + key + ": " + ours.at(key).dump() + ", not " + recorded.at(key).dump());
  }
  if (sorted(recorded.at("trainable")) != sorted(ours.at("trainable")))
    out.add(fmt::format("{}: {} train, not {}", at, ours.at("trainable").dump(), recorded.at("trainable").dump()));
  compare_groups(recorded.at("groups_start"), ours.at("groups_start"), at + ".groups_start", out);
  compare_steps(recorded.at("steps"), ours.at("steps"), at + ".steps", out);
  const bool validated = recorded.contains("val_real") && !recorded.at("val_real").is_null();
  if (validated != ours.contains("val_real")) {
    out.add(at + (validated ? ": not validated" : ": validated, which the record is not"));
  } else if (validated) {
    compare_number(ours.at("val_real").get<double>(), number(recorded.at("val_real")), at + ".val_real", out);
  }
  if (recorded.contains("groups_end"))
    compare_groups(recorded.at("groups_end"), ours.at("groups_end"), at + ".groups_end", out);
}

}  // namespace

void compare_epochs(const json& recorded, const json& replayed, std::int64_t first, Differences& out) {
  std::vector<const json*> whole;
  for (const auto& epoch : recorded) {
    if (epoch.at("epoch").get<std::int64_t>() >= first && !epoch.value("no_epoch_start_hook", false))
      whole.push_back(&epoch);
  }
  for (std::size_t i = 0; i < std::min(whole.size(), replayed.size()); ++i) compare_epoch(*whole[i], replayed[i], out);
  if (whole.size() != replayed.size()) out.add(fmt::format("{} epochs, not {}", replayed.size(), whole.size()));
}

void compare_transitions(const json& recorded, const json& replayed, Differences& out) {
  if (recorded.size() != replayed.size())
    out.add(fmt::format("{} transitions, not {}", replayed.size(), recorded.size()));
  for (std::size_t i = 0; i < std::min(recorded.size(), replayed.size()); ++i) {
    json wanted;
    for (const char* key : {"at_epoch", "from", "to", "reason"}) wanted[key] = recorded[i].at(key);
    const auto& restored = recorded[i].at("restored");
    wanted["restored"] =
        restored.is_null() ? json() : json{{"epoch", restored.at("epoch")}, {"ckpt_depth", restored.at("ckpt_depth")}};
    if (wanted != replayed[i]) out.add(fmt::format("transition {}: {}, not {}", i, replayed[i].dump(), wanted.dump()));
  }
}

void compare_end(const json& recorded, const json& replayed, Differences& out) {
  for (const char* key : {"epochs_run", "global_step", "final_depth", "reason"}) {
    if (recorded.at(key) != replayed.at(key))
      out.add(fmt::format("end.{}: {}, not {}", key, replayed.at(key).dump(), recorded.at(key).dump()));
  }
  const auto& checkpoint = recorded.at("checkpoint");
  if (!checkpoint.is_object()) return;
  const auto model = checkpoint.value("best_model", "");  // "epoch=1-step=8.ckpt"
  const auto best = model.starts_with("epoch=") ? std::stoll(model.substr(6)) : -1;
  if (best != replayed.at("best_epoch"))
    out.add(fmt::format("best epoch: {}, not {}", replayed.at("best_epoch").dump(), best));
  if (best >= 0 && checkpoint.at("best_ckpt_depth") != replayed.at("best_depth"))
    out.add("best depth: " + replayed.at("best_depth").dump() + ", not " + checkpoint.at("best_ckpt_depth").dump());
}

void compare_weights(const Case& recorded, const std::string& prefix, const torch::nn::Module& module,
                     Differences& out) {
  const auto compare = [&](const std::string& name, const at::Tensor& ours) {
    const auto wanted = recorded.tensor(prefix + name).to(at::kDouble);
    const auto difference = (ours.detach().to(at::kDouble) - wanted).abs().max().item<double>();
    const auto apart = difference / std::max(1.0, wanted.abs().max().item<double>());
    if (apart <= out.tolerance) return;
    out.add_number(fmt::format("{}{}: differs by {}", prefix, name, difference), apart);
  };
  for (const auto& p : module.named_parameters()) compare(p.key(), p.value());
  for (const auto& b : module.named_buffers()) compare(b.key(), b.value());
}

}  // namespace fts::oracle
