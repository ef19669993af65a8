#include "tests/compiler/interop/interop_support.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "compiler/base/render.hpp"
#include "compiler/graph/graph.hpp"

namespace fts::test {

namespace {

std::string written(const std::string& name, const std::string& text) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string folder = testing::TempDir() + "fts_interop_" + test->test_suite_name() + "_" + test->name();
  std::replace(folder.begin() + static_cast<std::ptrdiff_t>(testing::TempDir().size()), folder.end(), '/', '_');
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/" + name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace

std::string Imported::rendered() const { return render(diagnostics, sources, RenderStyle{}); }

Imported import_paths(const std::string& schedule, const std::vector<std::string>& configs) {
  Imported result;
  result.text = interop::import_yaml({schedule, configs}, result.sources, result.diagnostics);
  return result;
}

Imported import_several(const std::string& schedule, const std::vector<std::string>& configs) {
  std::vector<std::string> paths;
  for (const auto& text : configs) paths.push_back(written("config" + std::to_string(paths.size()) + ".yaml", text));
  return import_paths(schedule.empty() ? "" : written("schedule.yaml", schedule), paths);
}

Imported import_texts(const std::string& schedule, const std::string& config) {
  return import_several(schedule, config.empty() ? std::vector<std::string>{} : std::vector{config});
}

driver::Compilation compile_for(const std::string& text, graph::ParamGraph graph) {
  driver::Compilation out;
  out.graph.emplace(std::move(graph));
  driver::compile_into(out.sources->add("imported.fts", text), *out.graph, {}, out);
  return out;
}

driver::Compilation compile_imported(const std::string& text, const std::string& model) {
  const std::string folder = std::string(FTS_SOURCE_DIR) + "/tests/data/";
  for (const char* place : {"interop/graphs/", "graphs/"}) {
    for (const char* end : {".graph.json", ".graph.json.gz"}) {
      const std::string path = folder + place + model + end;
      if (!std::filesystem::exists(path)) continue;
      auto graph = graph::read(path);
      if (graph) return compile_for(text, std::move(*graph));
      ADD_FAILURE() << graph.error().text();
    }
  }
  ADD_FAILURE() << "no graph " << model;
  return {};
}

std::string data_path(const std::string& name) { return std::string(FTS_SOURCE_DIR) + "/tests/data/interop/" + name; }

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<nlohmann::json> records(const std::string& name) {
  std::vector<nlohmann::json> all;
  std::ifstream in(data_path(name));
  for (std::string line; std::getline(in, line);) all.push_back(nlohmann::json::parse(line));
  return all;
}

std::vector<std::vector<std::string>> thawed_names(const plan::Plan& plan) {
  std::vector<std::vector<std::string>> all;
  for (const auto& phase : plan.schedule.phases) {
    auto& names = all.emplace_back();
    for (const auto p : phase.thaw) {
      if (!plan.parameters[p].tied_to) names.push_back(plan.parameters[p].name);
    }
    std::sort(names.begin(), names.end());
  }
  return all;
}

}  // namespace fts::test
