// An adapter outside the tree: the schedule of main.cpp says "trunk" where the model says "body".
#include <fts/adapter.hpp>

struct Renamer : fts::Adapter {
  static fts::AdapterSchema schema() { return {.renames = {{"body", "trunk"}}}; }
};
FTS_REGISTER_ADAPTER("renamer", Renamer)
