// YAML values as .fts text: plain values, optimizers and schedulers.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/interop/text.hpp"
#include "compiler/interop/yaml.hpp"
#include "compiler/resolve/schema.hpp"

namespace fts::interop {

// What every part of an import has.
struct Context {
  const SourceMap& sources;
  Diagnostics& diagnostics;

  // An error FTS1204, with what to write instead.
  void refuse(const Yaml& value, std::string message, std::string help) const;
  // A warning FTS1206 for each key that is not among `known`; `what` is the owner in words.
  void ignore_others(const Yaml& map, const std::vector<std::string_view>& known, const std::string& what) const;
  void warn(Code code, const Yaml& value, std::string message, std::string help) const;
};

// The value as the type wants it written: a word bare, a whole float as an integer. Values that no text can say (nan)
// are refused.
[[nodiscard]] std::string value_text(const Context& context, const Yaml& value, const resolve::Type* type = nullptr);

// An attribute with a dtype: torch.bfloat16 is a word. A key that is no name is refused; nothing is added then.
void add_dtype(const Context& context, const Yaml& key, const Yaml& value, std::vector<Attribute>& into);

// A word where the string can be one, else as value_text.
[[nodiscard]] std::string word_text(const Context& context, const Yaml& value);

// The key as the name of an attribute. Nothing: it is none, and was refused.
[[nodiscard]] std::optional<std::string> attribute_name(const Context& context, const Yaml& key);

// Python's float() of a rate: a number, a bool (FTS1207) or a string that float() takes. Refuses anything else, and
// what is not finite.
[[nodiscard]] std::optional<double> rate(const Context& context, const Yaml& value, const std::string& what);

// {class_path, init_args} as adamw { lr = 1e-3 }. FTS needs a dotted class_path, LightningCLI does not. `more` are
// attributes of a scheduler that FTS and Lightning add. Nothing: it was refused.
[[nodiscard]] std::optional<std::string> spec_text(const Context& context, const Yaml& init,
                                                   const std::vector<resolve::SpecSchema>& known, Dialect dialect,
                                                   std::vector<Attribute> more = {});

// FTS's {optimizer_init} and {lr_scheduler_init, pl_lrs_cfg, init_pg_lrs, use_current_optimizer_pg_lrs}. Implicit:
// of reinit_lr_cfg, which takes no rates a group.
[[nodiscard]] std::optional<std::string> new_optimizer_text(const Context& context, const Yaml& value);
[[nodiscard]] std::optional<std::string> new_lr_scheduler_text(const Context& context, const Yaml& value,
                                                               bool implicit);

}  // namespace fts::interop
