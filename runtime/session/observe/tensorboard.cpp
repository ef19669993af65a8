// The few messages of TensorBoard's event.proto that scalars need are written here by hand: libtorch_cpu exports parts
// of a protobuf of its own, beside which another version's library must not be linked.
#include "runtime/session/observe/tensorboard.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "compiler/base/code.hpp"

namespace fts {

namespace {

// CRC-32C (Castagnoli; RFC 3720, B.4), reflected.
constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    table[i] = crc;
  }
  return table;
}();

// TFRecord's masked checksum.
std::uint32_t masked_crc(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

template <class T>
std::string little_endian(T value) {  // as this machine is
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// Protocol buffers' wire format: a key of field number and wire type, then the value.
class Message {
 public:
  Message& fixed(int field, double value) { return raw(field, 1, little_endian(value)); }
  Message& fixed(int field, float value) { return raw(field, 5, little_endian(value)); }
  Message& varint(int field, std::int64_t value) { return raw(field, 0, base128(static_cast<std::uint64_t>(value))); }
  Message& bytes(int field, std::string_view value) {
    return raw(field, 2, base128(value.size()) + std::string(value));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static std::string base128(std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
    return out + static_cast<char>(value);
  }
  Message& raw(int field, int wire_type, const std::string& value) {
    text_ += static_cast<char>(field << 3 | wire_type);
    text_ += value;
    return *this;
  }
  std::string text_;
};

class Tensorboard final : public Observer {
 public:
  Tensorboard(std::unique_ptr<std::ostream> out, int every_n_steps, Clock wall_clock)
      : out_(std::move(out)), every_(every_n_steps), clock_(std::move(wall_clock)) {
    record(Message().fixed(1, clock_()).bytes(3, "brain.Event:2"));
  }

  void on_step(const StepEvent& e) override {
    if (e.step % every_ == 0) scalars(e.step, {{"loss", e.loss()}, {"lr", e.lr}});
  }

  void on_epoch(const EpochEvent& e) override {
    auto values = e.metrics;
    for (const auto& rate : e.rates) values["lr/" + rate.group] = rate.lr;
    values["phase"] = e.phase.depth;
    scalars(e.step, values);
    out_->flush();
  }

  void on_end(const EndEvent&) override { out_->flush(); }

 private:
  // Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } … } }
  void scalars(std::int64_t step, const Metrics& values) {
    Message summary;
    for (const auto& [tag, value] : values) {
      summary.bytes(1, Message().bytes(1, tag).fixed(2, static_cast<float>(value)).text());
    }
    record(Message().fixed(1, clock_()).varint(2, step).bytes(5, summary.text()));
  }

  void record(const Message& event) {
    const auto size = little_endian(static_cast<std::uint64_t>(event.text().size()));
    *out_ << size << little_endian(masked_crc(size)) << event.text() << little_endian(masked_crc(event.text()));
  }

  std::unique_ptr<std::ostream> out_;
  int every_;
  Clock clock_;
};

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::unique_ptr<Observer> make_tensorboard(std::unique_ptr<std::ostream> out, int every_n_steps, Clock wall_clock) {
  return std::make_unique<Tensorboard>(std::move(out), every_n_steps, std::move(wall_clock));
}

tl::expected<std::unique_ptr<Observer>, Error> open_tensorboard(const std::string& folder, int every_n_steps) {
  std::error_code ignored;  // the file cannot be opened then
  std::filesystem::create_directories(folder, ignored);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto path =
      fmt::format("{}/events.out.tfevents.{:.0f}.{}.{}", folder, seconds_since_1970(), host.data(), ::getpid());
  auto file = std::make_unique<std::ofstream>(path, std::ios::binary);
  if (!*file) {
    return tl::unexpected(make_error(Code::unsupported_at_run_time,
                                     fmt::format("the event file '{}' cannot be written", path),
                                     "check that its folder may be made and written to"));
  }
  return make_tensorboard(std::move(file), every_n_steps, seconds_since_1970);
}

}  // namespace fts
