#include "runtime/adapters/connected_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/code.hpp"
#include "runtime/optim/clip.hpp"

namespace fts {

namespace {

Names renamed(const Names& names, const std::unordered_map<std::string, std::string>& table) {
  if (table.empty()) return names;
  Names out;
  for (const auto& name : names) {
    const auto it = table.find(name);
    out.push_back(it == table.end() ? name : it->second);
  }
  return out;
}

}  // namespace

ConnectedSession::ConnectedSession(torch::nn::Module& module, const plan::Plan& plan, const plan::Strategy& strategy,
                                   std::shared_ptr<World> world, std::function<void(Diagnostic)> warn)
    : module_(module),
      plan_(plan),
      strategy_(strategy),
      world_(std::move(world)),
      warn_(std::move(warn)),
      own_(bind::parameters_of(module)) {
  for (std::size_t i = 0; i < own_.size(); ++i) by_name_.emplace(own_[i].name, i);
  const auto renames = strategy.settings.find("renames");
  if (renames == strategy.settings.end()) return;
  for (const auto& row : *renames) {  // what is no such row stays unrenamed, and binding says so
    if (!row.is_array() || row.size() != 2 || !row[0].is_number_integer() || !row[1].is_string()) continue;
    const auto position = row[0].get<std::int64_t>();
    if (position < 0 || position >= static_cast<std::int64_t>(plan.parameters.size())) continue;
    const auto& name = plan.parameters[static_cast<std::size_t>(position)].name;
    to_model_.emplace(name, row[1].get<std::string>());
    to_schedule_.emplace(row[1].get<std::string>(), name);
  }
}

void ConnectedSession::load_weights() { weights_->fill_all(module_); }

void ConnectedSession::warn(std::string message, std::string help) {
  Diagnostic d;
  d.code = Code::adapter_failed;
  d.severity = Severity::warning;
  d.message = std::move(message);
  d.help = std::move(help);
  warn_(std::move(d));
}

Names ConnectedSession::names(const std::vector<std::uint32_t>& positions) const {
  Names names;
  for (const auto position : positions) names.push_back(plan_.parameters[position].name);
  return names;
}

Names ConnectedSession::to_model(const Names& names) const { return renamed(names, to_model_); }
Names ConnectedSession::to_schedule(const Names& names) const { return renamed(names, to_schedule_); }

NamedParameters ConnectedSession::named_parameters() const {
  NamedParameters all;
  for (const auto& p : own_) all.emplace_back(renamed({p.name}, to_schedule_).front(), p.tensor);
  return all;
}

tl::expected<ScheduleLimits, Error> ConnectedSession::validate_ft_sched(const NamedParameters& named) {
  std::vector<bind::NamedTensor> ours;
  for (const auto& [name, tensor] : named) ours.push_back({name, tensor, std::nullopt});
  bind::tie(ours);
  auto bound = bind::bind(ours, plan_);
  if (!bound) return tl::unexpected(std::move(bound.error()));
  bound_ = std::move(*bound);
  const auto& schedule = plan_.schedule;
  const int last = static_cast<int>(schedule.phases.size()) - 1;
  return ScheduleLimits{schedule.max_depth < 0 ? last : std::min(last, schedule.max_depth),
                        plan::epoch_watermark(schedule)};
}

Thawed ConnectedSession::base_ft_phase(const Names& thaw, bool /*init_thaw*/) {
  Thawed thawed;
  for (const auto& name : thaw) {
    const auto it = by_name_.find(name);
    if (it == by_name_.end() || own_[it->second].tensor.requires_grad()) continue;
    thawed.newly.push_back(name);
  }
  for (const auto& name : thawed.newly) own_[by_name_.at(name)].tensor.set_requires_grad(true);
  for (const auto& p : own_) {
    if (p.tensor.requires_grad()) thawed.all.push_back(p.name);
  }
  return thawed;
}

void ConnectedSession::freeze(const Names& names) {
  for (const auto& name : names) {
    auto tensor = parameter(name);
    if (!tensor.defined()) continue;
    tensor.set_requires_grad(false);
    tensor.mutable_grad().reset();
  }
}

void ConnectedSession::freeze_all() {
  for (const auto& p : own_) freeze({p.name});
}

at::Tensor ConnectedSession::parameter(const std::string& name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? at::Tensor() : own_[it->second].tensor;
}

at::Tensor ConnectedSession::gradient_norm(const optim::Optimizer& optimizer) const {
  return optim::gradient_norm(optimizer);
}

Names ConnectedSession::own_names(const std::vector<at::Tensor>& tensors) const {
  std::unordered_map<const void*, const std::string*> by_tensor;
  for (const auto& p : own_) by_tensor.emplace(p.tensor.unsafeGetTensorImpl(), &p.name);
  Names names;
  for (const auto& tensor : tensors) {
    const auto it = by_tensor.find(tensor.unsafeGetTensorImpl());
    names.push_back(it == by_tensor.end() ? std::string() : *it->second);
  }
  return names;
}

tl::expected<bind::Bound, Error> ConnectedSession::bound(Adapter& adapter) {
  if (!bound_) {
    if (auto valid = validate_ft_sched(adapter.get_named_params_for_schedule_validation()); !valid)
      return tl::unexpected(std::move(valid.error()));
  }
  return *bound_;
}

tl::expected<void, Error> check_transforms(Adapter& adapter, const SessionHandle& session) {
  auto error = make_error(Code::adapter_failed, "the adapter's names do not fit the schedule",
                          "fts_optim_transform must name a parameter of the optimizer for each of the schedule's, and "
                          "logical_param_translation is its reverse");
  auto& notes = error.diagnostics.front().notes;
  for (const auto& phase : session.plan().schedule.phases) {
    const auto names = session.names(phase.thaw);
    const auto transformed = adapter.fts_optim_inspect(names);
    const auto back = adapter.logical_param_translation(transformed);
    if (transformed.size() != names.size() || back != names) {
      notes.push_back({fmt::format("phase '{}' does not come back as it went", phase.name), {}});
      continue;
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!adapter.optimizer_parameter(transformed[i]).defined())
        notes.push_back({fmt::format("'{}' becomes '{}', which is no parameter", names[i], transformed[i]), {}});
    }
  }
  if (notes.empty()) return {};
  return tl::unexpected(std::move(error));
}

}  // namespace fts
