#include <memory>

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <random>

#include "compiler/graph/name_index.hpp"
#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

namespace {

// Feeds XXH3-128; every text goes with its length, so that no two graphs feed the same bytes.
class Hasher {
 public:
  Hasher() : state_(XXH3_createState(), &XXH3_freeState) {
    FTS_CHECK(state_ != nullptr);
    XXH3_128bits_reset(state_.get());
  }
  void number(std::uint64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(value >> (8 * i));
    XXH3_128bits_update(state_.get(), bytes, sizeof bytes);
  }
  void text(std::string_view text) {
    number(text.size());
    XXH3_128bits_update(state_.get(), text.data(), text.size());
  }
  [[nodiscard]] std::string digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes) {
  static const std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string ParamGraph::fingerprint() const {
  Hasher hasher;
  hasher.text("fts-param-graph 1");
  hasher.number(module_count());
  for (ModuleId id = 0; id < module_count(); ++id) {
    const Module m = module(id);
    hasher.text(m.name);
    hasher.text(m.type);
  }
  hasher.number(parameter_count());
  for (ParamId id = 0; id < parameter_count(); ++id) {
    const Parameter p = parameter(id);
    hasher.text(p.name);
    hasher.text(p.shape_known ? name(p.dtype) : "unknown");
    hasher.number(p.shape.size());
    for (const std::int64_t size : p.shape) hasher.number(static_cast<std::uint64_t>(size));
    hasher.number(p.requires_grad ? 1 : 0);
    hasher.number(p.tied_to);
  }
  return hasher.digest();
}

}  // namespace fts::graph
