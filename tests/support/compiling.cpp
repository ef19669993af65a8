#include "tests/support/compiling.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "compiler/base/render.hpp"
#include "compiler/graph/graph.hpp"

namespace fts::test {

graph::ParamGraph read_graph(const std::string& model) {
  std::string path = std::string(FTS_SOURCE_DIR) + "/tests/data/graphs/" + model + ".graph.json";
  if (!std::filesystem::exists(path)) path += ".gz";
  auto graph = graph::read(path);
  if (!graph) ADD_FAILURE() << graph.error().text();
  return std::move(*graph);
}

driver::Compilation compile_text(const std::string& text, const std::string& model, const CompileOptions& options,
                                 const std::string& name) {
  driver::Compilation out;
  out.graph.emplace(read_graph(model));
  driver::compile_into(out.sources->add(name, text), *out.graph, options, out);
  return out;
}

std::vector<std::string> codes_and_lines(const driver::Compilation& compilation) {
  std::vector<std::string> all;
  for (const auto& d : compilation.diagnostics.all()) {
    const auto line = d.span.has_place() ? compilation.sources->file(d.span.file).position(d.span.begin).line : 0;
    all.push_back(std::string(info(d.code).id) + "@" + std::to_string(line));
  }
  return all;
}

std::string rendered(const driver::Compilation& compilation) {
  return render(compilation.diagnostics, *compilation.sources, RenderStyle{});
}

}  // namespace fts::test
