#include "runtime/run/fit.hpp"

#include <algorithm>
#include <set>

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "runtime/bind/mismatch.hpp"
#include "runtime/phase/condition.hpp"

namespace fts {

namespace {

tl::expected<void, Error> refuse_if_any(Code code, std::string message, std::string help, std::vector<Note> notes) {
  if (notes.empty()) return {};
  auto error = make_error(code, std::move(message), std::move(help));
  error.diagnostics.front().notes = std::move(notes);
  return tl::unexpected(std::move(error));
}

template <class Names>
std::vector<std::string_view> views(const Names& names) {
  return {names.begin(), names.end()};
}

}  // namespace

tl::expected<void, Error> check_inputs(const std::vector<Model::Input>& inputs, const NamedTensors& data,
                                       const std::string& path) {
  std::vector<std::string_view> spare;
  for (const auto& [name, tensor] : data) spare.push_back(name);
  std::erase_if(spare, [&](auto name) {
    return std::any_of(inputs.begin(), inputs.end(), [&](const auto& input) { return input.name == name; });
  });
  std::vector<Note> notes;
  for (const auto& input : inputs) {
    if (!input.required || data.contains(input.name)) continue;
    notes.push_back({"forward takes " + bind::with_suggestion(input.name, spare), {}});
  }
  std::string there;
  for (const auto& [name, tensor] : data) there += (there.empty() ? "" : ", ") + name;
  auto message = fmt::format("'{}' lacks {} of the tensors that the model takes", path, notes.size());
  return refuse_if_any(Code::data_mismatch, std::move(message), fmt::format("it has {}", there), std::move(notes));
}

tl::expected<void, Error> check_output(const NamedTensors& output, bool training) {
  std::vector<Note> notes;
  const auto loss = output.find("loss");
  if (loss == output.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, tensor] : output) names.push_back(name);
    notes.push_back({"there is no " + bind::with_suggestion("loss", names), {}});
  }
  for (const auto& [name, tensor] : output) {
    if (!tensor.defined()) {
      notes.push_back({fmt::format("'{}' is no tensor", name), {}});
    } else if (tensor.numel() != 1) {
      notes.push_back({fmt::format("'{}' is {}, not a scalar", name, bind::shape_text(tensor.sizes())), {}});
    } else if (name == "loss" && !tensor.is_floating_point()) {
      notes.push_back({"'loss' is of an integer type", {}});
    } else if (name == "loss" && training && !tensor.requires_grad()) {
      notes.push_back({"'loss' depends on no parameter that trains", {}});
    }
  }
  return refuse_if_any(Code::bad_output, "the model's forward does not return what training needs",
                       "return the loss, or a dict of scalar tensors with 'loss' in it; other entries are metrics",
                       std::move(notes));
}

std::vector<std::string> watched_metrics(const plan::Schedule& schedule) {
  std::set<std::string> names;
  for (const auto& phase : schedule.phases) {
    for (auto& name : phase::ConditionState(phase.until).needed_metrics()) names.insert(std::move(name));
  }
  const auto watches = [&](const nlohmann::json& settings) {
    if (const auto it = settings.find("monitor"); it != settings.end() && it->is_string()) names.insert(*it);
  };
  for (const auto& phase : schedule.phases) {
    if (phase.lr_scheduler) watches(phase.lr_scheduler->arguments);
  }
  if (const auto it = schedule.settings.find("checkpoint"); it != schedule.settings.end() && it->is_object())
    watches(*it);
  if (schedule.monitor && schedule.restore_best) names.insert(schedule.monitor->metric);
  return {names.begin(), names.end()};
}

tl::expected<void, Error> check_metrics(const std::vector<std::string>& watched,
                                        const std::vector<std::string>& available, bool validation) {
  std::vector<Note> notes;
  for (const auto& name : watched) {
    if (std::find(available.begin(), available.end(), name) != available.end()) continue;
    notes.push_back({"the schedule watches " + bind::with_suggestion(name, views(available)), {}});
  }
  std::string there;
  for (const auto& name : available) there += (there.empty() ? "" : ", ") + name;
  auto help = fmt::format("it will have {}", there);
  if (!validation) help += "; with --val also val_loss and the model's own metrics as val_<name>";
  return refuse_if_any(Code::metric_unavailable, "the run will not have what the schedule watches", std::move(help),
                       std::move(notes));
}

}  // namespace fts
