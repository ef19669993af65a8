#include "runtime/bind/weights.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_set>

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "compiler/base/code.hpp"
#include "compiler/graph/graph.hpp"
#include "runtime/bind/mismatch.hpp"
#include "runtime/bind/module_parameters.hpp"

namespace fts::bind {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

bool any_matches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) { return name_matches(p, name); });
}

// Buffers follow the parameters; their ties are counted from the beginning of both.
std::vector<NamedTensor> tensors_of(const torch::nn::Module& module) {
  auto all = parameters_of(module);
  const auto offset = static_cast<std::uint32_t>(all.size());
  for (auto& buffer : buffers_of(module)) {
    if (buffer.tied_to) *buffer.tied_to += offset;
    all.push_back(std::move(buffer));
  }
  return all;
}

tl::expected<std::vector<std::string>, Error> files_at(const std::string& path) {
  std::error_code code;
  if (fs::is_directory(path, code)) {
    const auto index = fs::path(path) / kIndex;
    return files_at((fs::exists(index, code) ? index : fs::path(path) / kFile).string());
  }
  if (path.ends_with(".index.json")) return graph::shards_of_index(path);
  return std::vector{path};
}

}  // namespace

bool has_memory(const at::Tensor& tensor) {
  return !tensor.has_storage() || tensor.numel() == 0 || tensor.storage().nbytes() > 0;
}

// Compares the names of a module and of files.
class WeightsMatch {
 public:
  WeightsMatch(Weights& weights, const torch::nn::Module& module, const LoadOptions& options)
      : weights_(weights), options_(options), wanted_(tensors_of(module)) {
    for (std::size_t file = 0; file < weights.files_.size(); ++file) {
      for (const auto& info : weights.files_[file].header().tensors)
        there_.emplace(options.prefix + info.name, Weights::Place{file, &info});
    }
  }

  [[nodiscard]] tl::expected<void, Error> run(const std::string& path) {
    match();
    check_shapes();
    const auto total = list_.total();
    if (total == 0) return {};
    auto error = make_error(
        Code::weights_mismatch,
        fmt::format("'{}' does not fit the model in {} place{}", path, total, total == 1 ? "" : "s"), help());
    error.diagnostics.front().notes = std::move(notes_);
    return tl::unexpected(std::move(error));
  }

 private:
  [[nodiscard]] std::size_t first(std::size_t i) const { return wanted_[i].tied_to ? *wanted_[i].tied_to : i; }

  void match() {
    std::unordered_set<std::string_view> names;
    std::map<std::size_t, Weights::Place> covered;  // a tied tensor needs to be there once, under any of its names
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      names.insert(wanted_[i].name);
      if (const auto it = there_.find(wanted_[i].name); it != there_.end()) covered.emplace(first(i), it->second);
    }
    std::vector<std::string_view> spare;
    for (const auto& [name, place] : there_) {
      if (!names.contains(name)) spare.push_back(name);
    }
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const auto& [name, tensor, tied_to] = wanted_[i];
      if (const auto it = covered.find(first(i)); it != covered.end()) {
        weights_.places_.emplace(tensor.unsafeGetTensorImpl(), it->second);
      } else if (!any_matches(options_.allow_missing, name)) {
        list_.add(fmt::format("missing in the file: {}", with_suggestion(name, spare)));
      } else if (!has_memory(tensor)) {
        list_.add(fmt::format("missing in the file, and without values of its own: '{}'", name));
      }
    }
    list_.flush(notes_, "are missing");
    for (const auto name : spare) {
      if (!any_matches(options_.allow_unexpected, name)) list_.add(fmt::format("unknown to the program: '{}'", name));
    }
    list_.flush(notes_, "are unknown to the program");
  }

  void check_shapes() {
    for (const auto& wanted : wanted_) {
      const auto it = there_.find(wanted.name);
      if (it == there_.end()) continue;
      const auto& info = *it->second.info;
      if (wanted.tensor.sizes() != at::IntArrayRef(info.shape)) {
        list_.add(fmt::format("'{}{}' is {} in the program and {} in the file", options_.prefix, info.name,
                              shape_text(wanted.tensor.sizes()), shape_text(info.shape)));
      } else if (!scalar_type(info.dtype)) {
        list_.add(
            fmt::format("'{}{}' has the dtype {}, which LibTorch lacks", options_.prefix, info.name, info.dtype_name));
      }
    }
    list_.flush(notes_, "do not fit");
  }

  [[nodiscard]] std::string help() const {
    std::vector<std::string_view> names, in_file;
    for (const auto& w : wanted_) names.push_back(w.name);
    for (const auto& [name, place] : there_) in_file.push_back(name);
    const auto prefix = common_prefix(names, in_file);
    if (!prefix.text.empty() && !prefix.remove) return fmt::format("set LoadOptions::prefix to \"{}\"", prefix.text);
    return "what may be absent or left over is named in LoadOptions::allow_missing and allow_unexpected";
  }

  Weights& weights_;
  const LoadOptions& options_;
  std::vector<NamedTensor> wanted_;
  std::map<std::string, Weights::Place, std::less<>> there_;  // by the module's name
  std::vector<Note> notes_;
  NoteList list_;
};

tl::expected<Weights, Error> Weights::open(const torch::nn::Module& module, const std::string& path,
                                           const LoadOptions& options) {
  const auto files = files_at(path);
  if (!files) return tl::unexpected(files.error());
  Weights weights;
  for (const auto& name : *files) {
    auto file = SafetensorsFile::open(name);
    if (!file) return tl::unexpected(std::move(file.error()));
    weights.files_.push_back(std::move(*file));
  }
  if (auto fits = WeightsMatch(weights, module, options).run(path); !fits)
    return tl::unexpected(std::move(fits.error()));
  return weights;
}

bool Weights::has(const at::Tensor& tensor) const { return places_.contains(tensor.unsafeGetTensorImpl()); }

void Weights::read(const at::Tensor& tensor, std::int64_t begin, const at::Tensor& to) const {
  const auto& place = places_.at(tensor.unsafeGetTensorImpl());
  FTS_CHECK(files_[place.file].read_into(*place.info, to, begin));
}

void Weights::fill(at::Tensor tensor, c10::Device device) const {
  if (!has(tensor)) return;
  if (!has_memory(tensor))
    tensor.set_data(at::empty(tensor.sizes(), tensor.options().device(device).requires_grad(false)));
  read(tensor, 0, tensor);
}

void Weights::fill_all(const torch::nn::Module& module) const {
  for (const auto& parameter : module.parameters()) fill(parameter, parameter.device());
  for (const auto& buffer : module.buffers()) fill(buffer, buffer.device());
}

}  // namespace fts::bind
