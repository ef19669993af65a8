// One function a kind of input that comes from outside. A build with FTS_FUZZ makes a libFuzzer program of each
// (fuzz_main.cpp); every other build runs them over the kept corpora (corpus_test.cpp).
#pragma once
#include <string_view>

namespace fts::fuzz {

// Each answers for any bytes, without a crash, a hang or a fault that a sanitizer sees.
void source(std::string_view bytes);         // the text of a .fts file, through the whole compiler
void graph_json(std::string_view bytes);     // a .graph.json
void safetensors(std::string_view bytes);    // a .safetensors file
void index(std::string_view bytes);          // an index of shards
void archive(std::string_view bytes);        // a zip archive: checkpoints and TorchScript
void pickle(std::string_view bytes);         // the pickle in one
void plan(std::string_view bytes);           // a .ftsplan
void yaml(std::string_view bytes);           // a schedule or configuration of Python FTS
void plugin_schema(std::string_view bytes);  // what a plugin's build says of it

}  // namespace fts::fuzz
