#include "runtime/comm/rendezvous.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts::comm {

namespace {

// Reads variables and gathers what is wrong with them.
class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  [[nodiscard]] std::optional<std::string> text(const char* name) const {
    const char* value = environment_(name);
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
  }

  std::optional<std::int64_t> number(const char* name, std::int64_t minimum, std::int64_t maximum) {
    const auto written = text(name);
    if (!written) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(written->data(), written->data() + written->size(), value);
    if (fault == std::errc() && end == written->data() + written->size() && value >= minimum && value <= maximum)
      return value;
    faults_.push_back(fmt::format("{}='{}' is no number from {} to {}", name, *written, minimum, maximum));
    return std::nullopt;
  }

  std::int64_t needed(const char* name, std::int64_t minimum, std::int64_t maximum) {
    if (!text(name)) missing(name);
    return number(name, minimum, maximum).value_or(minimum);
  }

  void missing(std::string_view name) { faults_.push_back(fmt::format("{} is not set", name)); }

  [[nodiscard]] tl::expected<Rendezvous, Error> finish(Rendezvous found) const {
    if (faults_.empty()) return found;
    auto error = make_error(Code::rendezvous_failed,
                            fmt::format("the variables of {} do not say who takes part", found.launcher),
                            "start with torchrun, srun or mpirun, or unset them for a run in one process");
    for (const auto& fault : faults_) error.diagnostics.front().notes.push_back({fault, {}});
    return tl::unexpected(std::move(error));
  }

 private:
  const Environment& environment_;
  std::vector<std::string> faults_;
};

constexpr std::int64_t kMaxRanks = 1 << 20;
constexpr std::int64_t kMaxPort = 65535;

struct Launcher {
  const char* name;
  const char* rank;
  const char* size;
  const char* local_rank;
};
constexpr Launcher kLaunchers[] = {
    {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK"},
    {"SLURM", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"},
    {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
};

// The first host of a SLURM node list: "node[003-005,9],gpu1" is node003.
std::string first_host(const std::string& list) {
  const auto end = list.find_first_of(",[");
  if (end == std::string::npos || list[end] == ',') return list.substr(0, end);
  const auto number_end = list.find_first_of("-,]", end + 1);
  return list.substr(0, end) +
         list.substr(end + 1, number_end == std::string::npos ? number_end : number_end - end - 1);
}

// Where the ranks meet. Jobs of one host may run side by side, so that SLURM's port comes from the job's number.
void find_store(Reader& read, Rendezvous& to) {
  if (const auto address = read.text("MASTER_ADDR")) {
    to.address = *address;
  } else if (const auto nodes = read.text("SLURM_JOB_NODELIST"); to.launcher == "SLURM" && nodes) {
    to.address = first_host(*nodes);
  } else if (to.launcher == "Open MPI" && read.number("OMPI_COMM_WORLD_LOCAL_SIZE", 1, kMaxRanks) == to.size) {
    to.address = "127.0.0.1";
  } else {
    read.missing("MASTER_ADDR");
  }
  if (read.text("MASTER_PORT")) {
    to.port = static_cast<std::uint16_t>(read.number("MASTER_PORT", 1, kMaxPort).value_or(0));
  } else if (const auto job = read.number("SLURM_JOB_ID", 0, INT64_MAX); to.launcher == "SLURM" && job) {
    to.port = static_cast<std::uint16_t>(15000 + *job % 10000);
  } else {
    read.missing("MASTER_PORT");
  }
}

}  // namespace

tl::expected<Rendezvous, Error> rendezvous_from(const Environment& environment) {
  Reader read(environment);
  for (const auto& launcher : kLaunchers) {
    if (!read.text(launcher.rank) && !read.text(launcher.size)) continue;
    Rendezvous found;
    found.launcher = launcher.name;
    found.size = static_cast<int>(read.needed(launcher.size, 1, kMaxRanks));
    found.rank = static_cast<int>(read.needed(launcher.rank, 0, found.size - 1));
    found.local_rank = static_cast<int>(read.number(launcher.local_rank, 0, found.size - 1).value_or(0));
    // `srun` of one task, or a shell in an allocation: nobody to meet.
    if (found.size == 1 && !read.text("MASTER_ADDR")) return read.finish(found);
    find_store(read, found);
    found.store_of_agent = read.text("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True";
    found.attempt = read.text("TORCHELASTIC_RESTART_COUNT").value_or("0");
    return read.finish(found);
  }
  return Rendezvous{};
}

}  // namespace fts::comm
