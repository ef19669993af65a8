#include "runtime/optim/lr/arguments.hpp"

#include <fmt/format.h>

namespace fts::optim {

Arguments::Arguments(std::string owner, const nlohmann::json& values) : owner_(std::move(owner)), values_(values) {}

const nlohmann::json* Arguments::find(const std::string& name) {
  read_.insert(name);
  const auto it = values_.find(name);
  return it == values_.end() || it->is_null() ? nullptr : &*it;
}

void Arguments::wrong(const std::string& name, const std::string& expected, const nlohmann::json& value) {
  faults_.push_back(fmt::format("'{}' must be {}, not {}", name, expected, value.dump()));
}

double Arguments::number(const std::string& name, double by_default) {
  const auto* value = find(name);
  if (value == nullptr) return by_default;
  if (value->is_number()) return value->get<double>();
  wrong(name, "a number", *value);
  return by_default;
}

std::int64_t Arguments::integer(const std::string& name, std::int64_t by_default) {
  const auto* value = find(name);
  if (value == nullptr) return by_default;
  if (value->is_number_integer()) return value->get<std::int64_t>();
  wrong(name, "a whole number", *value);
  return by_default;
}

bool Arguments::boolean(const std::string& name, bool by_default) {
  const auto* value = find(name);
  if (value == nullptr) return by_default;
  if (value->is_boolean()) return value->get<bool>();
  wrong(name, "true or false", *value);
  return by_default;
}

std::pair<double, double> Arguments::pair(const std::string& name, double first, double second) {
  const auto* value = find(name);
  if (value == nullptr) return {first, second};
  if (value->is_array() && value->size() == 2 && value->at(0).is_number() && value->at(1).is_number()) {
    return {value->at(0).get<double>(), value->at(1).get<double>()};
  }
  wrong(name, "two numbers", *value);
  return {first, second};
}

std::int64_t Arguments::required_integer(const std::string& name) {
  if (find(name) == nullptr) faults_.push_back(fmt::format("'{}' is missing", name));
  return integer(name, 1);
}

double Arguments::required_number(const std::string& name) {
  if (find(name) == nullptr) faults_.push_back(fmt::format("'{}' is missing", name));
  return number(name, 1);
}

void Arguments::ignore(const std::vector<std::string>& names) { read_.insert(names.begin(), names.end()); }

void Arguments::require(bool holds, std::string otherwise) {
  if (!holds) faults_.push_back(std::move(otherwise));
}

tl::expected<void, Error> Arguments::finish() const {
  auto faults = faults_;
  for (const auto& [name, value] : values_.items()) {
    if (!read_.contains(name)) faults.push_back(fmt::format("'{}' is not an argument that the runtime knows", name));
  }
  if (faults.empty()) return {};
  auto error = make_error(Code::unsupported_at_run_time, fmt::format("the arguments of {} cannot be used", owner_));
  for (auto& fault : faults) error.diagnostics.front().notes.push_back({std::move(fault), {}});
  return tl::unexpected(std::move(error));
}

}  // namespace fts::optim
