// The rules of the grammar one by one, and which of them a text makes match. The only test code that sees PEGTL.
#pragma once
#include <set>
#include <string>
#include <string_view>

namespace fts::test {

// What is left of a text behind the named rule; "no match" if it fails, "fault" if it fails for good, and " + fault"
// behind the rest if it reported one and went on.
[[nodiscard]] std::string rest_after(std::string_view rule, std::string_view text);

// Every rule of the grammar by name.
[[nodiscard]] std::set<std::string> all_rules();

// The rules that match somewhere while the text is read as a file.
[[nodiscard]] std::set<std::string> rules_hit(std::string_view text);

// The number of ways in which the rules could loop or recurse without taking a byte, as PEGTL finds them.
[[nodiscard]] std::size_t endless_rules();

}  // namespace fts::test
