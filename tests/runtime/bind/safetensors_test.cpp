#include "runtime/bind/safetensors.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstring>
#include <fstream>

#include "tests/runtime/support/tiny_models.hpp"

namespace fts::bind {
namespace {

void write(const std::string& path, const std::vector<TensorToWrite>& tensors) {
  std::ofstream out(path, std::ios::binary);
  ASSERT_TRUE(write_safetensors(tensors, {{"format", "pt"}}, [&](const void* data, std::size_t size) {
    out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    return out.good();
  }));
}

TEST(Safetensors, GivesBackEveryDtypeAndShape) {
  const auto path = test::fresh_folder("safetensors") + "/all.safetensors";
  std::vector<TensorToWrite> tensors;
  for (const auto dtype : {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
                           torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
    tensors.push_back({"t" + std::to_string(tensors.size()), (torch::randn({3, 5}) * 50).to(dtype)});
  }
  tensors.push_back({"scalar", torch::tensor(2.5)});
  tensors.push_back({"empty", torch::empty({0, 4})});
  tensors.push_back({"transposed", torch::randn({4, 3}).t()});
  write(path, tensors);
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->header().metadata.at("format"), "pt");
  for (const auto& [name, tensor] : tensors) {
    const auto* info = file->find(name);
    ASSERT_NE(info, nullptr) << name;
    EXPECT_EQ(info->begin % static_cast<std::uint64_t>(tensor.element_size()), 0U) << name << " is not aligned";
    EXPECT_TRUE(torch::equal(file->read(*info), tensor)) << name;
  }
}

TEST(Safetensors, ConvertsIntoATensorOfAnotherDtype) {
  const auto path = test::fresh_folder("safetensors") + "/half.safetensors";
  const auto half = torch::randn({7}).to(torch::kHalf);
  write(path, {{"w", half}});
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file);
  auto weight = torch::zeros({7});
  ASSERT_TRUE(file->read_into(*file->find("w"), weight));
  EXPECT_TRUE(torch::equal(weight, half.to(torch::kFloat32)));
}

TEST(Safetensors, StopsWhenTheSinkDoes) {
  int calls = 0;
  EXPECT_FALSE(
      write_safetensors({{"w", torch::zeros({4})}}, {}, [&](const void*, std::size_t) { return ++calls < 3; }));
  EXPECT_EQ(calls, 3);
}

TEST(Safetensors, NamesThePathOfWhatItCannotRead) {
  const auto folder = test::fresh_folder("safetensors");
  EXPECT_NE(SafetensorsFile::open(folder + "/none").error().text().find("/none': No such file"), std::string::npos);
  std::ofstream(folder + "/short") << "abc";
  EXPECT_NE(SafetensorsFile::open(folder + "/short").error().text().find("/short': "), std::string::npos);
  EXPECT_NE(SafetensorsFile::open(folder).error().text().find("is a folder, not a file"), std::string::npos);
}

}  // namespace
}  // namespace fts::bind
