#include "runtime/comm/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <numeric>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <sys/socket.h>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <unistd.h>

#include "compiler/base/code.hpp"
#include "runtime/comm/backend.hpp"
#include "runtime/comm/in_time.hpp"

namespace fts {

namespace {

using std::chrono::milliseconds;

using comm::kStoreAnswers;

// Whether somebody takes connections there.
bool listens(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return false;
  bool taken = false;
  for (const addrinfo* a = found; a != nullptr && !taken; a = a->ai_next) {
    const int probe = ::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (probe < 0) continue;
    const timeval limit{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(probe, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);  // of connect() too
    taken = ::connect(probe, a->ai_addr, a->ai_addrlen) == 0;
    ::close(probe);
  }
  ::freeaddrinfo(found);
  return taken;
}

// Until rank 0's store listens, within `patience`: where it does not yet, c10d's client asks again after half a second
// or more, which is longer than a program takes to start.
void await_listener(const std::string& host, int port, milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!listens(host, port) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(milliseconds(5));
}

c10::intrusive_ptr<c10d::Store> open_store(const comm::Rendezvous& at, milliseconds timeout) {
  if (at.address.empty()) return c10::make_intrusive<c10d::HashStore>();
  c10d::TCPStoreOptions options;
  options.port = at.port;
  options.isServer = at.rank == 0 && !at.store_of_agent;
  options.waitWorkers = false;
  options.timeout = timeout;
  if (!options.isServer && !at.store_of_agent)
    await_listener(at.address, at.port, std::min(timeout, milliseconds(10'000)));
  return c10::make_intrusive<c10d::TCPStore>(at.address, options);
}

std::vector<std::uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }

// What is under a key now; empty: nothing.
std::string peek(c10d::Store& store, const std::string& key) {
  if (!store.check({key})) return {};
  const auto text = store.get(key);
  return {text.begin(), text.end()};
}

std::optional<comm::Waiting> waiting_of(const std::string& said) {
  comm::Waiting waiting;
  std::istringstream words(said);
  if (!(words >> waiting.kind >> waiting.number >> waiting.times)) return std::nullopt;
  std::getline(words >> std::ws, waiting.doing);
  return waiting;
}

// What the store says; nothing of it, where it is out of reach: what waits for the others has a timeout of its own.
template <class Ask>
auto ask_in_time(Ask ask) -> decltype(ask()) {
  try {
    auto answer = comm::in_time(std::move(ask), kStoreAnswers);
    if (answer.valid()) return answer.get();
  } catch (const std::exception&) {
    // It is gone.
  }
  return {};
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// "rank 2", "ranks 0 and 3"
std::string ranks_in_words(const std::vector<int>& ranks) {
  if (ranks.size() == 1) return fmt::format("rank {}", ranks.front());
  return fmt::format("ranks {} and {}", fmt::join(ranks.begin(), ranks.end() - 1, ", "), ranks.back());
}

}  // namespace

tl::expected<std::shared_ptr<World>, Error> World::from_env(const comm::Timeouts& timeouts) {
  auto rendezvous = comm::rendezvous_from([](const char* name) { return std::getenv(name); });
  if (!rendezvous) return tl::unexpected(std::move(rendezvous.error()));
  return join(*rendezvous, timeouts);
}

tl::expected<std::shared_ptr<World>, Error> World::join(const comm::Rendezvous& rendezvous,
                                                        const comm::Timeouts& timeouts) {
  const auto failed = [&](const std::string& why) {
    return tl::unexpected(make_error(Code::rendezvous_failed,
                                     fmt::format("rank {} of {} did not meet the others at {}:{}: {}", rendezvous.rank,
                                                 rendezvous.size, rendezvous.address, rendezvous.port, first_line(why)),
                                     "are all ranks started, with the same MASTER_ADDR and MASTER_PORT? `timeout { "
                                     "setup = … }` gives slow hosts more time"));
  };
  try {
    auto store = open_store(rendezvous, timeouts.setup);
    const auto prefix = fmt::format("fts/{}", rendezvous.attempt);
    std::shared_ptr<World> world(
        new World(rendezvous, timeouts, c10::make_intrusive<c10d::PrefixStore>(prefix, std::move(store))));
    if (rendezvous.size > 1)
      world->heartbeat_ = std::make_unique<comm::Heartbeat>(world->store_->clone(), rendezvous.rank);
    world->all_ = std::make_unique<comm::Group>(world->group("all", world->ranks()));
    return world;
  } catch (const c10::Error& e) {
    return failed(e.what_without_backtrace());
  } catch (const std::exception& e) {
    return failed(e.what());
  }
}

World::World(comm::Rendezvous rendezvous, comm::Timeouts timeouts, c10::intrusive_ptr<c10d::Store> store)
    : rendezvous_(std::move(rendezvous)),
      timeouts_(timeouts),
      timeout_(timeouts.setup),
      device_(comm::nccl_module() == nullptr
                  ? c10::Device(c10::kCPU)
                  : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(rendezvous_.local_rank))),
      store_(std::move(store)),
      exchange_(store_, "0", rendezvous_.rank, rendezvous_.size) {
  store_->setTimeout(timeout_);
}

// Gloo's destructor waits for its collectives, and nothing breaks one off: what may never end is left behind.
World::~World() {
  static auto& left_behind = *new std::vector<MadeGroup>();
  if (broken_) {
    std::ranges::move(groups_, std::back_inserter(left_behind));
  } else {
    leave_together();
  }
}

// The store's process goes last: what the others still ask of it would else fail, and they would say so.
void World::leave_together() {
  heartbeat_.reset();
  const bool hosts = rank() == 0 && !rendezvous_.store_of_agent;
  try {
    const auto gone = store_->add("left", 1);
    if (!hosts) return;
    const auto deadline = std::chrono::steady_clock::now() + kStoreAnswers;
    for (auto left = gone; left < size() && std::chrono::steady_clock::now() < deadline; left = store_->add("left", 0))
      std::this_thread::sleep_for(milliseconds(1));
  } catch (const std::exception&) {
    // It is gone, and with it who would wait.
  }
}

comm::Group World::group(const std::string& name, const std::vector<int>& ranks) {
  return make_group(name, ranks, device_);
}

comm::Group World::cpu_group(const std::string& name, const std::vector<int>& ranks) {
  return make_group(name, ranks, c10::kCPU);
}

comm::Group World::make_group(const std::string& name, const std::vector<int>& ranks, c10::Device device) {
  // A communicator costs threads and connections, and lives as long as the world.
  const auto made = std::ranges::find_if(groups_, [&](const MadeGroup& other) {
    return other.group.name() == name && other.group.ranks() == ranks && other.device == device;
  });
  if (made != groups_.end()) return made->group;
  const auto self = std::find(ranks.begin(), ranks.end(), rank());
  FTS_CHECK(self != ranks.end());
  comm::BackendRequest request;
  request.store = c10::make_intrusive<c10d::PrefixStore>(
      fmt::format("{}/{}/{}", c10::DeviceTypeName(device.type(), true), name, fmt::join(ranks, ",")), store_);
  request.rank = static_cast<int>(self - ranks.begin());
  request.size = static_cast<int>(ranks.size());
  request.address = rendezvous_.address;
  request.timeout = timeout_;
  request.device = device;
  comm::Group group(name, ranks, device.is_cuda() ? comm::nccl_module()(request) : comm::make_gloo(request));
  return groups_.emplace_back(std::move(group), device).group;
}

std::vector<int> World::ranks() const {
  std::vector<int> all(static_cast<std::size_t>(size()));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

comm::Mesh World::mesh(int data, int tensor) {
  FTS_CHECK(data * tensor == size());
  std::vector<int> along_data;
  std::vector<int> along_tensor;
  for (int d = 0; d < data; ++d) along_data.push_back(d * tensor + rank() % tensor);
  for (int t = 0; t < tensor; ++t) along_tensor.push_back(rank() / tensor * tensor + t);
  return {group("data", along_data), group("tensor", along_tensor)};
}

void World::setup_done() {
  timeout_ = timeouts_.train;
  for (const auto& made : groups_) made.group.backend()->setTimeout(timeout_);
}

void World::tell(const std::string& name, const std::string& text) {
  store_->set(fmt::format("{}/{}", name, rank()), bytes(text));
}

std::string World::told(const std::string& name, int of, milliseconds patience) const {
  const auto key = fmt::format("{}/{}", name, of);
  try {
    store_->wait({key}, patience);
    const auto text = store_->get(key);
    return {text.begin(), text.end()};
  } catch (const std::exception&) {
    return {};
  }
}

std::vector<std::string> World::exchange(const std::string& text, const std::string& doing) {
  auto all = exchange_(doing + '\n' + text, timeout_, [&](std::int64_t number) { waits("exchange", number, doing); });
  for (std::size_t other = 0; other < all.size(); ++other) {
    const auto end = std::min(all[other].find('\n'), all[other].size());
    if (all[other].substr(0, end) != doing)
      diverged(fmt::format("the ranks do different things: rank {} {}, rank {} {}", rank(), doing, other,
                           all[other].substr(0, end)));
    all[other].erase(0, end + 1);
  }
  return all;
}

std::function<std::vector<std::string>(const std::string&)> World::new_exchange() {
  auto exchange = std::make_shared<comm::Exchange>(store_->clone(), std::to_string(++exchanges_), rank(), size());
  // What is done between two may take as long as it takes; a rank that is gone is found by its heartbeat.
  return [exchange](const std::string& text) { return (*exchange)(text, std::chrono::hours(24), {}); };
}

void World::diverged(const std::string& text) {
  broken_ = true;
  try {
    store_->set("diverged", bytes(text));
    tell("diverged", text);
    std::vector<std::string> all;
    for (const int r : ranks()) all.push_back(fmt::format("diverged/{}", r));
    store_->wait(all, kStoreAnswers);  // each says so when it hears it
  } catch (const std::exception&) {
    // Another rank is elsewhere, or gone with the store.
  }
  throw comm::Diverged(text);
}

// Each says anew, as long as it waits, where. One that does so again and again while this one waits at another place
// cannot have come by here, nor this one by there: both would wait for ever. Where not all wait at one place, some rank
// and the one behind it do not, so each looks at that one alone.
void World::waits(const std::string& kind, std::int64_t number, const std::string& doing) {
  constexpr int kOften = 4;  // the first time may have been before this one began to wait
  const std::pair place(kind, number);
  if (std::exchange(place_, place) != place) elsewhere_ = {};
  const int next = (rank() + 1) % size();
  const auto [fault, said] = ask_in_time(
      [store = store_, rank = rank(), next, mine = fmt::format("{} {} {} {}", kind, number, ++waited_, doing)] {
        store->set(fmt::format("waits/{}", rank), bytes(mine));
        return std::pair(peek(*store, "diverged"), peek(*store, fmt::format("waits/{}", next)));
      });
  if (!fault.empty()) diverged(fault);
  const auto theirs = waiting_of(said);
  if (!theirs || (theirs->kind == kind && std::abs(theirs->number - number) <= 1)) return;
  if (std::exchange(elsewhere_.first, theirs->times) == theirs->times || ++elsewhere_.second < kOften) return;
  diverged(fmt::format("the ranks wait for each other in different places: rank {} {}, rank {} {}", rank(), doing, next,
                       theirs->doing));
}

std::string World::new_kind(const std::string& name) { return fmt::format("{}-{}", name, ++kinds_); }

std::optional<comm::Waiting> World::waits_at(int other) {
  return waiting_of(ask_in_time([store = store_, other] { return peek(*store, fmt::format("waits/{}", other)); }));
}

void World::throw_if_diverged() {
  const auto fault = ask_in_time([store = store_] { return peek(*store, "diverged"); });
  if (!fault.empty()) diverged(fault);
}

Error World::explain(const std::string& what, const std::string& doing) {
  broken_ = true;
  std::optional<std::vector<int>> answer;
  try {
    auto others = ranks();
    std::erase(others, rank());
    auto asked = comm::in_time(
        [store = store_, others, rank = rank(), words = fmt::format("{}: {}", doing, first_line(what))] {
          // A rank that ends because of another one says so first, lest it be taken for the cause.
          store->set(fmt::format("failed/{}", rank), bytes(words));
          auto silent = comm::without_heartbeat(*store, others);
          std::erase_if(silent, [&](int r) { return store->check({fmt::format("failed/{}", r)}); });
          return silent;
        },
        kStoreAnswers);
    if (asked.valid()) answer = asked.get();
  } catch (const std::exception&) {
    // Gone: as if it did not answer.
  }
  const bool of_rank_0 = !rendezvous_.store_of_agent && rank() != 0;
  const auto gone = answer ? *answer : of_rank_0 ? std::vector<int>{0} : std::vector<int>{};
  const auto where = answer ? "" : of_rank_0 ? " (as is its store)" : " (the launcher's store does not answer)";
  auto error = make_error(
      Code::rank_lost,
      gone.empty()
          ? fmt::format("a collective failed on rank {} while {}{}: {}", rank(), doing, where, first_line(what))
          : fmt::format("{} of {} {} gone{}; rank {} noticed it while {}", ranks_in_words(gone), size(),
                        gone.size() == 1 ? "is" : "are", where, rank(), doing),
      "the run can go on from its last checkpoint; `torchrun --max-restarts` does that by itself");
  if (!gone.empty()) error.diagnostics.front().notes.push_back({first_line(what), {}});
  return error;
}

}  // namespace fts
