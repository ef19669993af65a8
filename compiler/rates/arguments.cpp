#include "compiler/rates/arguments.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/base/code.hpp"

namespace fts::rates {

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

std::string Arguments::word(const std::string& name, const std::vector<std::string>& words) {
  const auto* value = find(name);
  if (value == nullptr) return words.front();
  if (value->is_string() && std::find(words.begin(), words.end(), *value) != words.end()) return *value;
  wrong(name, fmt::format("one of {}", fmt::join(words, ", ")), *value);
  return words.front();
}

std::vector<double> Arguments::numbers(const std::string& name, double by_default) {
  const auto* value = find(name);
  if (value == nullptr) return {by_default};
  if (value->is_number()) return {value->get<double>()};
  const bool list = value->is_array() && !value->empty() &&
                    std::all_of(value->begin(), value->end(), [](const auto& v) { return v.is_number(); });
  if (list) return value->get<std::vector<double>>();
  wrong(name, "a number or a list of numbers", *value);
  return {by_default};
}

const nlohmann::json* Arguments::required(const std::string& name) {
  const auto* value = find(name);
  if (value == nullptr) faults_.push_back(fmt::format("'{}' is missing", name));
  return value;
}

std::int64_t Arguments::required_integer(const std::string& name) {
  return required(name) == nullptr ? 1 : integer(name, 1);
}

double Arguments::required_number(const std::string& name) { return required(name) == nullptr ? 1 : number(name, 1); }

std::vector<double> Arguments::required_numbers(const std::string& name) {
  return required(name) == nullptr ? std::vector<double>{1} : numbers(name, 1);
}

std::vector<std::int64_t> Arguments::required_integers(const std::string& name) {
  const auto* value = required(name);
  if (value == nullptr) return {};
  const bool list = value->is_array() &&
                    std::all_of(value->begin(), value->end(), [](const auto& v) { return v.is_number_integer(); });
  if (list) return value->get<std::vector<std::int64_t>>();
  wrong(name, "a list of whole numbers", *value);
  return {};
}

void Arguments::refuse(Error error) {
  for (auto& d : error.diagnostics) {
    faults_.push_back(std::move(d.message));
    for (auto& note : d.notes) faults_.push_back(std::move(note.message));
  }
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

}  // namespace fts::rates
