// The modules that are embedded in the compiler: stdlib/*.fts as std.*.
#pragma once
#include <optional>
#include <span>
#include <string_view>

namespace fts::resolve {

struct StandardModule {
  std::string_view name;  // "std.bert"
  std::string_view text;
};

[[nodiscard]] std::span<const StandardModule> standard_modules();
[[nodiscard]] std::optional<std::string_view> standard_module(std::string_view name);

}  // namespace fts::resolve
