#include "compiler/plan/memory.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "compiler/plan/memory_pieces.hpp"

namespace fts::plan {

namespace {

using nlohmann::json;

// Numbers that an optimizer keeps for each element that it has trained.
double state_of(const Spec* optimizer) {
  if (optimizer == nullptr) return 0;
  const std::string& name = optimizer->name;
  const json& a = optimizer->arguments;
  const bool momentum = number_at(a, "momentum") != 0;
  if (name == "sgd") return momentum ? 1 : 0;
  if (name == "adagrad") return 1;
  if (name == "rmsprop") return 1 + (momentum ? 1 : 0) + (flag_at(a, "centered") ? 1 : 0);
  if (name == "lbfgs") return 2 * number_at(a, "history_size") + 3;
  return flag_at(a, "amsgrad") ? 3 : 2;  // adam, adamw and their kin
}

double two_largest(std::vector<double> bytes) {
  std::sort(bytes.rbegin(), bytes.rend());
  bytes.resize(2);
  return bytes[0] + bytes[1];
}

class Phases {
 public:
  Phases(const Plan& plan, const Strategy& strategy, Ranks ranks)
      : plan_(plan),
        strategy_(strategy),
        data_(static_cast<double>(ranks.data)),
        pieces_(pieces_of(plan, strategy, ranks)) {}

  [[nodiscard]] std::vector<PhaseMemory> all() {
    std::vector<PhaseMemory> phases;
    trains_.assign(plan_.parameters.size(), false);
    state_.assign(plan_.parameters.size(), 0);
    for (std::size_t i = 0; i < plan_.schedule.phases.size(); ++i) {
      const Phase& phase = plan_.schedule.phases[i];
      if (phase.optimizer) std::fill(state_.begin(), state_.end(), 0);  // a new one starts without state
      for (const auto p : phase.thaw) trains_[p] = true;
      for (const auto p : phase.freeze) trains_[p] = false;
      const double state = state_of(optimizer_in_force(plan_.schedule, i));
      for (std::size_t p = 0; p < trains_.size(); ++p) {
        if (trains_[p]) state_[p] = state;
      }
      phases.push_back(one());
    }
    return phases;
  }

 private:
  [[nodiscard]] PhaseMemory one() const {
    PhaseMemory m;
    const auto first = std::find(trains_.begin(), trains_.end(), true) - trains_.begin();
    std::vector<double> passing;   // gathered for a moment
    std::vector<double> reducing;  // whole gradients, for a moment
    for (const Piece& piece : pieces_) {
      const bool any =
          std::any_of(piece.parts.begin(), piece.parts.end(), [&](const auto& p) { return trains_[p.parameter]; });
      const auto trains = [&](const Piece::Part& p) { return trains_[p.parameter] || (piece.flat && any); };
      const double parameters = piece.sum([&](const auto& p) { return p.shard * p.stored; });
      const double gradients = piece.sum([&](const auto& p) { return trains(p) ? p.shard * p.stored : 0; });
      const double optimizer = piece.sum([&](const auto& p) {
        const double state = piece.flat && !piece.views && any ? flat_state(piece) : state_[p.parameter];
        return p.shard * p.stored * state;
      });
      m.parameters += parameters;
      m.gradients += gradients;
      m.optimizer += zero1() ? optimizer / data_ : optimizer;
      if (piece.offloaded) m.host += parameters + gradients + optimizer;
      m.trained_units += any && &piece != &pieces_.back() ? 1 : 0;
      if (data_ <= 1) continue;
      if (piece.sharded) {
        sharded(piece, any, piece.last >= first, trains, passing, reducing, m);
      } else {
        replicated(gradients, m);
      }
    }
    m.gathered += two_largest(std::move(passing));  // one in use and one ahead
    m.reduced += two_largest(std::move(reducing));  // one is sent while the next one's come together
    return m;
  }

  // All-gather before forward, and again before backward where it was resharded; reduce-scatter of its gradients.
  template <typename Trains>
  void sharded(const Piece& piece, bool any, bool in_backward, const Trains& trains, std::vector<double>& passing,
               std::vector<double>& reducing, PhaseMemory& m) const {
    const double whole = piece.gathered();
    const double others = (data_ - 1) / data_;
    m.gathered += whole * piece.kept;
    if (piece.kept < 1) passing.push_back(whole * (1 - piece.kept));
    m.moved += whole * others;
    if (in_backward && piece.kept < 1) m.moved += piece.kept == 0 ? whole * others : whole * (1 - piece.kept);
    if (!any) return;
    const double gradient = piece.sum([&](const auto& p) {
      return trains(p) ? p.whole * (piece.gather_bytes > 0 ? piece.gather_bytes : p.stored) : 0;
    });
    const double reduction = piece.reduce_bytes == 0 ? gradient : piece.sum([&](const auto& p) {
      return trains(p) ? p.whole * piece.reduce_bytes : 0;
    });
    reducing.push_back(gradient + (reduction == gradient ? 0 : reduction));
    m.moved += reduction * others;
  }

  // An all-reduce (a ring receives its sum twice), in buckets of ddp.
  void replicated(double gradients, PhaseMemory& m) const {
    const double others = (data_ - 1) / data_;
    m.moved += 2 * gradients * others;
    if (strategy_.adapter != "ddp") return;
    if (!flag_at(strategy_.settings, "gradient_as_bucket_view")) m.reduced += gradients;
    if (zero1()) m.moved += gradients * others;  // the updated parameters
  }

  [[nodiscard]] bool zero1() const { return flag_at(strategy_.settings, "zero1"); }
  [[nodiscard]] double flat_state(const Piece& piece) const {
    double most = 0;
    for (const auto& part : piece.parts) most = std::max(most, state_[part.parameter]);
    return most;
  }

  const Plan& plan_;
  const Strategy& strategy_;
  double data_;
  std::vector<Piece> pieces_;  // the last is what is in no unit
  std::vector<bool> trains_;   // by parameter
  std::vector<double> state_;  // numbers that the optimizer keeps for each of its elements
};

}  // namespace

tl::expected<Ranks, std::string> ranks_of(const Strategy& strategy, std::int64_t world) {
  const json* mesh = setting_at(strategy.settings, "mesh");
  const auto size = [&](const char* key) -> std::optional<std::int64_t> {
    const json* value = mesh == nullptr ? nullptr : setting_at(*mesh, key);
    if (value == nullptr || !value->is_number_integer()) return std::nullopt;
    return value->get<std::int64_t>();
  };
  if (strategy.adapter == "base") return Ranks{};
  const auto data = size("data");
  const std::int64_t tensor = size("tensor").value_or(1);
  if (world == 0) return Ranks{data.value_or(1), tensor};
  if (data && *data * tensor != world) {
    return tl::unexpected(
        fmt::format("a mesh of {} x {} ranks needs {} processes, not {}", *data, tensor, *data * tensor, world));
  }
  if (world % tensor != 0) {
    return tl::unexpected(fmt::format("{} processes do not divide by {} tensor-parallel ranks", world, tensor));
  }
  return Ranks{world / tensor, tensor};
}

std::vector<PhaseMemory> memory(const Plan& plan, const Strategy& strategy, Ranks ranks) {
  return Phases(plan, strategy, ranks).all();
}

}  // namespace fts::plan
