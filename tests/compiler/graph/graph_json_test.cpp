#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(GraphJson, ReadsMiniLM) {
  const auto graph = read(data_path("all-minilm-l6-v2-bert.graph.json"));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_EQ(graph->model(), "all-minilm-l6-v2-bert");
  EXPECT_EQ(graph->parameter_count(), 103u);
  EXPECT_EQ(graph->module_count(), 120u);
  std::int64_t numel = 0;
  for (ParamId id = 0; id < graph->parameter_count(); ++id) numel += graph->parameter(id).numel;
  EXPECT_EQ(numel, 22'713'216);
  const auto query = graph->parameter(graph->find_parameter("encoder.layer.3.attention.self.query.weight").value());
  EXPECT_THAT(query.shape, ElementsAre(384, 384));
  EXPECT_EQ(query.dtype, DType::f32);
  EXPECT_TRUE(query.requires_grad);
  EXPECT_EQ(graph->module(query.module).type, "Linear");
  EXPECT_EQ(graph->module(graph->find_module("encoder.layer.3").value()).type, "BertLayer");
  EXPECT_THAT(graph->buffer_names(), ElementsAre("embeddings.position_ids", "embeddings.token_type_ids"));
  EXPECT_FALSE(graph->buffer(0).persistent);
}

TEST(GraphJson, ReadsTies) {
  const auto graph = read(data_path("t5-base.graph.json"));
  ASSERT_TRUE(graph) << messages(graph);
  const auto head = graph->parameter(graph->find_parameter("lm_head.weight").value());
  EXPECT_EQ(graph->parameter(head.tied_to).name, "shared.weight");
}

TEST(GraphJson, ReadsBuffersWithShapeAndDtype) {
  const auto graph = read(data_path("resnet50-torchvision.graph.json"));
  ASSERT_TRUE(graph) << messages(graph);
  ASSERT_EQ(graph->buffer_names().size(), 159u);
  EXPECT_EQ(graph->buffer(2).name, "bn1.num_batches_tracked");
  EXPECT_EQ(graph->buffer(2).dtype, DType::i64);
  EXPECT_TRUE(graph->buffer(2).persistent);
}

TEST(GraphJson, ReadsGzip) {
  const auto packed = read(data_path("tiny-gpt2-gzipped.graph.json.gz"));
  const auto plain = read(data_path("tiny-gpt2.graph.json"));
  ASSERT_TRUE(packed && plain) << messages(packed);
  EXPECT_EQ(to_json(*packed), to_json(*plain));
}

TEST(GraphJson, TakesKeysInAnyOrderEscapesAndKeysOfOthers) {
  const auto graph = read_text("x.graph.json", R"({"note":{"a":[1,{"b":null}]},"parameters":[{"dtype":"torch.float16",
    "shape":[ ],"extra":[{}],"name":"tab\u0041\"le.weight"}],"version":1,"format":"fts-param-graph"} )");
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_THAT(parameter_names(*graph), ElementsAre("tabA\"le.weight"));
  EXPECT_EQ(graph->parameter(0).dtype, DType::f16);
  EXPECT_EQ(graph->model(), "x");
}

TEST(GraphJson, LeavesTheShapeUnknownWhereThereIsNone) {
  const auto graph =
      read_text("x.graph.json", R"({"format":"fts-param-graph","version":1,"parameters":[{"name":"w"}]})");
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_FALSE(graph->parameter(0).shape_known);
}

struct Wrong {
  std::string_view what;
  std::string_view parameters;  // the list's text
  std::string_view says;
};

class WrongRecord : public testing::TestWithParam<Wrong> {};

TEST_P(WrongRecord, IsReportedWithItsPath) {
  const auto graph = read_text("m.graph.json", R"({"format":"fts-param-graph","version":1,"parameters":)" +
                                                   std::string(GetParam().parameters) + "}");
  EXPECT_EQ(messages(graph), GetParam().says);
}

constexpr Wrong kWrong[] = {
    {"NoArray", "7", "cannot read 'm.graph.json' as a parameter graph: parameters: expected an array of objects"},
    {"NoObject", "[7]", "cannot read 'm.graph.json' as a parameter graph: parameters[0]: expected an object"},
    {"NoName", R"([{"shape":[],"dtype":"F32"}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0]: the key 'name' is missing"},
    {"NameNoString", R"([{"name":["w"]}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0].name: expected a string"},
    {"NegativeSize", R"([{"name":"w","shape":[3,-1],"dtype":"F32"}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0].shape[1]: expected a whole number from 0 to 2^63 "
     "- 1"},
    {"FractionalSize", R"([{"name":"w","shape":[1.5],"dtype":"F32"}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0].shape[0]: expected a whole number from 0 to 2^63 "
     "- 1"},
    {"SizeBeyond64Bits", R"([{"name":"w","shape":[9223372036854775808],"dtype":"F32"}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0].shape[0]: expected a whole number from 0 to 2^63 "
     "- 1"},
    {"OverflowingProduct", R"([{"name":"w","shape":[4611686018427387904,2],"dtype":"F32"}])",
     "'m.graph.json': 'w' has the shape [4611686018427387904, 2]: a size is negative, or there are more than 2^63 - 1 "
     "elements"},
    {"UnknownDtype", R"([{"name":"w","shape":[],"dtype":"F33"}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0].dtype: expected a dtype such as \"F32\" or "
     "\"BF16\", found 'F33'"},
    {"ShapeWithoutDtype", R"([{"name":"w","shape":[]}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0]: 'shape' and 'dtype' go together; one is missing"},
    {"KeyTwice", R"([{"name":"v"},{"name":"w","name":"w"}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[1]: a key is there twice"},
    {"GradNoBoolean", R"([{"name":"w","requires_grad":1}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0].requires_grad: expected true or false"},
    {"KeyOfABuffer", R"([{"name":"w","persistent":true}])",
     "cannot read 'm.graph.json' as a parameter graph: parameters[0].persistent: a record of this list has no such "
     "key"},
    {"NameTwice", R"([{"name":"w"},{"name":"w"}])", "'m.graph.json': 'w' is there twice: it is a parameter already"},
    {"TieToNobody", R"([{"name":"w","shape":[],"dtype":"F32","tied_to":"v"}])",
     "'m.graph.json': 'w' is tied to 'v', which is no earlier parameter"},
    {"Truncated", R"([{"name":"w"})",
     "cannot read 'm.graph.json' as a parameter graph: it is not JSON at line 1, column 67: The JSON document has an "
     "improper structure: missing or superfluous commas, braces, missing keys, etc."},
};

INSTANTIATE_TEST_SUITE_P(GraphJson, WrongRecord, testing::ValuesIn(kWrong),
                         [](const auto& test) { return std::string(test.param.what); });

TEST(GraphJson, NamesWhatTheFileAsAWholeLacks) {
  const auto says = [](std::string_view text) { return messages(read_text("m.graph.json", text)); };
  EXPECT_THAT(says(""), HasSubstr("it is not JSON"));
  EXPECT_THAT(says("[]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(says("{}"), HasSubstr("the key 'format' is missing"));
  EXPECT_THAT(says(R"({"format":"other"})"), HasSubstr("format: expected \"fts-param-graph\""));
  EXPECT_THAT(says(R"({"format":"fts-param-graph","version":2})"), HasSubstr("version: expected 1"));
  EXPECT_THAT(says(R"({"format":"fts-param-graph","version":1})"), HasSubstr("the key 'parameters' is missing"));
  EXPECT_THAT(says(R"({"format":"fts-param-graph","version":1,"version":1})"), HasSubstr("there twice"));
  EXPECT_THAT(says(R"({"format":"fts-param-graph","version":1,"parameters":[]}{})"),
              HasSubstr("text behind the JSON object"));
  EXPECT_THAT(says("{\"format\":\"fts-param-graph\",\"version\":1,\"parameters\":[{\"name\":\"\xff\"}]}"),
              HasSubstr("UTF-8"));
}

}  // namespace
}  // namespace fts::graph
