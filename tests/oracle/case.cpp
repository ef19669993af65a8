#include "tests/oracle/case.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "compiler/graph/input.hpp"
#include "runtime/phase/plateau.hpp"

namespace fts::oracle {

namespace fs = std::filesystem;

nlohmann::json Case::setting(const char* name, nlohmann::json by_default) const {
  const auto it = config().find(name);
  return it == config().end() || it->is_null() ? by_default : *it;
}

at::Tensor Case::tensor(const std::string& name) const {
  const auto* info = tensors.find(name);
  if (info == nullptr) throw std::runtime_error("the record has no tensor '" + name + "'");
  return tensors.read(*info);
}

std::vector<std::string> cases_in(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with('_') && (name.ends_with(".json") || name.ends_with(".json.gz")))
      paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

namespace {

nlohmann::json read_record(const std::string& path) {
  auto bytes = graph::Bytes::map(path);
  if (bytes && graph::is_gzip(bytes->view())) bytes = graph::inflate(bytes->view());
  if (!bytes) throw std::runtime_error(path + ": " + bytes.error());
  return nlohmann::json::parse(bytes->view());
}

}  // namespace

Case read_case(const std::string& path) {
  auto record = read_record(path);
  const auto id = record.at("id").get<std::string>();
  auto tensors = bind::SafetensorsFile::open((fs::path(path).parent_path() / (id + ".safetensors")).string());
  if (!tensors) throw std::runtime_error(tensors.error().text());
  return {id, std::move(record), std::move(*tensors)};
}

double number(const nlohmann::json& value) { return phase::exact(value); }

}  // namespace fts::oracle
