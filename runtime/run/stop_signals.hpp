// SIGINT and SIGTERM as a wish to stop, which the loop looks at between two steps.
#pragma once

namespace fts {

// From here on the first of the two is only noted; the second has its usual effect again.
void note_stop_signals();

// The signal that came; 0: none.
[[nodiscard]] int stop_signal();

}  // namespace fts
