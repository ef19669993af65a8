// Reads the arguments of an optimizer or scheduler out of a plan. The compiler has checked them; the runtime refuses
// (FTS1002, all at once) what it does not know itself, so that no argument is ever dropped in silence.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"

namespace fts::rates {

class Arguments {
 public:
  // `owner` is named in errors: "optimizer 'adamw'". `values` is a JSON object that outlives this one.
  Arguments(std::string owner, const nlohmann::json& values);

  // The value of an argument, or its default where it is absent or null. A wrong type is remembered for finish().
  double number(const std::string& name, double by_default);
  std::int64_t integer(const std::string& name, std::int64_t by_default);
  bool boolean(const std::string& name, bool by_default);
  std::pair<double, double> pair(const std::string& name, double first, double second);

  // One of `words`, of which the first is the default.
  std::string word(const std::string& name, const std::vector<std::string>& words);
  // A number, or a list of them (one a group).
  std::vector<double> numbers(const std::string& name, double by_default);

  // An argument that must be given.
  std::int64_t required_integer(const std::string& name);
  double required_number(const std::string& name);
  std::vector<double> required_numbers(const std::string& name);
  std::vector<std::int64_t> required_integers(const std::string& name);
  const nlohmann::json* required(const std::string& name);  // null: remembered as missing

  // Arguments that change nothing here (PyTorch's choice among equal implementations).
  void ignore(const std::vector<std::string>& names);
  // Remembers a fault of the caller's own finding: "'T_max' must be at least 1".
  void require(bool holds, std::string otherwise);

  void refuse(Error error);  // of a part that has arguments of its own

  // Everything that was wrong, and every argument that nobody read.
  [[nodiscard]] tl::expected<void, Error> finish() const;

 private:
  const nlohmann::json* find(const std::string& name);
  void wrong(const std::string& name, const std::string& expected, const nlohmann::json& value);

  std::string owner_;
  const nlohmann::json& values_;
  std::set<std::string> read_;
  std::vector<std::string> faults_;
};

}  // namespace fts::rates
