// The language's short words for PyTorch's own.
#pragma once
#include <string>
#include <string_view>

namespace fts::resolve {

// "adamw" for "AdamW" as an `optimizer`, "step" for "StepLR" as an `lr_scheduler`, "bf16" for "torch.bfloat16" as a
// `param_dtype`; empty where the attribute's values have no other spelling.
[[nodiscard]] std::string short_spelling(std::string_view attribute, std::string_view word);

}  // namespace fts::resolve
