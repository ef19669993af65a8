#include "compiler/plan/memory_pieces.hpp"

#include <algorithm>

namespace fts::plan {

using nlohmann::json;

const json* setting_at(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return !object.is_object() || found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_at(const json& object, const char* key) {
  const json* value = setting_at(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

bool flag_at(const json& object, const char* key) {
  const json* value = setting_at(object, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

double number_at(const json& object, const char* key) {
  const json* value = setting_at(object, key);
  return value != nullptr && value->is_number() ? value->get<double>() : 0;
}

namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

bool is_floating(graph::DType dtype) {
  using graph::DType;
  return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

double bytes_of(const std::string& dtype) {
  const auto parsed = graph::parse_dtype(dtype);
  return parsed ? static_cast<double>(graph::size_of(*parsed)) : 0;
}

class Pieces {
 public:
  Pieces(const Plan& plan, const Strategy& strategy, Ranks ranks) : plan_(plan), strategy_(strategy), ranks_(ranks) {
    split_.assign(plan.parameters.size(), nullptr);
    for (const auto& shared : strategy.tensor_parallel) {
      for (const Split& split : shared.splits) split_[split.parameter] = &split;
    }
    const std::string precision = text_at(strategy.settings, "precision");
    if (precision == "bf16" || precision == "f16" || precision == "f64") stored_ = bytes_of(precision);
  }

  [[nodiscard]] std::vector<Piece> all() const {
    std::vector<Piece> pieces;
    std::vector<bool> taken(plan_.parameters.size(), false);
    for (const Unit& unit : strategy_.units) {
      pieces.push_back(strategy_.adapter == "fsdp" ? flat(unit) : by_parameter(unit));
      for (const auto p : unit.parameters) taken[p] = true;
    }
    Piece plain{.sharded = false};
    for (std::uint32_t p = 0; p < plan_.parameters.size(); ++p) {
      if (taken[p] || plan_.parameters[p].tied_to) continue;
      const double n = static_cast<double>(elements(local_shape(p)));
      plain.parts.push_back({p, n, n, stored(p)});
    }
    pieces.push_back(std::move(plain));
    return pieces;
  }

 private:
  [[nodiscard]] static std::int64_t elements(const std::vector<std::int64_t>& shape) {
    std::int64_t n = 1;
    for (const auto size : shape) n *= size;
    return n;
  }
  [[nodiscard]] std::vector<std::int64_t> local_shape(std::uint32_t p) const {
    if (!plan_.parameters[p].shape_known) return {0};
    auto shape = plan_.parameters[p].shape;
    if (split_[p] != nullptr) {
      auto& size = shape[static_cast<std::size_t>(split_[p]->dim)];
      size = ceil_div(size, ranks_.tensor);
    }
    return shape;
  }
  [[nodiscard]] double stored(std::uint32_t p) const {
    const auto dtype = plan_.parameters[p].dtype;
    return stored_ > 0 && is_floating(dtype) ? stored_ : static_cast<double>(graph::size_of(dtype));
  }

  [[nodiscard]] Piece flat(const Unit& unit) const {
    const json& s = strategy_.settings;
    Piece piece{.flat = true, .views = flag_at(s, "use_orig_params"), .offloaded = flag_at(s, "cpu_offload")};
    const std::string sharding = text_at(s, "sharding_strategy");
    piece.sharded = sharding != "NO_SHARD";
    piece.kept = sharding == "SHARD_GRAD_OP" || sharding == "_HYBRID_SHARD_ZERO2" ? 1 : 0;
    if (const json* mixed = setting_at(s, "mixed_precision")) precision(*mixed, piece);
    std::int64_t whole = 0;
    for (const auto p : unit.parameters) whole += elements(local_shape(p));
    const double share =
        whole == 0 ? 0 : static_cast<double>(ceil_div(whole, ranks_.data)) / static_cast<double>(whole);
    for (const auto p : unit.parameters) {
      const double n = static_cast<double>(elements(local_shape(p)));
      piece.parts.push_back({p, n, piece.sharded ? n * share : n, stored(p)});
      piece.last = p;
    }
    return piece;
  }

  [[nodiscard]] Piece by_parameter(const Unit& unit) const {
    Piece piece{.offloaded = setting_at(unit.settings, "offload_policy") != nullptr};
    if (const json* policy = setting_at(unit.settings, "mp_policy")) precision(*policy, piece);
    if (const json* reshard = setting_at(unit.settings, "reshard_after_forward")) {
      if (reshard->is_boolean()) piece.kept = reshard->get<bool>() ? 0 : 1;
      if (reshard->is_number_integer()) piece.kept = 1 / std::max(1.0, reshard->get<double>());
    }
    std::vector<std::pair<std::uint32_t, std::size_t>> dims;
    if (const json* placement = setting_at(unit.settings, "shard_placement")) {
      for (const auto& each : *placement) {
        if (each.is_array() && each.size() == 2)
          dims.emplace_back(each[0].get<std::uint32_t>(), each[1].get<std::size_t>());
      }
    }
    for (const auto p : unit.parameters) {
      auto shape = local_shape(p);
      const double whole = static_cast<double>(elements(shape));
      const auto found = std::find_if(dims.begin(), dims.end(), [&](const auto& d) { return d.first == p; });
      const std::size_t dim = found == dims.end() ? 0 : found->second;
      if (dim < shape.size()) shape[dim] = ceil_div(shape[dim], ranks_.data);
      piece.parts.push_back({p, whole, static_cast<double>(elements(shape)), stored(p)});
      piece.last = p;
    }
    return piece;
  }

  static void precision(const json& policy, Piece& piece) {
    piece.gather_bytes = bytes_of(text_at(policy, "param_dtype"));
    piece.reduce_bytes = bytes_of(text_at(policy, "reduce_dtype"));
  }

  const Plan& plan_;
  const Strategy& strategy_;
  Ranks ranks_;
  std::vector<const Split*> split_;  // by parameter
  double stored_ = 0;                // bytes an element that `precision` sets; 0: the model's own
};

}  // namespace

std::vector<Piece> pieces_of(const Plan& plan, const Strategy& strategy, Ranks ranks) {
  return Pieces(plan, strategy, ranks).all();
}

}  // namespace fts::plan
