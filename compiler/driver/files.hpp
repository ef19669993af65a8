// Texts in and out of ftsc's commands: "-" is a standard stream, a file is replaced as a whole or not at all.
#pragma once
#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace fts::driver {

// Writes a file by way of a new one beside it, so that a failure leaves the old one; keeps its permissions and follows
// links. "-" is stdout. The error is a sentence.
[[nodiscard]] tl::expected<void, std::string> write_text(const std::string& path, std::string_view text);

// What a command may write over.
enum class Over { nothing, plans, anything };

// Whether an output may be written: never over one of the files that were read ("<stdin>": what stdin is) or a model's
// file in a folder that was read, and over another one only as `over` says. An empty file, a device or a pipe has
// nothing to lose. The error is a sentence.
[[nodiscard]] tl::expected<void, std::string> may_write(const std::string& path, const std::set<std::string>& inputs,
                                                        Over over);

// What turns `before` into `after`, as diff -u; empty if they are the same.
[[nodiscard]] std::string unified_diff(const std::string& path, std::string_view before, std::string_view after);

}  // namespace fts::driver
