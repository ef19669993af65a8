// Session::open on a file: the only place where the runtime meets the compiler.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/driver/compile.hpp"
#include "runtime/bind/graph_of.hpp"
#include "runtime/session/run.hpp"

namespace fts {

namespace {

tl::expected<plan::Plan, Error> read_plan(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return tl::unexpected(make_error(Code::plan_invalid, fmt::format("'{}' cannot be read", path)));
  return plan::from_json(text.str());
}

tl::expected<plan::Plan, Error> compile_for(const torch::nn::Module& module, const std::string& path,
                                            const Options& options, std::vector<Diagnostic>& warnings) {
  const auto graph = graph_of(module);
  if (!graph) return tl::unexpected(graph.error());
  CompileOptions compile_options;
  compile_options.inputs = options.inputs;
  compile_options.strategy = options.strategy;
  return compile(path, *graph, compile_options, &warnings);
}

}  // namespace

tl::expected<Session, Error> Session::open(torch::nn::Module& module, const std::string& path, const Options& options) {
  std::vector<Diagnostic> warnings;
  auto plan = std::filesystem::path(path).extension() == ".ftsplan" ? read_plan(path)
                                                                    : compile_for(module, path, options, warnings);
  if (!plan) return tl::unexpected(std::move(plan.error()));
  Options with_folder = options;
  if (with_folder.adapter_folder.empty())
    with_folder.adapter_folder = std::filesystem::path(path).parent_path().string();
  auto session = open(module, std::move(*plan), with_folder);
  for (auto& warning : warnings) {
    if (session) session->run_->warn(std::move(warning));
  }
  return session;
}

}  // namespace fts
