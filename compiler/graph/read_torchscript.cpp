// TorchScript archives of torch.jit.save: the module tree with its types, parameters, buffers and ties.
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "compiler/graph/names.hpp"
#include "compiler/graph/readers.hpp"
#include "compiler/graph/tensors.hpp"
#include "compiler/graph/torch_archive.hpp"
#include "compiler/graph/torchscript_code.hpp"

namespace fts::graph {

namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kTorchScript = "a TorchScript archive";
constexpr std::size_t kMaxNameText = std::size_t{1} << 29;  // a module that hangs in many places counts in each

class ModuleTree {
 public:
  ModuleTree(const Pickle& pickle, ScriptCode& code) : pickle_(pickle), code_(code) {}

  // False when there is no end to it; fault() says so.
  bool visit(PickleValue object, const std::string& name, std::size_t depth);
  void add_to(ParamGraphBuilder& builder) const;
  [[nodiscard]] bool has_parameters() const { return !parameters_.empty(); }

 private:
  struct Tensor {
    std::string name;
    std::uint32_t id;
  };
  void attribute(const ScriptClass* script, const std::string& name, std::string_view key, PickleValue value,
                 std::vector<std::pair<std::string, PickleValue>>& children);

  const Pickle& pickle_;
  ScriptCode& code_;
  std::unordered_set<std::int64_t> seen_;
  std::size_t name_text_ = 0;
  std::vector<std::pair<std::string, std::string_view>> modules_;  // name, type
  std::vector<Tensor> parameters_, buffers_;
};

void ModuleTree::attribute(const ScriptClass* script, const std::string& name, std::string_view key, PickleValue value,
                           std::vector<std::pair<std::string, PickleValue>>& children) {
  if (value.kind == Kind::object) children.emplace_back(name, value);
  if (value.kind != Kind::tensor) return;
  const auto id = static_cast<std::uint32_t>(value.number);
  const PickledTensor& tensor = pickle_.tensors[id];
  const auto is_in = [&](const std::vector<std::string>& names) {
    return std::binary_search(names.begin(), names.end(), key);
  };
  const bool is_buffer =
      script != nullptr ? is_in(script->buffers) : is_usual_buffer(name, static_cast<int>(tensor.rank));
  const bool is_parameter = script != nullptr ? is_in(script->parameters) : !is_buffer;
  if (is_parameter) parameters_.push_back({name, id});
  if (is_buffer && !is_parameter) buffers_.push_back({name, id});
}

bool ModuleTree::visit(PickleValue object, const std::string& name, std::size_t depth) {
  if (depth > kMaxNamePieces) return false;
  const PickledObject& module = pickle_.objects[static_cast<std::size_t>(object.number)];
  const PickledGlobal& type = pickle_.globals[module.global];
  const ScriptClass* const script = code_.find(type.module, type.name);
  if (script != nullptr && !script->is_module) return true;  // an object of another class: no parameters
  if (seen_.insert(object.number).second) modules_.emplace_back(name, type.name);
  std::vector<std::pair<std::string, PickleValue>> children;
  const auto items = pickle_.items(module.state);
  for (std::size_t i = 0; module.state.kind == Kind::dict && i + 1 < items.size(); i += 2) {
    const std::string_view key = pickle_.text(items[i]);
    const std::string full = name.empty() ? std::string(key) : fmt::format("{}.{}", name, key);
    if ((name_text_ += full.size() + sizeof(Tensor)) > kMaxNameText) return false;
    attribute(script, full, key, items[i + 1], children);
  }
  return std::ranges::all_of(children, [&](const auto& child) { return visit(child.second, child.first, depth + 1); });
}

void ModuleTree::add_to(ParamGraphBuilder& builder) const {
  for (const auto& [name, type] : modules_) builder.add_module(name, type);
  SharedTensors shared(pickle_);
  for (const auto& [name, id] : parameters_) {
    const PickledTensor& tensor = pickle_.tensors[id];
    builder.add_parameter(name, pickle_.shape(tensor), tensor.dtype, tensor.requires_grad,
                          shared.first_name(tensor, name));
  }
  for (const auto& [name, id] : buffers_)
    builder.add_buffer(name, pickle_.shape(pickle_.tensors[id]), pickle_.tensors[id].dtype);
}

tl::expected<ParamGraph, Error> refuse(const Input& input, std::string_view fault, std::string help = {}) {
  return tl::unexpected(unreadable(input, kTorchScript, fault, std::move(help)));
}

}  // namespace

bool is_torchscript(std::string_view bytes) {
  if (!is_zip(bytes)) return false;
  const auto archive = TorchArchive::open(bytes);
  return archive && archive->find("constants.pkl") != nullptr;
}

tl::expected<ParamGraph, Error> read_torchscript(const Input& input) {
  const auto archive = TorchArchive::open(input.bytes.view());
  if (!archive) return refuse(input, archive.error());
  Bytes room;
  const auto pickle = archive->pickle(room);
  if (!pickle) return refuse(input, pickle.error());
  if (pickle->root.kind != Kind::object) return refuse(input, "its data.pkl holds no module");
  ScriptCode code(*archive);
  ModuleTree tree(*pickle, code);
  if (!tree.visit(pickle->root, "", 1))
    return refuse(input, fmt::format("its modules are nested more than {} deep, or without an end", kMaxNamePieces));
  if (!tree.has_parameters())
    return refuse(input, "its module has no parameters",
                  "torch.jit.freeze turns parameters into constants: save the module before it is frozen");
  ParamGraphBuilder builder;
  builder.set_model(input.model);
  tree.add_to(builder);
  return finish(builder, input);
}

}  // namespace fts::graph
