// A recorded run of the Python Fine-Tuning Scheduler: ID.json beside ID.safetensors.
#pragma once
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

#include "runtime/bind/safetensors.hpp"

namespace fts::oracle {

struct Case {
  std::string id;
  nlohmann::json record;
  bind::SafetensorsFile tensors;

  [[nodiscard]] const nlohmann::json& config() const { return record.at("config"); }
  // A value of the configuration, or `by_default` where it is absent or null.
  [[nodiscard]] nlohmann::json setting(const char* name, nlohmann::json by_default = nullptr) const;
  [[nodiscard]] at::Tensor tensor(const std::string& name) const;  // throws where there is none
  [[nodiscard]] bool crashed() const { return !record.at("end").at("exception").is_null(); }
};

// The recorded cases of a folder (ID.json or ID.json.gz), by name. Throws std::runtime_error with the path of what
// cannot be read.
[[nodiscard]] std::vector<std::string> cases_in(const std::string& folder);
[[nodiscard]] Case read_case(const std::string& path);

// A number of the records, in which NaN and the infinities are strings.
[[nodiscard]] double number(const nlohmann::json& value);

}  // namespace fts::oracle
