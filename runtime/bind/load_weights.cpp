#include "runtime/bind/load_weights.hpp"

#include "runtime/bind/weights.hpp"

namespace fts {

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
  const auto weights = bind::Weights::open(module, path, options);
  if (!weights) return tl::unexpected(weights.error());
  weights->fill_all(module);
  return {};
}

}  // namespace fts
