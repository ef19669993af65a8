// What a run saves, and how it comes back.
#include <filesystem>
#include <map>

#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "runtime/bind/mismatch.hpp"
#include "runtime/session/plan_difference.hpp"
#include "runtime/session/random.hpp"
#include "runtime/session/run.hpp"

namespace fts::session {

namespace fs = std::filesystem;

std::vector<bind::NamedTensor> Run::model_tensors() const {
  std::vector<bind::NamedTensor> all;
  for (std::size_t i = 0; i < bound_.parameters.size(); ++i) {
    if (!plan_.parameters[i].tied_to) all.push_back({plan_.parameters[i].name, bound_.parameters[i], std::nullopt});
  }
  for (auto& buffer : bind::buffers_of(module_)) {
    if (!buffer.tied_to) all.push_back(std::move(buffer));
  }
  return all;
}

nlohmann::json Run::state(std::int64_t next_epoch, std::int64_t batch) const {
  return {{"version", 1},
          {"epoch", next_epoch},
          {"batch", batch},
          {"step", steps_},
          {"machine", machine_.state()},
          {"best", best_.state()},
          {"first_step_of_phase", first_step_of_phase_},
          {"kept", keeper_.state()},
          {"training", training_->state()},
          {"random", random_state()},
          {"epoch_random", batch > 0 ? epoch_random_ : ""}};
}

void Run::save(const std::string& what, std::int64_t next_epoch, std::int64_t batch, std::optional<double> best_value) {
  batch_norms_.pin();
  const auto name = keeper_.next_name(what);
  keeper_.announce(name, depth(), best_value);
  checkpoint::Content content{plan::to_json(plan_), state(next_epoch, batch), {}, {}};
  for (auto& t : model_tensors()) content.model.push_back({std::move(t.name), std::move(t.tensor)});
  for (auto& s : training_->optimizer().state()) {
    content.optimizer.push_back({fmt::format("{}.{}", plan_.parameters[s.position].name, s.slot), s.tensor});
  }
  if (auto saved = keeper_.save(name, content); !saved) fail(std::move(saved.error()));
}

tl::expected<void, std::string> Run::restore_tensors(const checkpoint::Loaded& loaded) {
  const auto tensors = model_tensors();
  for (const auto& t : tensors) {
    const auto* info = loaded.model.find(t.name);
    if (info == nullptr) return tl::unexpected(fmt::format("it has no '{}'", t.name));
    if (t.tensor.sizes() != at::IntArrayRef(info->shape) || bind::dtype_of(t.tensor) != info->dtype) {
      return tl::unexpected(
          fmt::format("its '{}' is {} of {}", t.name, bind::shape_text(info->shape), info->dtype_name));
    }
  }
  for (const auto& t : tensors) FTS_CHECK(loaded.model.read_into(*loaded.model.find(t.name), t.tensor));
  return {};
}

tl::expected<std::vector<optim::Optimizer::State>, std::string> Run::optimizer_state(
    const bind::SafetensorsFile& file) const {
  std::map<std::string_view, std::uint32_t> positions;
  for (std::uint32_t i = 0; i < plan_.parameters.size(); ++i) positions.emplace(plan_.parameters[i].name, i);
  std::vector<optim::Optimizer::State> state;
  for (const auto& info : file.header().tensors) {
    const std::string_view name = info.name;
    const auto dot = std::min(name.rfind('.'), name.size() - 1);
    const auto it = positions.find(name.substr(0, dot));
    if (it == positions.end()) return tl::unexpected(fmt::format("its optimizer state '{}' is of no parameter", name));
    state.push_back({it->second, name.substr(dot + 1), file.read(info)});
  }
  return state;
}

void Run::restore_state(const checkpoint::Loaded& loaded) {
  const auto& s = loaded.state;
  epoch_index_ = s.at("epoch").get<std::int64_t>();
  batch_ = start_step_ = s.at("batch").get<std::int64_t>();
  steps_ = s.at("step").get<std::int64_t>();
  best_.restore(s.at("best"));
  first_step_of_phase_ = s.at("first_step_of_phase").get<bool>();
  keeper_.restore(s.at("kept"), fs::path(loaded.path).parent_path());
  resume_random_ = s.at("random").get<std::string>();
  epoch_random_ = s.at("epoch_random").get<std::string>();
}

// Phases are entered again, one after the other, so that groups stand as they stood; then the numbers come back.
tl::expected<void, std::string> Run::resume_from(const checkpoint::Loaded& loaded) {
  try {
    if (loaded.state.at("version") != 1) return tl::unexpected(std::string("its state is of another version"));
    if (auto done = machine_.restore(loaded.state.at("machine")); !done) return done;
    for (int d = 1; d <= depth(); ++d) enter_phase(plan_.schedule.phases[static_cast<std::size_t>(d)], false);
    restore_state(loaded);
    if (auto done = restore_tensors(loaded); !done) return done;
    auto tensors = optimizer_state(loaded.optimizer);
    if (!tensors) return tl::unexpected(std::move(tensors.error()));
    if (auto done = training_->resume(loaded.state.at("training"), *tensors); !done) return done;
    if (!settings_.frozen_bn_track_running_stats) batch_norms_.reset();
    const auto random = random_state();
    if (!set_random_state(*resume_random_))
      return tl::unexpected(std::string("its random generator is another LibTorch's"));
    FTS_CHECK(set_random_state(random));
    return {};
  } catch (const nlohmann::json::exception& e) {
    return tl::unexpected(fmt::format("its state cannot be read: {}", e.what()));
  } catch (const c10::Error& e) {
    return tl::unexpected(e.what_without_backtrace());
  }
}

namespace {

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

tl::expected<void, Error> Run::resume(const Options& options) {
  // "runs/a/", as a shell completes it, is "runs/a": a checkpoint's name and folder are taken from its path.
  std::string path = without_trailing_slash(options.resume);
  if (!checkpoint::is_checkpoint(path)) {
    const auto names = checkpoint::list(path);
    if (names.empty() && path == without_trailing_slash(options.checkpoints)) return {};  // killed before the first one
    if (names.empty()) {
      return tl::unexpected(
          make_error(Code::checkpoint_unreadable, fmt::format("there is no checkpoint in '{}'", path)));
    }
    path = (fs::path(path) / names.back()).string();
  }
  auto loaded = checkpoint::load(path);
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  const auto differences = plan_differences(loaded->plan, plan::to_json(plan_));
  if (!differences.empty()) {
    auto error = make_error(Code::checkpoint_mismatch, fmt::format("the checkpoint '{}' is of another plan", path),
                            "undo these changes, or start a new run; only max_epochs and max_steps may change");
    for (const auto& d : differences) error.diagnostics.front().notes.push_back({d, {}});
    return tl::unexpected(std::move(error));
  }
  if (auto done = resume_from(*loaded); !done) {
    return tl::unexpected(
        make_error(Code::checkpoint_mismatch, fmt::format("the checkpoint '{}' does not fit: {}", path, done.error())));
  }
  result_.checkpoint = path;
  return {};
}

}  // namespace fts::session
