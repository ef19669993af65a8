// Inside the stage: the globals (`module.name`) that a pickle may name.
#pragma once
#include <optional>
#include <string_view>

#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

struct PickledGlobal {
  // What a call of it makes.
  enum class Role {
    tensor_v1,        // torch._utils._rebuild_tensor(storage, offset, size, stride)
    tensor_v2,        // …_v2(…, requires_grad, hooks[, metadata])
    tensor_v3,        // …_v3(…, requires_grad, hooks, dtype[, metadata])
    meta_tensor,      // torch._utils._rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad)
    parameter,        // torch._utils._rebuild_parameter(tensor, requires_grad, hooks[, state])
    from_type,        // torch._tensor._rebuild_from_type_v2(function, type, arguments, state)
    dict,             // collections.OrderedDict([pairs])
    first_argument,   // torch.Size(sizes), torch.jit._pickle.build_intlist(values)
    storage_type,     // never called: torch.FloatStorage, with its dtype
    untyped_storage,  // never called: torch.storage.UntypedStorage
    dtype,            // never called: torch.uint16
    script_class,     // a class of a TorchScript archive: __torch__.torch.nn.modules.linear.Linear
    opaque            // a value that no parameter graph needs
  };
  Role role = Role::opaque;
  DType dtype = DType::other;
  std::string_view module, name;  // of a script class, as written
};

// Nothing where a pickle must not name it.
[[nodiscard]] std::optional<PickledGlobal> known_global(std::string_view module, std::string_view name);

}  // namespace fts::graph
