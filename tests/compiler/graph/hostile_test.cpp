// Whatever the bytes are, a reader answers: a graph, or FTS0801. (Run under AddressSanitizer, also without over-read.)
#include "compiler/base/code.hpp"
#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

constexpr std::string_view kGraph = R"({"format":"fts-param-graph","version":1,"model":"m",
"modules":[{"name":"","type":"Net"},{"name":"a","type":"Linear"}],
"parameters":[
{"name":"a.w","shape":[2,3],"dtype":"F32","requires_grad":true},
{"name":"a.v\u0041","shape":[2,3],"dtype":"F32","requires_grad":true,"tied_to":"a.w"}],
"buffers":[{"name":"b","shape":[],"dtype":"I64","persistent":false}]}
)";
constexpr std::string_view kIndex = R"({"metadata":{"total_size":24},"weight_map":{"a.w":"one","a.v":"two"}})";
constexpr std::string_view kHeader =
    R"({"__metadata__":{"format":"pt","t":"a.w"},"a.w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I8","shape":[2],"data_offsets":[24,26]}})";

struct Seed {
  std::string name;
  std::string path;
  std::string bytes;
};

std::string file_bytes(const std::string& name) {
  const auto bytes = Bytes::map(data_path(name));
  EXPECT_TRUE(bytes);
  return bytes ? std::string(bytes->view()) : std::string();
}

std::vector<Seed> seeds() {
  return {{"graph", "m.graph.json", std::string(kGraph)},
          {"index", "nowhere/model.safetensors.index.json", std::string(kIndex)},
          {"safetensors", "m.safetensors", safetensors(kHeader, 26)},
          {"checkpoint", "m.bin", file_bytes("torch/meta.pt")}};
}

// The one thing that may happen to bytes that are wrong.
void expect_an_answer(const std::string& path, std::string_view bytes) {
  const auto graph = read_text(path, bytes);
  if (graph) {
    EXPECT_FALSE(to_json(*graph).empty());
    return;
  }
  ASSERT_FALSE(graph.error().diagnostics.empty());
  for (const auto& d : graph.error().diagnostics) {
    EXPECT_EQ(d.code, Code::model_unreadable);
    EXPECT_NE(d.message.find(path), std::string::npos) << d.message;
  }
}

TEST(Hostile, SeedsAreReadThemselves) {
  for (const Seed& seed : seeds()) EXPECT_EQ(messages(read_text(seed.path, seed.bytes)), "read") << seed.name;
}

TEST(Hostile, EveryTruncationIsRefused) {
  for (const Seed& seed : seeds()) {
    const auto whole = std::string_view(seed.bytes).substr(0, seed.bytes.find_last_not_of('\n') + 1);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_NE(messages(read_text(seed.path, whole.substr(0, size))), "read") << seed.name << " cut to " << size;
    }
  }
}

TEST(Hostile, EveryTruncationOfATorchScriptArchiveIsRefused) {
  const std::string whole = file_bytes("torch/scripted.pt");
  for (std::size_t size = 0; size < whole.size(); size += 61)
    EXPECT_NE(messages(read_text("m.pt", whole.substr(0, size))), "read") << "cut to " << size;
}

TEST(Hostile, EveryFlippedBitIsAnswered) {
  for (const Seed& seed : seeds()) {
    for (std::size_t bit = 0; bit < seed.bytes.size() * 8; ++bit) {
      std::string bytes = seed.bytes;
      bytes[bit / 8] = static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
      expect_an_answer(seed.path, bytes);
    }
  }
}

TEST(Hostile, EveryDeletedAndDoubledByteIsAnswered) {
  for (const Seed& seed : seeds()) {
    for (std::size_t at = 0; at < seed.bytes.size(); ++at) {
      expect_an_answer(seed.path, std::string(seed.bytes).erase(at, 1));
      expect_an_answer(seed.path, std::string(seed.bytes).insert(at, 1, seed.bytes[at]));
      expect_an_answer(seed.path, std::string(seed.bytes).insert(at, "["));
      expect_an_answer(seed.path, std::string(seed.bytes).insert(at, "\""));
    }
  }
}

TEST(Hostile, DeepNestingIsAnswered) {
  for (const std::size_t depth : {10u, 1000u, 1025u, 100'000u}) {
    for (const char* const open : {"[", "{\"a\":"}) {
      std::string nest;
      for (std::size_t i = 0; i < depth; ++i) nest += open;
      expect_an_answer("m.graph.json", R"({"format":"fts-param-graph","note":)" + nest);
      expect_an_answer("m.graph.json", R"({"format":"fts-param-graph","version":1,"parameters":)" + nest);
      expect_an_answer("m.safetensors", safetensors("{\"w\":" + nest, 0));
      expect_an_answer("m.index.json", "{\"weight_map\":" + nest);
    }
  }
}

TEST(Hostile, LongNamesAreRefusedWithShortMessages) {
  const std::string name(1 << 20, 'n');
  const auto text = R"({"format":"fts-param-graph","version":1,"parameters":[{"name":")" + name + R"("}]})";
  const auto said = messages(read_text("m.graph.json", text));
  EXPECT_NE(said.find("it has more than 4096 bytes"), std::string::npos);
  EXPECT_LT(said.size(), 300u);
}

TEST(Hostile, DeepNamesDoNotGrowTheTreeWithoutBound) {
  std::string header = "{";
  for (int i = 0; i < 200; ++i) {
    std::string name = "p" + std::to_string(i);
    for (int j = 0; j < 250; ++j) name += ".x";
    header += (i == 0 ? "\"" : ",\"") + name + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  }
  const auto graph = read_text("m.safetensors", safetensors(header + "}", 0));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(graph->module_count(), 1u + 200u * 250u);
  EXPECT_LT(graph->memory(), std::size_t{4} << 20);
}

}  // namespace
}  // namespace fts::graph
