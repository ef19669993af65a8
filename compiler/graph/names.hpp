// Rules and facts about names of parameters, modules and buffers.
#pragma once
#include <string>
#include <string_view>

namespace fts::graph {

// What is wrong with a name ("it has an empty piece between dots"), or empty. The root's name, "", is a fault here.
[[nodiscard]] std::string name_fault(std::string_view name);

// The name in single quotes, cut after 100 bytes, without control bytes.
[[nodiscard]] std::string quote_name(std::string_view name);

// Whether a tensor of a checkpoint is a buffer by the usual names (BatchNorm's running_mean, rotary inv_freq,
// position_ids, …) or, with its rank, one of GPT-2's `attn.bias` masks. `rank` -1: unknown.
[[nodiscard]] bool is_usual_buffer(std::string_view name, int rank);

}  // namespace fts::graph
