#include "runtime/bind/load_weights.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/bind/mismatch.hpp"
#include "runtime/bind/module_parameters.hpp"
#include "runtime/bind/safetensors.hpp"

namespace fts {

namespace {

using bind::NamedTensor;

bool any_matches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) { return name_matches(p, name); });
}

struct Loading {
  const bind::SafetensorsFile& file;
  const LoadOptions& options;
  std::vector<NamedTensor> wanted;                                     // parameters, then buffers
  std::map<std::string, const graph::TensorInfo*, std::less<>> there;  // by the module's name
  std::vector<std::pair<const graph::TensorInfo*, at::Tensor>> plan;
  std::vector<Note> notes;
  bind::NoteList list;

  [[nodiscard]] std::size_t first(std::size_t i) const { return wanted[i].tied_to ? *wanted[i].tied_to : i; }

  void match() {
    std::unordered_set<std::string_view> names;
    std::unordered_set<std::size_t> covered;  // a tied tensor needs to be in the file once, under any of its names
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      names.insert(wanted[i].name);
      if (there.contains(wanted[i].name)) covered.insert(first(i));
    }
    std::vector<std::string_view> spare;
    for (const auto& [name, info] : there) {
      if (!names.contains(name)) spare.push_back(name);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto it = there.find(wanted[i].name);
      if (it != there.end()) {
        plan.emplace_back(it->second, wanted[i].tensor);
      } else if (!covered.contains(first(i)) && !any_matches(options.allow_missing, wanted[i].name)) {
        list.add(fmt::format("missing in the file: {}", bind::with_suggestion(wanted[i].name, spare)));
      }
    }
    list.flush(notes, "are missing");
    for (const auto name : spare) {
      if (!any_matches(options.allow_unexpected, name)) list.add(fmt::format("unknown to the program: '{}'", name));
    }
    list.flush(notes, "are unknown to the program");
  }

  void check_shapes() {
    for (const auto& [info, tensor] : plan) {
      if (tensor.sizes() != at::IntArrayRef(info->shape)) {
        list.add(fmt::format("'{}{}' is {} in the program and {} in the file", options.prefix, info->name,
                             bind::shape_text(tensor.sizes()), bind::shape_text(info->shape)));
      } else if (!bind::scalar_type(info->dtype)) {
        list.add(
            fmt::format("'{}{}' has the dtype {}, which LibTorch lacks", options.prefix, info->name, info->dtype_name));
      }
    }
    list.flush(notes, "do not fit");
  }

  [[nodiscard]] std::string help() const {
    std::vector<std::string_view> names, in_file;
    for (const auto& w : wanted) names.push_back(w.name);
    for (const auto& [name, info] : there) in_file.push_back(name);
    const auto prefix = bind::common_prefix(names, in_file);
    if (!prefix.text.empty() && !prefix.remove) return fmt::format("set LoadOptions::prefix to \"{}\"", prefix.text);
    return "what may be absent or left over is named in LoadOptions::allow_missing and allow_unexpected";
  }
};

// Buffers follow the parameters; their ties are counted from the beginning of both.
std::vector<NamedTensor> tensors_of(const torch::nn::Module& module) {
  auto all = bind::parameters_of(module);
  const auto offset = static_cast<std::uint32_t>(all.size());
  for (auto& buffer : bind::buffers_of(module)) {
    if (buffer.tied_to) *buffer.tied_to += offset;
    all.push_back(std::move(buffer));
  }
  return all;
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() != '*') {
    return !name.empty() && pattern.front() == name.front() && name_matches(pattern.substr(1), name.substr(1));
  }
  const bool across = pattern.starts_with("**");
  const auto rest = pattern.substr(across ? 2 : 1);
  for (std::size_t taken = 0;; ++taken) {
    if (name_matches(rest, name.substr(taken))) return true;
    if (taken == name.size() || (!across && name[taken] == '.')) return false;
  }
}

tl::expected<void, Error> load_weights(torch::nn::Module& module, const std::string& path, const LoadOptions& options) {
  const auto file = bind::SafetensorsFile::open(path);
  if (!file) return tl::unexpected(file.error());
  Loading loading{*file, options, tensors_of(module), {}, {}, {}, {}};
  for (const auto& info : file->header().tensors) loading.there.emplace(options.prefix + info.name, &info);
  loading.match();
  loading.check_shapes();
  if (const auto total = loading.list.total(); total != 0) {
    auto error = make_error(
        Code::weights_mismatch,
        fmt::format("'{}' does not fit the model in {} place{}", path, total, total == 1 ? "" : "s"), loading.help());
    error.diagnostics.front().notes = std::move(loading.notes);
    return tl::unexpected(std::move(error));
  }
  for (const auto& [info, tensor] : loading.plan) FTS_CHECK(file->read_into(*info, tensor));
  return {};
}

}  // namespace fts
