#include "compiler/graph/pickle.hpp"

#include "tests/compiler/graph/graph_support.hpp"

namespace fts::graph {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;
using Kind = PickleValue::Kind;

std::string fault(std::string_view bytes) {
  const auto pickle = read_pickle(bytes);
  return pickle ? "read" : pickle.error();
}

TEST(Pickle, ReadsContainersTextsAndNumbers) {
  // {"a": (1, -2, 300), "b": [None, True]} of protocol 4, as pickle.dumps writes it
  const std::string bytes =
      "\x80\x04}\x94(\x8c\x01"s + "a\x94K\x01J\xfe\xff\xff\xffM,\x01\x87\x94\x8c\x01"s + "b\x94]\x94(N\x88"s + "eu."s;
  const auto pickle = read_pickle(bytes);
  ASSERT_TRUE(pickle) << pickle.error();
  const auto a = pickle->items(*pickle->find(pickle->root, "a"));
  ASSERT_EQ(a.size(), 3u);
  EXPECT_EQ(a[0].number, 1);
  EXPECT_EQ(a[1].number, -2);
  EXPECT_EQ(a[2].number, 300);
  EXPECT_EQ(pickle->items(*pickle->find(pickle->root, "b"))[1].kind, Kind::boolean);
  EXPECT_EQ(pickle->find(pickle->root, "c"), nullptr);
}

TEST(Pickle, TakesTheLastValueOfAKeyAsPythonDoes) {
  const std::string bytes = "\x80\x02}(X\x01\0\0\0aK\x01X\x01\0\0\0aK\x02u."s;
  const auto pickle = read_pickle(bytes);
  ASSERT_TRUE(pickle) << pickle.error();
  EXPECT_EQ(pickle->find(pickle->root, "a")->number, 2);
}

struct Broken {
  std::string name;
  std::string bytes;
  std::string says;
};
void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

class BrokenPickle : public testing::TestWithParam<Broken> {};
TEST_P(BrokenPickle, IsRefusedWithItsPlace) { EXPECT_THAT(fault(GetParam().bytes), HasSubstr(GetParam().says)); }

INSTANTIATE_TEST_SUITE_P(
    Pickle, BrokenPickle,
    testing::Values(
        Broken{"Empty", "", "it ends too early (byte 0)"},
        Broken{"AnotherGlobal", "\x80\x02"s + "cos\nsystem\n(X\x02\0\0\0lstR."s, "it names 'os.system'"},
        Broken{"AnotherGlobalFromTheStack", "\x80\x04\x8c\x05posix\x8c\x06system\x93."s, "it names 'posix.system'"},
        Broken{"ACallOfWhatIsNoFunction", "\x80\x02K\x01)R."s, "it calls a whole number with a tuple"},
        Broken{"AnEmptyStack", "\x80\x02."s, "it takes a value that is not there"},
        Broken{"ATupleOfTooLittle", "\x80\x02K\x01\x86."s, "it takes a value that is not there"},
        Broken{"NoMark", "\x80\x02t."s, "a mark that is not there"},
        Broken{"AValueBelowTheMark", "\x80\x02K\x01(0R."s, "not there"},
        Broken{"AnUnknownMemo", "\x80\x02j\xff\xff\xff\xff."s, "it uses value 4294967295 before it has it"},
        Broken{"ATextBeyondTheEnd", "\x80\x02X\xff\xff\xff\x7f."s, "it ends too early (byte 2)"},
        Broken{"OldProtocol", "\x80\x01."s, "protocol 1; 2 to 5 can be read"},
        Broken{"AnotherOpcode", "\x80\x02i."s, "0x69 is no opcode of a pickle as PyTorch writes it (byte 2)"},
        Broken{"OddKeysAndValues", "\x80\x02}(K\x01u."s, "it puts keys and values into a dict"},
        Broken{"ItemsIntoANumber", "\x80\x02K\x01K\x02"s + "a."s, "it puts items into a whole number"},
        Broken{"AStorageOfAnotherShape", "\x80\x02K\x01Q."s, "a reference to a storage is not"}),
    [](const auto& param) { return param.param.name; });

// (storage of `numel` floats, 0, (size,), (stride,), False, None) rebuilt
std::string tensor(char numel, char size, char stride) {
  return "\x80\x02"s + "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"s +
         "X\x01\0\0\0000X\x03\0\0\0cpuK"s + numel + "tQK\0K"s + size + "\x85K"s + stride + "\x85\x89NtR."s;
}

TEST(Pickle, RefusesATensorThatDoesNotLieInItsStorage) {
  EXPECT_EQ(fault(tensor(6, 3, 2)), "read");
  EXPECT_EQ(fault(tensor(6, 6, 1)), "read");
  EXPECT_THAT(fault(tensor(6, 4, 2)), HasSubstr("a tensor does not lie in its storage"));
  EXPECT_EQ(fault(tensor(0, 0, 1)), "read");
}

TEST(Pickle, StopsAtBombs) {
  std::string doubling = "\x80\x02]"s;  // a list of itself, in itself
  for (int i = 0; i < 100; ++i) doubling += "2a";
  EXPECT_EQ(fault(doubling + "."), "read");
  EXPECT_THAT(fault("\x80\x02"s + std::string(kMaxPickle, 'N')), HasSubstr("bytes"));
}

}  // namespace
}  // namespace fts::graph
