// Whether a text is UTF-8.
#pragma once
#include <optional>
#include <string_view>

namespace fts::grammar {

// The offset of the first byte that is no part of UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above
// U+10FFFF); nothing if all is well.
[[nodiscard]] std::optional<std::size_t> first_bad_utf8(std::string_view text);

// Whether the text begins as UTF-16 does, with a byte order mark.
[[nodiscard]] bool is_utf16(std::string_view text);

}  // namespace fts::grammar
