// Tests that run as several real processes, over c10d as a training run does.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "runtime/comm/world.hpp"

namespace fts::ranks {

struct Outcome {
  int status = 0;      // exit status; -signal when a signal ended it
  std::string output;  // stdout and stderr
};

// Runs the body of the present test as `size` processes of this program, and waits for them. To be the test's only
// statement: in the processes themselves it runs `body` and returns nothing. All are killed after `limit_s` seconds.
std::vector<Outcome> outcomes(int size, const std::function<void(World&)>& body, int limit_s = 60);

// The same; every process must succeed.
void run(int size, const std::function<void(World&)>& body);

}  // namespace fts::ranks
