// The adapter of one process: the model is as it is.
#include <fmt/format.h>

#include "runtime/adapters/registry.hpp"

namespace fts {

namespace {

class Base final : public Adapter {
 public:
  tl::expected<void, Error> connect(const AdapterContext& context) override {
    const auto precision = context.strategy.settings.value("precision", nlohmann::json("f32"));
    if (!precision.is_null() && precision != "f32") {
      return tl::unexpected(make_error(Code::unsupported_at_run_time,
                                       fmt::format("adapter 'base' cannot train with precision {}", precision.dump()),
                                       "leave `precision` out or set it to f32"));
    }
    return Adapter::connect(context);
  }
};

}  // namespace

std::unique_ptr<Adapter> make_base_adapter() { return std::make_unique<Base>(); }

}  // namespace fts
