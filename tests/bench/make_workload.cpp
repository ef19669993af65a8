// make_workload PARAMETERS FOLDER: writes model.graph.json and rules.fts for `ftsc check`.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/bench/workload.hpp"

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: make_workload PARAMETERS FOLDER\n", stderr);
    return 2;
  }
  const std::string folder = arguments[2];
  std::ofstream(folder + "/model.graph.json") << fts::bench::graph_text(std::strtoull(arguments[1], nullptr, 10));
  std::ofstream(folder + "/rules.fts") << fts::bench::rules_text();
  return 0;
}
