// docs/REFERENCE.md is made of the schemas, and docs/LANGUAGE.md speaks of every attribute of a schedule.
// FTS_UPDATE_GOLDEN=1 writes the reference anew.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/adapters/adapters.hpp"
#include "compiler/resolve/schema.hpp"
#include "tests/support/golden.hpp"

namespace fts {
namespace {

using resolve::AttributeSchema;
using resolve::BodySchema;
using resolve::Kind;
using resolve::SpecSchema;
using resolve::Type;

// How a phase's attributes begin that stand in a group too.
constexpr std::string_view kOfGroups = "For this phase's new parameter groups: ";

// Writes the tables; bodies that a table names follow it, each once.
class Reference {
 public:
  std::string text() {
    out_ =
        "# Reference: every block and attribute\n\n"
        "Made of the compiler's own schemas (`FTS_UPDATE_GOLDEN=1 ctest -R Reference` writes it anew). "
        "[LANGUAGE.md](LANGUAGE.md) "
        "explains.\nAn attribute without a default is left out unless it is given; those with † must be given.\n";
    const auto file = resolve::file_schema(adapters::schemas());
    for (const auto& block : file.attributes) body(*block.type.body);
    flush();
    out_ += "\n## adapters\n\nWhat stands in a [strategy](#strategy) beside its own attributes, by its `adapter`.\n";
    for (const auto& adapter : adapters::schemas()) spec(adapter);
    flush();
    out_ += "\n## optimizers\n\nPyTorch's, with its arguments and defaults; the class's name is accepted too.\n";
    for (const auto& optimizer : resolve::optimizers()) spec(optimizer);
    out_ +=
        "\n## schedulers\n\nPyTorch's, with its arguments and defaults; the class's name is accepted too. Each also "
        "takes:\n\n";
    const auto& schedulers = resolve::lr_schedulers();
    std::vector<AttributeSchema> shared;
    for (const auto& a : schedulers.front().arguments.attributes) {
      const bool everywhere = std::all_of(schedulers.begin(), schedulers.end(),
                                          [&](const SpecSchema& s) { return s.arguments.find(a.name) != nullptr; });
      if (everywhere) shared.push_back(a);
    }
    table(shared);
    for (auto scheduler : schedulers) {
      std::erase_if(scheduler.arguments.attributes, [&](const AttributeSchema& a) {
        return std::any_of(shared.begin(), shared.end(), [&](const auto& s) { return s.name == a.name; });
      });
      spec(scheduler);
    }
    flush();
    return out_;
  }

 private:
  void body(const BodySchema& schema) {
    if (!seen_.insert(schema.name).second) return;
    out_ += fmt::format("\n## {}\n\n", schema.name);
    auto attributes = schema.attributes;
    const bool phase = schema.name == "phase";
    if (phase) std::erase_if(attributes, [](const AttributeSchema& a) { return a.doc.starts_with(kOfGroups); });
    table(attributes);
    if (phase) out_ += "\nand any attribute of a [group](#group), for the phase's own new parameter groups.\n";
    flush();
  }

  void spec(const SpecSchema& schema) {
    if (!seen_.insert("spec " + schema.name).second) return;
    const std::string names = schema.class_name.empty() ? "" : fmt::format(" (`{}`)", schema.class_name);
    out_ += fmt::format("\n### {}{}\n\n", schema.name, names);
    if (!schema.doc.empty()) out_ += schema.doc + "\n";
    if (schema.arguments.open) out_ += "Further attributes are those that the plugin's schema declares.\n";
    if (schema.arguments.attributes.empty()) return;
    const auto before = std::exchange(out_, "");
    table(schema.arguments.attributes);
    const auto written = std::exchange(out_, before);
    const auto [same, fresh] = tables_.try_emplace(written, schema.name);
    if (!schema.doc.empty()) out_ += "\n";
    out_ += fresh ? written : fmt::format("Its attributes are those of `{}`.\n", same->second);
  }

  void table(const std::vector<AttributeSchema>& attributes) {
    out_ += "| attribute | type | default | means |\n| --- | --- | --- | --- |\n";
    for (const auto& a : attributes) {
      const std::string alias = a.alias.empty() ? "" : fmt::format(", `{}`", a.alias);
      out_ +=
          fmt::format("| `{}`{}{} | {} | {} | {} |\n", a.name, a.label == resolve::Label::required ? " *name*" : alias,
                      a.required ? " †" : "", words(a.type), fallback(a),
                      a.doc.substr(a.doc.starts_with(kOfGroups) ? kOfGroups.size() : 0));
    }
  }

  static std::string fallback(const AttributeSchema& a) {
    if (!a.fallback) return "";
    if (a.fallback->is_null()) return "`none`";
    return "`" + (a.fallback->is_string() ? a.fallback->get<std::string>() : a.fallback->dump()) + "`";
  }

  std::string words(const Type& type) {
    std::string all = kind(type);
    for (const auto& other : type.alternatives) all += ", or " + kind(other);
    return all;
  }

  std::string kind(const Type& type) {
    switch (type.kind) {
      case Kind::body: return "`{` [" + later(*type.body) + "](#" + anchor(type.body->name) + ") `}`";
      case Kind::metric:
        return type.body->attributes.empty()
                   ? "a metric's name"
                   : "a metric's name, with `{` [" + later(*type.body) + "](#" + anchor(type.body->name) + ") `}`";
      case Kind::list: return "a list: " + words(*type.element);
      case Kind::rules:
        return fmt::format("rules: {} `=>` {}", type.keys == Kind::parameters ? "parameters" : "modules",
                           words(*type.element));
      case Kind::spec: return choice(*type.specs);
      default: {
        Type alone = type;
        alone.alternatives.clear();
        return alone.in_words();
      }
    }
  }

  // Of an attribute that takes a constructor: its choices, or where they stand.
  std::string choice(const std::vector<SpecSchema>& specs) {
    if (specs.front().name == "adamw") return "an [optimizer](#optimizers)";
    if (specs.front().name == "step") return "a [scheduler](#schedulers)";
    std::string all;
    for (const auto& s : specs) {
      all += (all.empty() ? "`" : ", `") + s.name + "`";
      const bool adapter = s.name == "base" || specs.front().name == "base";
      if (!adapter && !s.arguments.attributes.empty()) waiting_specs_.push_back(s);
    }
    return all;
  }

  std::string later(const BodySchema& schema) {
    waiting_.push_back(schema);
    return schema.name;
  }
  static std::string anchor(std::string name) {
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
  }

  void flush() {
    while (!waiting_.empty() || !waiting_specs_.empty()) {
      const auto bodies = std::exchange(waiting_, {});
      const auto specs = std::exchange(waiting_specs_, {});
      for (const auto& schema : bodies) body(schema);
      for (const auto& schema : specs) spec(schema);
    }
  }

  std::string out_;
  std::set<std::string> seen_;
  std::map<std::string, std::string> tables_;  // by text, the first whose table it is
  std::vector<BodySchema> waiting_;
  std::vector<SpecSchema> waiting_specs_;
};

TEST(Reference, IsMadeOfTheSchemas) { test::expect_golden("../../docs/REFERENCE.md", Reference().text()); }

TEST(Reference, TheLanguageSpeaksOfEveryAttributeOfASchedule) {
  std::ifstream in(FTS_SOURCE_DIR "/docs/LANGUAGE.md", std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  const auto file = resolve::file_schema({});
  const auto& schedule = *file.find("schedule")->type.body;
  for (const auto* schema : {file.find("model")->type.body.get(), &schedule, schedule.find("phase")->type.body.get(),
                             schedule.find("checkpoint")->type.body.get()}) {
    for (const auto& a : schema->attributes) {
      if (a.doc.starts_with(kOfGroups)) continue;  // "any argument of the optimizer's groups"
      EXPECT_THAT(text.str(), testing::ContainsRegex("`[^`]*" + a.name + "[^`]*`")) << schema->name;
    }
  }
  for (const auto* specs : {&resolve::optimizers(), &resolve::lr_schedulers()}) {
    for (const auto& spec : *specs) EXPECT_THAT(text.str(), testing::HasSubstr("`" + spec.name + "`"));
  }
}

TEST(Reference, EverySchemaDocumentsItself) {
  for (const auto* specs : {&resolve::optimizers(), &resolve::lr_schedulers()}) {
    for (const auto& spec : *specs) {
      EXPECT_FALSE(spec.doc.empty()) << spec.name;
      for (const auto& a : spec.arguments.attributes) EXPECT_FALSE(a.doc.empty()) << spec.name << " " << a.name;
    }
  }
}

}  // namespace
}  // namespace fts
