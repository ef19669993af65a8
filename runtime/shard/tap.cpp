#include "runtime/shard/tap.hpp"

#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include "compiler/base/error.hpp"

namespace fts::shard {

namespace {

constexpr auto kKey = c10::DispatchKey::TESTING_ONLY_GenericMode;
TapHandler* current = nullptr;

void fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const c10::impl::ExcludeDispatchKeyGuard once(kKey);
  if (current == nullptr || !current->handle(op, *stack)) op.callBoxed(stack);
}

}  // namespace

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

Tap::Tap(TapHandler& handler) {
  FTS_CHECK(current == nullptr);
  current = &handler;
  c10::impl::tls_set_dispatch_key_included(kKey, true);
}

Tap::~Tap() {
  c10::impl::tls_set_dispatch_key_included(kKey, false);
  current = nullptr;
}

}  // namespace fts::shard
