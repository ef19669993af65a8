#include "compiler/graph/safetensors_header.hpp"

#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Safetensors, ReadsTinyBert) {
  const auto graph = read(data_path("tiny-bert/model.safetensors"));
  ASSERT_TRUE(graph) << messages(graph);
  const auto full = read(data_path("tiny-bert.graph.json"));
  ASSERT_TRUE(full) << messages(full);
  EXPECT_EQ(graph->model(), "tiny-bert") << "named after its folder";
  EXPECT_FALSE(graph->has_types());
  EXPECT_TRUE(graph->has_shapes());
  ASSERT_EQ(graph->parameter_count(), full->parameter_count());
  for (ParamId id = 0; id < full->parameter_count(); ++id) {
    const auto want = full->parameter(id);
    const auto found = graph->find_parameter(want.name);
    ASSERT_TRUE(found) << want.name;
    const auto got = graph->parameter(*found);
    EXPECT_TRUE(std::ranges::equal(got.shape, want.shape)) << want.name;
    EXPECT_EQ(got.dtype, want.dtype);
    EXPECT_EQ(graph->module(got.module).name, full->module(want.module).name);
  }
}

TEST(Safetensors, KeepsTheOrderOfTheDataAndTellsBuffers) {
  const auto graph =
      read_text("m.safetensors", safetensors(R"({"b.weight":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},
    "a.running_mean":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"c.codes":{"dtype":"I8","shape":[4],"data_offsets":[0,4]},
    "d.odd":{"dtype":"U16","shape":[2],"data_offsets":[4,8]}, "__metadata__":{"format":"pt"}}  )",
                                             16));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_THAT(parameter_names(*graph), ElementsAre("c.codes", "d.odd", "b.weight"));
  EXPECT_THAT(graph->buffer_names(), ElementsAre("a.running_mean"));
  EXPECT_FALSE(graph->parameter(0).requires_grad) << "whole numbers have no gradient";
  EXPECT_EQ(graph->parameter(1).dtype, DType::other);
  EXPECT_TRUE(graph->parameter(2).requires_grad);
}

TEST(Safetensors, AddsTheNamesThatItsMetadataSaysAreTied) {
  const auto graph =
      read_text("m.safetensors", safetensors(R"({"wte.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
    "__metadata__":{"format":"pt","lm_head.weight":"wte.weight","x":"y"}})",
                                             4));
  ASSERT_TRUE(graph) << messages(graph);
  EXPECT_THAT(parameter_names(*graph), ElementsAre("wte.weight", "lm_head.weight"));
  EXPECT_EQ(graph->parameter(1).tied_to, 0u);
}

TEST(Safetensors, GivesOffsetsInTheFile) {
  const std::string file = safetensors(
      R"({"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"e":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})",
      8);
  const auto header = parse_safetensors_header(file, file.size());
  ASSERT_TRUE(header) << header.error();
  ASSERT_EQ(header->tensors.size(), 2u);
  EXPECT_EQ(header->tensors[1].name, "w");
  EXPECT_EQ(header->tensors[1].begin, file.size() - 8);
  EXPECT_EQ(header->tensors[1].end, file.size());
  EXPECT_EQ(header->tensors[1].dtype_name, "F32");
  EXPECT_THAT(header->metadata, IsEmpty());
}

TEST(Safetensors, NeedsOnlyTheHeadersBytes) {
  const std::string file = safetensors(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  EXPECT_TRUE(parse_safetensors_header(std::string_view(file).substr(0, file.size() - 8), file.size()));
}

struct Wrong {
  std::string_view what;
  std::string_view header;
  std::size_t data;
  std::string_view says;
};

class WrongHeader : public testing::TestWithParam<Wrong> {};

TEST_P(WrongHeader, IsRefused) {
  const std::string file = safetensors(GetParam().header, GetParam().data);
  const auto header = parse_safetensors_header(file, file.size());
  ASSERT_FALSE(header);
  EXPECT_THAT(header.error(), HasSubstr(GetParam().says));
}

constexpr Wrong kWrong[] = {
    {"Empty", "", 0, "does not begin with '{'"},
    {"NoObject", "[]", 0, "does not begin with '{'"},
    {"SpaceFirst", " {}", 0, "does not begin with '{'"},
    {"NoJson", "{]", 0, "not JSON"},
    {"TextBehind", "{} x", 0, "not JSON"},
    {"ObjectBehind", "{} {}", 0, "behind the header's JSON object"},
    {"NoUtf8", "{\"\xff\":1}", 0, "UTF-8"},
    {"TensorNoObject", R"({"w":1})", 0, "tensor 'w': expected an object"},
    {"MissingKey", R"({"w":{"dtype":"F32","shape":[]}})", 4,
     "tensor 'w': it must have 'dtype', 'shape' and 'data_offsets'"},
    {"KeyTwice", R"({"w":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4,
     "tensor 'w': 'dtype' is there twice"},
    {"TensorTwice",
     R"({"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[],"data_offsets":[4,8]}})", 8,
     "'w' is there twice in the header"},
    {"TensorTwiceByEscape",
     R"({"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"\u0077":{"dtype":"F32","shape":[],"data_offsets":[4,8]}})",
     8, "'w' is there twice in the header"},
    {"UnknownDtype", R"({"w":{"dtype":"F33","shape":[],"data_offsets":[0,4]}})", 4,
     "the dtype 'F33' is none of the format's"},
    {"NegativeSize", R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4,
     "'shape' must hold whole numbers"},
    {"ThreeOffsets", R"({"w":{"dtype":"F32","shape":[],"data_offsets":[0,4,4]}})", 4,
     "'data_offsets' has more than 2 numbers"},
    {"OneOffset", R"({"w":{"dtype":"F32","shape":[],"data_offsets":[4]}})", 4,
     "expected two numbers for 'data_offsets'"},
    {"Hole",
     R"({"v":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[],"data_offsets":[8,12]}})",
     12, "tensor 'w': its data is said to be at [8, 12), but must begin at 4: no gap, no overlap"},
    {"Overlap",
     R"({"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[],"data_offsets":[4,8]}})", 8,
     "must begin at 8"},
    {"Backwards", R"({"w":{"dtype":"F32","shape":[],"data_offsets":[4,0]}})", 4, "must begin at 0"},
    {"EndBeforeBegin",
     R"({"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[0],"data_offsets":[4,3]}})",
     4, "no gap, no overlap"},
    {"WrongSize", R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8,
     "F32 of shape [3] takes 12 bytes, but its data has 8"},
    {"OverflowingSize",
     R"({"w":{"dtype":"F64","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,8]}})", 8,
     "no size that can be"},
    {"OverflowingBits", R"({"w":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,8]}})", 8,
     "no size that can be"},
    {"HalfAByte", R"({"w":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})", 1, "no size that can be"},
    {"DataBehind", R"({"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", 5,
     "the tensors end at byte 65, the file at byte 66"},
    {"DataMissing", R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4,
     "the tensors end at byte 70, the file at byte 66"},
    {"MetadataNoString", R"({"__metadata__":{"a":1}})", 0, "__metadata__: expected a string for 'a'"},
    {"MetadataNoObject", R"({"__metadata__":"a"})", 0, "__metadata__: expected an object of strings"},
    {"MetadataTwice", R"({"__metadata__":{"a":"b","a":"c"}})", 0, "__metadata__: 'a' is there twice"},
};

INSTANTIATE_TEST_SUITE_P(Safetensors, WrongHeader, testing::ValuesIn(kWrong),
                         [](const auto& test) { return std::string(test.param.what); });

TEST(Safetensors, RefusesALengthThatCannotBe) {
  const auto says = [](std::string file) { return parse_safetensors_header(file, file.size()).error(); };
  EXPECT_EQ(says(""), "it has 0 bytes; the header's length alone takes 8");
  EXPECT_EQ(says(std::string(7, '\0')), "it has 7 bytes; the header's length alone takes 8");
  EXPECT_EQ(says(std::string(8, '\xff')),
            "the header is said to have 18446744073709551615 bytes; at most 100000000 are allowed");
  EXPECT_EQ(says(std::string("\x10\0\0\0\0\0\0\0{}", 10)), "the header is said to have 16 bytes, but only 2 follow");
  EXPECT_EQ(messages(read_text("m.safetensors", std::string(8, '\xff'))),
            "cannot read 'm.safetensors' as a safetensors file: the header is said to have 18446744073709551615 bytes; "
            "at most 100000000 are allowed");
}

}  // namespace
}  // namespace fts::graph
