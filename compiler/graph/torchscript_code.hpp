// Inside the stage: which attributes of a TorchScript class are parameters and which are buffers, as its code says.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/torch_archive.hpp"

namespace fts::graph {

struct ScriptClass {
  bool is_module = false;
  std::vector<std::string> parameters;
  std::vector<std::string> buffers;
};

// Classes by file: `__torch__.torch.nn.modules.linear` is code/__torch__/torch/nn/modules/linear.py. A file is read
// when it is asked for, once.
class ScriptCode {
 public:
  explicit ScriptCode(const TorchArchive& archive) : archive_(archive) {}
  // Null where the archive does not say (archives for mobile leave the code out).
  [[nodiscard]] const ScriptClass* find(std::string_view module, std::string_view name);

 private:
  using Classes = std::map<std::string, ScriptClass, std::less<>>;
  const TorchArchive& archive_;
  std::size_t budget_ = std::size_t{1} << 29;  // bytes of code that are read
  std::map<std::string, Classes, std::less<>> files_;
};

}  // namespace fts::graph
