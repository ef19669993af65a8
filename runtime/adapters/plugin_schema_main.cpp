// fts-plugin-schema LIBRARY OUT: what the build of a plugin runs to write the schema beside the library.
#include <cstdio>
#include <fstream>

#include "runtime/adapters/load_plugin.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: fts-plugin-schema libX.so libX.schema.json\n", stderr);
    return 2;
  }
  const auto text = fts::plugin_schema(argv[1]);
  if (!text) {
    std::fputs(text.error().text().c_str(), stderr);
    return 1;
  }
  std::ofstream out(argv[2], std::ios::binary | std::ios::trunc);
  out << *text;
  out.close();
  if (!out) std::fprintf(stderr, "'%s' cannot be written\n", argv[2]);
  return out ? 0 : 1;
}
