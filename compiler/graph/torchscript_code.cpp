#include "compiler/graph/torchscript_code.hpp"

#include <algorithm>

namespace fts::graph {

namespace {

// The quoted names of `  __parameters__ = ["weight", "bias", ]`.
std::vector<std::string> quoted(std::string_view line) {
  std::vector<std::string> names;
  for (auto begin = line.find('"'); begin != std::string_view::npos; begin = line.find('"', begin)) {
    const auto end = line.find('"', begin + 1);
    if (end == std::string_view::npos) break;
    names.emplace_back(line.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::map<std::string, ScriptClass, std::less<>> classes_in(std::string_view code) {
  std::map<std::string, ScriptClass, std::less<>> classes;
  ScriptClass* current = nullptr;
  while (!code.empty()) {
    const auto end = std::min(code.find('\n'), code.size());
    const std::string_view line = code.substr(0, end);
    code.remove_prefix(std::min(end + 1, code.size()));
    if (line.starts_with("class ")) {
      const auto name = line.substr(6, line.find_first_of("(:", 6) - 6);
      current = &classes[std::string(name)];
      current->is_module = line.find("(Module)") != std::string_view::npos;
    } else if (current != nullptr && line.starts_with("  __parameters__ = ")) {
      current->parameters = quoted(line);
    } else if (current != nullptr && line.starts_with("  __buffers__ = ")) {
      current->buffers = quoted(line);
    }
  }
  return classes;
}

}  // namespace

const ScriptClass* ScriptCode::find(std::string_view module, std::string_view name) {
  auto file = files_.find(module);
  if (file == files_.end()) {
    std::string path = "code/" + std::string(module) + ".py";
    std::replace(path.begin(), path.end() - 3, '.', '/');
    Bytes room;
    file = files_.emplace(std::string(module), Classes{}).first;
    const ZipRecord* const record = archive_.find(path);
    if (record == nullptr || record->size > budget_) return nullptr;
    budget_ -= static_cast<std::size_t>(record->size);
    if (const auto code = archive_.read(path, room)) file->second = classes_in(*code);
  }
  const auto known = file->second.find(name);
  return known == file->second.end() ? nullptr : &known->second;
}

}  // namespace fts::graph
