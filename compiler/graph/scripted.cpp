#include "compiler/graph/graph.hpp"
#include "compiler/graph/input.hpp"
#include "compiler/graph/readers.hpp"

namespace fts::graph {

bool is_scripted(const std::string& path) {
  const auto bytes = Bytes::map(path);
  return bytes && is_torchscript(bytes->view());
}

}  // namespace fts::graph
