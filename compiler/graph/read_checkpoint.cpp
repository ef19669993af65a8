// Checkpoints of torch.save: a state dict, alone or in a dict beside other things.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/graph/names.hpp"
#include "compiler/graph/readers.hpp"
#include "compiler/graph/tensors.hpp"
#include "compiler/graph/torch_archive.hpp"

namespace fts::graph {

namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kCheckpoint = "a PyTorch checkpoint";
constexpr std::string_view kTarMark = "ustar";
constexpr std::size_t kTarMarkAt = 257;

// Where programs put the model's state dict: Lightning's key first. Each may hold another dict of this kind.
constexpr std::array<std::string_view, 5> kKeys = {"state_dict", "model_state_dict", "model", "module", "net"};
constexpr int kMaxNesting = 4;

// A dict may stand in many places, and in itself: each is looked at once.
class StateDictFinder {
 public:
  explicit StateDictFinder(const Pickle& pickle) : pickle_(pickle) {}

  // The state dict in `value`; `none` where there is none.
  PickleValue find(PickleValue value, int nesting = 0) {
    if (value.kind != Kind::dict || nesting == kMaxNesting || !entered_.insert(value.number).second) return {};
    for (const std::string_view key : kKeys) {
      const PickleValue* const inner = pickle_.find(value, key);
      const PickleValue found = inner == nullptr ? PickleValue{} : find(*inner, nesting + 1);
      if (found.kind == Kind::dict) return found;
    }
    if (holds_tensors(value)) return value;
    std::vector<PickleValue> dicts;
    const auto items = pickle_.items(value);
    for (std::size_t i = 1; i < items.size(); i += 2) {
      if (holds_tensors(items[i])) dicts.push_back(items[i]);
    }
    return dicts.size() == 1 ? dicts.front() : PickleValue{};
  }

 private:
  bool holds_tensors(PickleValue value) {
    if (value.kind != Kind::dict) return false;
    const auto [known, is_new] = holds_.try_emplace(value.number, false);
    if (!is_new) return known->second;
    const auto items = pickle_.items(value);
    for (std::size_t i = 0; i + 1 < items.size() && !known->second; i += 2)
      known->second = items[i].kind == Kind::text && items[i + 1].kind == Kind::tensor;
    return known->second;
  }

  const Pickle& pickle_;
  std::unordered_set<std::int64_t> entered_;
  std::unordered_map<std::int64_t, bool> holds_;
};

std::string keys_of(const Pickle& pickle, PickleValue value) {
  std::vector<std::string> keys;
  const auto items = pickle.items(value);
  for (std::size_t i = 0; i + 1 < items.size() && keys.size() < 8; i += 2) {
    if (items[i].kind == Kind::text) keys.push_back(quote_name(pickle.text(items[i])));
  }
  if (value.kind != Kind::dict) return "it holds no dict of tensors";
  return keys.empty() ? "its dict has no tensors"
                      : fmt::format("its dict, with the keys {}, has no state dict", fmt::join(keys, ", "));
}

// state_dict() detaches its tensors, so that theirs is no requires_grad; where it kept the variables, parameters are
// pickled as such, and the rest are buffers.
std::vector<StoredTensor> tensors_of(const Pickle& pickle, PickleValue state) {
  const auto items = pickle.items(state);
  const auto tensor_at = [&](std::size_t i) { return pickle.tensors[static_cast<std::size_t>(items[i].number)]; };
  bool kept_variables = false;
  for (std::size_t i = 1; i < items.size(); i += 2)
    kept_variables = kept_variables || (items[i].kind == Kind::tensor && tensor_at(i).is_parameter);
  SharedTensors shared(pickle);
  std::vector<StoredTensor> tensors;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].kind != Kind::text || items[i + 1].kind != Kind::tensor) continue;
    const PickledTensor tensor = tensor_at(i + 1);
    const auto shape = pickle.shape(tensor);
    StoredTensor& made = tensors.emplace_back();
    made.name = pickle.text(items[i]);
    made.dtype = tensor.dtype;
    made.shape.assign(shape.begin(), shape.end());
    made.is_buffer = kept_variables ? !tensor.is_parameter : is_usual_buffer(made.name, static_cast<int>(tensor.rank));
    made.requires_grad = kept_variables ? tensor.requires_grad : can_have_gradient(tensor.dtype);
    if (!made.is_buffer) made.tied_to = shared.first_name(tensor, made.name);
  }
  return tensors;
}

tl::unexpected<CheckpointFault> refuse(std::string text, std::string help = {}) {
  return tl::unexpected(CheckpointFault{std::move(text), std::move(help)});
}

}  // namespace

bool is_checkpoint(std::string_view bytes) {
  const bool is_pickle = bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
  const bool is_tar = bytes.size() > kTarMarkAt && bytes.substr(kTarMarkAt, kTarMark.size()) == kTarMark;
  return is_zip(bytes) || is_pickle || is_tar;
}

tl::expected<std::vector<StoredTensor>, CheckpointFault> checkpoint_tensors(std::string_view file) {
  if (is_checkpoint(file) && !is_zip(file)) {
    return refuse(file.starts_with('\x80') ? "it is a bare pickle, as torch.save wrote it before PyTorch 1.6"
                                           : "it is a tar archive, as torch.save wrote it before PyTorch 0.1.12",
                  "save it again with a current PyTorch: torch.save(torch.load(\"old\", weights_only=True), \"new\")");
  }
  const auto archive = TorchArchive::open(file);
  if (!archive) return refuse(archive.error());
  Bytes room;
  const auto pickle = archive->pickle(room);
  if (!pickle) return refuse(pickle.error(), "a state dict alone can be read: torch.save(model.state_dict(), …)");
  const PickleValue state = StateDictFinder(*pickle).find(pickle->root);
  if (state.kind != Kind::dict) return refuse(keys_of(*pickle, pickle->root));
  return tensors_of(*pickle, state);
}

tl::expected<ParamGraph, Error> read_checkpoint(const Input& input) {
  const auto tensors = checkpoint_tensors(input.bytes.view());
  if (!tensors) return tl::unexpected(unreadable(input, kCheckpoint, tensors.error().text, tensors.error().help));
  ParamGraphBuilder builder;
  builder.set_model(input.model);
  for (const StoredTensor& tensor : *tensors) add_tensor(builder, tensor);
  return finish(builder, input);
}

}  // namespace fts::graph
