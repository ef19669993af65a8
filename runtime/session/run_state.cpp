// What a run saves, and how it comes back.
#include <algorithm>
#include <filesystem>
#include <map>

#include <c10/util/Exception.h>
#include <c10/util/accumulate.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "compiler/base/code.hpp"
#include "compiler/plan/resume.hpp"
#include "runtime/bind/mismatch.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/session/guarded.hpp"
#include "runtime/session/random.hpp"
#include "runtime/session/tell.hpp"

namespace fts::session {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kGradient = ".grad";  // of batches that were gathered when the checkpoint was taken

// What makes the rest of an epoch other batches than its beginning had.
std::vector<std::string> other_batches(const nlohmann::json& then, const std::map<std::string, std::string>& now) {
  std::vector<std::string> differences;
  for (const auto& [name, value] : now) {
    const auto before = then.value(name, value);  // a name that is new says nothing of then
    if (before != value)
      differences.push_back(fmt::format("{} is {}, but the epoch that goes on began with {}", name, value, before));
  }
  return differences;
}

}  // namespace

std::vector<bind::NamedTensor> Run::named_parameters() const {
  std::vector<bind::NamedTensor> all;
  for (const auto position : positions())
    all.push_back({own_names_[position], adapter_->local(position), std::nullopt});
  return all;
}

std::vector<std::uint32_t> Run::positions() const {
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < plan_.parameters.size(); ++i) {
    if (!plan_.parameters[i].tied_to) all.push_back(i);
  }
  return all;
}

// The module's own tensor may be a slice.
at::IntArrayRef Run::whole_sizes(std::uint32_t position) const {
  const auto& parameter = plan_.parameters[position];
  return parameter.shape_known ? at::IntArrayRef(parameter.shape) : bound_.parameters[position].sizes();
}

std::vector<bind::NamedTensor> Run::named_buffers() const {
  auto all = bind::buffers_of(module_);
  std::erase_if(all, [](const auto& buffer) { return buffer.tied_to.has_value(); });
  return all;
}

Snapshot Run::take_snapshot() {
  batch_norms_.pin();
  // What is put together of several ranks is for the disk; in memory each keeps its own.
  auto optimizer = alone() ? adapter_->optimizer_state(training_->optimizer(), [](std::uint32_t) { return true; })
                           : std::as_const(*training_).optimizer().state();
  return {named_parameters(), named_buffers(), std::move(optimizer), training_->state(), rules_.one_best_for_the_run};
}

nlohmann::json Run::state(std::int64_t next_epoch) const {
  // Batches that wait for others to make a step are trained again, where the waiting gradients are several processes'.
  const auto waiting = alone() ? 0 : gathered_;
  nlohmann::json metrics = nlohmann::json::object();
  for (const auto& [name, value] : last_metrics_) metrics[name] = phase::exact(value);
  return {{"version", 2},
          {"world", ranks()},
          {"epoch", next_epoch},
          {"in_epoch", in_epoch_},
          {"batch", in_epoch_ ? batch_ - waiting : 0},
          {"step", steps_},
          {"gathered", gathered_ - waiting},
          {"cut", cut_},
          {"loss_sum", phase::exact(waiting > 0 ? step_loss_sum_ : loss_sum_)},
          {"loss_count", loss_count_ - waiting},
          {"metrics", std::move(metrics)},
          {"machine", machine_.state()},
          {"best", best_.state()},
          {"best_checkpoint", best_.epoch() < 0 ? "" : fs::path(best_checkpoint()).filename().string()},
          {"first_step_of_phase", first_step_of_phase_},
          {"kept", keeper_.state()},
          {"batching", batching_},
          {"training", training_->state()},
          {"random", waiting > 0 ? step_random_ : random_state()},
          {"epoch_random", in_epoch_ ? epoch_random_ : ""}};
}

std::string Run::best_checkpoint() const {
  return keeper_.best_of(rules_.one_best_for_the_run ? std::nullopt : std::optional(depth()));
}

void Run::save(const std::string& what, std::int64_t next_epoch, std::optional<double> best_value,
               const Snapshot& now) {
  settle_save(true);
  if (error_) return;
  const auto name = keeper_.next_name(what);
  keeper_.announce(name, depth(), best_value);
  checkpoint::Content content{plan::to_json(plan_), state(next_epoch), now.model(), {}};
  if (!alone()) {
    gather(content, now);
    return keeper_.start(name, std::move(content));
  }
  for (const auto& s : now.optimizer())
    content.optimizer.push_back({fmt::format("{}.{}", own_names_[s.position], s.slot), s.tensor});
  if (gathered_ > 0) {
    for (const auto& p : named_parameters()) {
      if (p.tensor.grad().defined())
        content.optimizer.push_back({p.name + std::string(kGradient), p.tensor.grad().clone()});
    }
  }
  keeper_.start(name, std::move(content));
}

// Each rank gets about as much as the others.
std::unordered_set<std::uint32_t> Run::positions_to_write() const {
  std::vector<std::int64_t> load(static_cast<std::size_t>(ranks()));
  std::unordered_set<std::uint32_t> mine;
  for (const auto position : positions()) {
    const auto least = std::ranges::min_element(load);
    *least += c10::multiply_integers(whole_sizes(position));
    if (least - load.begin() == rank()) mine.insert(position);
  }
  return mine;
}

// Whole tensors, each on the rank that writes it; and what each rank has of its own.
void Run::gather(checkpoint::Content& content, const Snapshot& now) {
  // First, so that a save that not all ranks have come to meets no other collective.
  auto& of_ranks = content.state["of_ranks"] = nlohmann::json::array();
  const nlohmann::json own{{"random", content.state.at("random")}, {"loss_sum", content.state.at("loss_sum")}};
  for (const auto& theirs : world_->exchange(own.dump(), "saves")) of_ranks.push_back(nlohmann::json::parse(theirs));
  const auto positions = this->positions();
  const auto mine = positions_to_write();
  const auto wanted = [&](std::uint32_t position) { return mine.contains(position); };
  content.model.clear();
  for (std::size_t i = 0; i < positions.size(); ++i) {
    auto whole = adapter_->whole(positions[i], now.model()[i].tensor);
    if (wanted(positions[i])) content.model.push_back({now.model()[i].name, std::move(whole)});
  }
  if (rank() == 0) {  // buffers
    content.model.insert(content.model.end(), now.model().begin() + static_cast<std::ptrdiff_t>(positions.size()),
                         now.model().end());
  }
  for (const auto& s : adapter_->optimizer_state(training_->optimizer(), wanted))
    content.optimizer.push_back({fmt::format("{}.{}", own_names_[s.position], s.slot), s.tensor});
  // What needed no putting together is the optimizer's own, which goes on.
  std::unordered_set<const c10::StorageImpl*> live;
  for (const auto& s : std::as_const(*training_).optimizer().state())
    live.insert(s.tensor.storage().unsafeGetStorageImpl());
  for (auto& state : content.optimizer) {
    if (live.contains(state.tensor.storage().unsafeGetStorageImpl())) state.tensor = state.tensor.clone();
  }
}

void Run::settle_save(bool wait) {
  auto saved = keeper_.finished(wait);
  if (!saved) return fail(std::move(saved.error()));
  if (!*saved) return;
  tell(&Observer::on_checkpoint, CheckpointEvent{**saved});
}

bool Run::save() {
  if (!keeper_.active() || !more()) return false;
  guarded("saving", [&] {
    save(in_epoch_ ? fmt::format("step{}", steps_) : fmt::format("epoch{}", epoch_index_ - 1), epoch_index_,
         std::nullopt, take_snapshot());
    settle_save(true);
  });
  return !error_;
}

tl::expected<void, std::string> Run::restore_tensors(const checkpoint::Loaded& loaded) {
  auto tensors = named_parameters();
  for (auto& buffer : named_buffers()) tensors.push_back(std::move(buffer));
  const auto positions = this->positions();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& t = tensors[i];
    const auto* stored = loaded.model.find(t.name);
    if (stored == nullptr) return tl::unexpected(fmt::format("it has no '{}'", t.name));
    const auto& info = *stored->info;
    const auto sizes = i < positions.size() ? whole_sizes(positions[i]) : t.tensor.sizes();
    if (sizes != at::IntArrayRef(info.shape) || bind::dtype_of(t.tensor) != info.dtype)
      return tl::unexpected(fmt::format("its '{}' is {} of {}", t.name, bind::shape_text(info.shape), info.dtype_name));
  }
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& stored = *loaded.model.find(tensors[i].name);
    if (i < positions.size() && adapter_->using_sharded_optimizer()) {
      tensors[i].tensor.copy_(adapter_->part_of(positions[i], stored.view()));
    } else {
      FTS_CHECK(stored.read_into(tensors[i].tensor));
    }
  }
  return {};
}

tl::expected<void, std::string> Run::load_model(const StateDict& model) {
  const at::NoGradGuard no_grad;
  auto tensors = named_parameters();
  for (auto& buffer : named_buffers()) tensors.push_back(std::move(buffer));
  const auto positions = this->positions();
  std::vector<at::Tensor> then;  // this rank's, of what may be whole
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& t = tensors[i];
    const auto it = model.find(t.name);
    if (it == model.end()) return tl::unexpected(fmt::format("it has no '{}'", t.name));
    const bool whole = it->second.sizes() != t.tensor.sizes() && i < positions.size() &&
                       it->second.sizes() == whole_sizes(positions[i]);
    then.push_back(whole ? adapter_->part_of(positions[i], it->second) : it->second);
    if (then.back().sizes() != t.tensor.sizes())
      return tl::unexpected(fmt::format("its '{}' is {}", t.name, bind::shape_text(it->second.sizes())));
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!then[i].is_alias_of(tensors[i].tensor)) tensors[i].tensor.copy_(then[i]);
  }
  return {};
}

tl::expected<std::vector<optim::Optimizer::State>, std::string> Run::optimizer_state(
    const checkpoint::StoredTensors& stored) const {
  std::map<std::string_view, std::uint32_t> positions;
  for (std::uint32_t i = 0; i < own_names_.size(); ++i) positions.emplace(own_names_[i], i);
  std::vector<optim::Optimizer::State> state;
  for (const auto& [name, entry] : stored.all()) {
    const auto dot = std::min(name.rfind('.'), name.size() - 1);
    const auto it = positions.find(name.substr(0, dot));
    if (it == positions.end()) return tl::unexpected(fmt::format("its optimizer state '{}' is of no parameter", name));
    if (name.substr(dot) != kGradient) state.push_back({it->second, name.substr(dot + 1), entry.view()});
  }
  return state;
}

void Run::restore_state(const checkpoint::Loaded& loaded) {
  const auto& s = loaded.state;
  epoch_index_ = s.at("epoch").get<std::int64_t>();
  resumed_in_epoch_ = s.at("in_epoch").get<bool>();
  batch_ = start_step_ = s.at("batch").get<std::int64_t>();
  steps_ = s.at("step").get<std::int64_t>();
  gathered_ = s.at("gathered").get<std::int64_t>();
  loss_count_ = s.at("loss_count").get<std::int64_t>();
  for (const auto& [name, value] : s.at("metrics").items()) last_metrics_.insert_or_assign(name, phase::exact(value));
  best_.restore(s.at("best"));
  first_step_of_phase_ = s.at("first_step_of_phase").get<bool>();
  keeper_.restore(s.at("kept"), fs::path(loaded.path).parent_path());
  const auto of_ranks = s.value("of_ranks", nlohmann::json::array());
  // Another number of processes goes on as rank 0 would; those that share a batch have the same.
  const auto like = static_cast<std::size_t>(share() * adapter_->ranks_with_one_batch());
  const auto& own = static_cast<int>(of_ranks.size()) == ranks() ? of_ranks[like] : s;
  loss_sum_ = phase::exact(own.at("loss_sum"));
  resume_random_ = own.at("random").get<std::string>();
  epoch_random_ = s.at("epoch_random").get<std::string>();
}

void Run::restore_gradients(const checkpoint::StoredTensors& stored) {
  for (const auto& p : named_parameters()) {
    if (const auto* gradient = stored.find(p.name + std::string(kGradient)))
      p.tensor.mutable_grad() = gradient->read().to(p.tensor.device());
  }
}

// Phases are entered again, one after the other, so that groups stand as they stood; then the numbers come back.
tl::expected<void, std::string> Run::resume_from(const checkpoint::Loaded& loaded) {
  try {
    if (loaded.state.at("version") != 2) return tl::unexpected(std::string("its state is of another version"));
    if (auto done = machine_.restore(loaded.state.at("machine")); !done) return done;
    for (int d = 1; d <= depth(); ++d) enter_phase(plan_.schedule.phases[static_cast<std::size_t>(d)], false);
    restore_state(loaded);
    if (auto done = restore_tensors(loaded); !done) return done;
    auto tensors = optimizer_state(loaded.optimizer);
    if (!tensors) return tl::unexpected(std::move(tensors.error()));
    if (auto done = training_->resume(loaded.state.at("training"), *tensors); !done) return done;
    restore_gradients(loaded.optimizer);
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

tl::expected<void, Error> Run::resume(const Options& options) {
  const auto path = checkpoint::find(options.resume);
  if (!path) {
    if (fs::path(options.resume + "/").lexically_normal() == fs::path(options.checkpoints + "/").lexically_normal())
      return {};  // killed before the first one
    return tl::unexpected(path.error());
  }
  auto loaded = checkpoint::load(*path);
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  const auto point = plan::read_resume_point(*path);
  if (!point) return tl::unexpected(point.error());
  auto obstacles = plan::resume_obstacles(*point, plan_, ranks());
  if (point->in_epoch) {
    for (auto& text : other_batches(loaded->state.value("batching", nlohmann::json::object()), batching_))
      obstacles.push_back({-1, std::move(text)});
  }
  if (!obstacles.empty()) return tl::unexpected(plan::resume_error(*path, obstacles));
  if (auto done = resume_from(*loaded); !done) {
    return tl::unexpected(make_error(Code::checkpoint_mismatch,
                                     fmt::format("the checkpoint '{}' does not fit: {}", *path, done.error())));
  }
  result_.checkpoint = *path;
  return {};
}

}  // namespace fts::session
