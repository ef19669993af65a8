// Model files: whatever is read must survive a round trip.
#include "compiler/graph/graph.hpp"

#include <string>

#include "compiler/base/error.hpp"
#include "compiler/graph/readers.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fts::fuzz {

namespace {

void read_as(const std::string& path, std::string_view bytes) {
  const auto graph = graph::read_bytes(path, graph::Bytes::copy(bytes));
  if (!graph) {
    FTS_CHECK(!graph.error().text().empty());
    return;
  }
  const auto again = graph::read_bytes("again.graph.json", graph::Bytes::copy(graph::to_json(*graph)));
  FTS_CHECK(again.has_value());
  FTS_CHECK(again->fingerprint() == graph->fingerprint());
}

}  // namespace

void graph_json(std::string_view bytes) { read_as("m.graph.json", bytes); }
void safetensors(std::string_view bytes) { read_as("m.safetensors", bytes); }
void index(std::string_view bytes) { read_as("nowhere/model.safetensors.index.json", bytes); }
void archive(std::string_view bytes) { read_as("m.pt", bytes); }

}  // namespace fts::fuzz
