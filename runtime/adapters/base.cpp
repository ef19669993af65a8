// The adapter of one process: the model is as it is.
#include "runtime/adapters/registry.hpp"

namespace fts {

namespace {

class Base final : public Adapter {};

}  // namespace

std::unique_ptr<Adapter> make_base_adapter() { return std::make_unique<Base>(); }

}  // namespace fts
