// A mixture-of-experts model of any size and a file of about a thousand rules for it, as texts.
#pragma once
#include <cstddef>
#include <string>

namespace fts::bench {

// 64 layers of attention, two norms, a router and experts of three matrices each; about `parameters` of them.
[[nodiscard]] std::string graph_text(std::size_t parameters);
// More than 1,000 rules of every sort: globs, regexes, set algebra, indexed lets, groups, an fsdp_plan.
[[nodiscard]] std::string rules_text();

}  // namespace fts::bench
