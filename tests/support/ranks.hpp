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

// The same with two processes, each on a host of its own (a network namespace), with a link between them. Nothing: the
// hosts could not be made, which takes root and iproute2; or this is such a process.
std::vector<Outcome> outcomes_on_two_hosts(const std::function<void(World&)>& body, const comm::Timeouts& timeouts);
// In the body: takes the link down.
void cut_link();

// As outcomes(); every process must succeed.
void run(int size, const std::function<void(World&)>& body);

}  // namespace fts::ranks
