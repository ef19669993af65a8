// What may stand where: blocks and attributes are typed by schemas, never by grammar, so that an adapter adds its own.
// A schema is data; it checks, completes and documents.
#pragma once
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace fts {
class Diagnostics;
}

namespace fts::resolve {

struct Body;
struct BodySchema;
struct SpecSchema;

enum class Kind {
  none,  // the word `none`
  boolean,
  integer,
  number,
  string,
  bytes,     // 80GiB; an integer in bytes
  duration,  // 30s; a number in seconds
  word,      // one of `words`
  dtype,
  metric,      // a metric's name (a word or a string), perhaps with a body: val_loss { mode = min }
  parameters,  // a selection of parameters
  modules,     // a selection of modules
  condition,   // until
  expression,  // of `epoch` or `step`, kept as it is: a rate's lambda
  spec,        // one of `specs`: a word, a call or a constructor
  list,
  body,   // { … } of `body`
  any,    // a plain value of whatever kind it is written as
  rules,  // { selection => value } with `element` as the values' type and `keys` as the selections'
};

// A type: one kind, or several of which the first that fits is taken.
struct Type {
  Kind kind = Kind::none;
  std::vector<Type> alternatives;  // further kinds that may stand here
  // integer, number, bytes, duration
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool above_minimum = false;  // the minimum itself is out
  bool below_maximum = false;
  std::vector<std::string> words;                        // word
  std::shared_ptr<const Type> element;                   // list, rules
  Kind keys = Kind::parameters;                          // rules
  std::shared_ptr<const BodySchema> body;                // body, metric
  std::shared_ptr<const std::vector<SpecSchema>> specs;  // spec

  [[nodiscard]] Type at_least(double value) const;
  [[nodiscard]] Type above(double value) const;
  [[nodiscard]] Type at_most(double value) const;
  [[nodiscard]] Type below(double value) const;
  [[nodiscard]] Type or_else(Type other) const;
  // In words, for messages: "a number >= 0", "true or false", "one of min, max".
  [[nodiscard]] std::string in_words() const;
};

// Makers, so that a schema reads as a table.
namespace type {
Type none();
Type boolean();
Type integer();
Type number();
Type string();
Type bytes();
Type duration();
Type dtype();
Type parameters();
Type modules();
Type condition();
Type expression();
Type any();
Type word(std::vector<std::string> words);
Type list(Type element);
Type metric(BodySchema body);
Type body(BodySchema body);
Type rules(Kind keys, Type element);
Type spec(std::vector<SpecSchema> specs);
}  // namespace type

enum class Label { forbidden, required };

struct AttributeSchema {
  std::string name;
  Type type;
  std::string doc;                         // one sentence
  std::optional<nlohmann::json> fallback;  // the value when it is not given; none: it stays away
  bool required = false;
  bool repeatable = false;  // a labelled block that may stand several times
  Label label = Label::forbidden;
  std::string alias;  // another accepted name (PyTorch's own spelling)
};

struct BodySchema {
  std::string name;  // "phase", "schedule"
  std::vector<AttributeSchema> attributes;
  bool open = false;          // further attributes may stand here, of any kind
  std::string discriminator;  // an attribute of spec kind whose spec's own attributes stand in this body too

  [[nodiscard]] const AttributeSchema* find(std::string_view name) const;
};

// A constructor, call or word: adamw { … }, module_types("A", "B"), composable.
struct SpecSchema {
  std::string name;        // the language's: "adamw"
  std::string class_name;  // the class it stands for, accepted too: "AdamW"
  std::string doc;
  BodySchema arguments;                 // by name, in a call or a body
  std::vector<std::string> positional;  // arguments that a call may give by place
  std::optional<Type> variadic;         // a call's further arguments; they become the argument "args"
  // Where the call's arguments decide what else there is (which plugin): the schema in place of this one, of the same
  // name, valid as long as this one; null: a fault, which was reported.
  std::function<const SpecSchema*(const Body& arguments, Diagnostics& diagnostics)> refine = {};
};

// The schema of a whole file; strategies come from the adapters.
[[nodiscard]] BodySchema file_schema(std::vector<SpecSchema> adapters);

// Every optimizer and every scheduler of the language, with PyTorch's arguments and defaults (torch 2.15).
[[nodiscard]] const std::vector<SpecSchema>& optimizers();
[[nodiscard]] const std::vector<SpecSchema>& lr_schedulers();
// Whether Python FTS takes this scheduler (by the language's name) without allow_untested.
[[nodiscard]] bool fts_supports(std::string_view lr_scheduler);
[[nodiscard]] const SpecSchema* find_spec(const std::vector<SpecSchema>& specs, std::string_view name);

}  // namespace fts::resolve
