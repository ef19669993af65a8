// What a LightningCLI configuration says, wherever it says it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/interop/values.hpp"

namespace fts::interop {

// The parts of one or several configurations: the last that has a part wins; of the trainer and the strategy, argument
// by argument. Pointers into the documents, or to what was laid together of them; null: not said.
struct Configuration {
  const Yaml* trainer = nullptr;
  const Yaml* finetuning_scheduler = nullptr;  // init_args of the callback; a map of none where it stands without
  const Yaml* early_stopping = nullptr;
  const Yaml* without_scheduler = nullptr;  // FTSEarlyStopping or FTSCheckpoint, where no FinetuningScheduler stands
  const Yaml* checkpoint = nullptr;
  bool plain_checkpoint = false;  // it is Lightning's ModelCheckpoint, which FTS replaces by its own
  const Yaml* optimizer = nullptr;
  const Yaml* lr_scheduler = nullptr;
  const Yaml* no_decay = nullptr;
  const Yaml* strategy = nullptr;
  const Yaml* adapter = nullptr;  // strategy_adapter_cfg
  const Yaml* tp_plan = nullptr;
  const Yaml* base_model_tp_plan = nullptr;
  const Yaml* base_model_prefix = nullptr;
  const Yaml* tensor_parallel_size = nullptr;
  std::vector<std::pair<std::string, const Yaml*>> sizes;  // of the model: num_key_value_heads, …
  std::vector<std::shared_ptr<const Yaml>> owned;          // laid together

  const Yaml* own(std::shared_ptr<const Yaml> value) { return owned.emplace_back(std::move(value)).get(); }
};

[[nodiscard]] Configuration configuration_of(const Context& context, const std::vector<Document>& documents);

// FinetuningScheduler's argument; null: not given.
[[nodiscard]] const Yaml* argument(const Configuration& configuration, std::string_view name);

}  // namespace fts::interop
