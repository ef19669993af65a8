#include "compiler/graph/pickle.hpp"

#include "compiler/base/error.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fts::fuzz {

void pickle(std::string_view bytes) {
  const auto read = graph::read_pickle(bytes);
  if (!read) {
    FTS_CHECK(!read.error().empty());
    return;
  }
  for (const auto& tensor : read->tensors) FTS_CHECK(read->shape(tensor).size() == read->strides(tensor).size());
  for (const auto& item : read->items(read->root)) FTS_CHECK(read->text(item).size() <= bytes.size());
}

}  // namespace fts::fuzz
