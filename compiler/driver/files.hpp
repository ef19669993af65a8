// Texts in and out of ftsc's commands: "-" is a standard stream, a file is replaced as a whole or not at all.
#pragma once
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace fts::driver {

// Writes a file by way of a new one beside it, so that a failure leaves the old one; keeps its permissions and follows
// links. "-" is stdout. The error is a sentence.
[[nodiscard]] tl::expected<void, std::string> write_text(const std::string& path, std::string_view text);

// What turns `before` into `after`, as diff -u; empty if they are the same.
[[nodiscard]] std::string unified_diff(const std::string& path, std::string_view before, std::string_view after);

}  // namespace fts::driver
