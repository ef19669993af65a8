// The adapters that there are: one file each, one line each here and one in registry.cpp.
#pragma once
#include <memory>

#include "runtime/adapters/adapter.hpp"

namespace fts {

std::unique_ptr<Adapter> make_base_adapter();

}  // namespace fts
