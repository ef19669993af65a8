// The schemas are consistent: every default fits its own type, no name stands twice.
#include "compiler/resolve/schema.hpp"

#include <set>

#include <gtest/gtest.h>

namespace fts::resolve {
namespace {

bool fits(const nlohmann::json& value, const Type& type) {
  switch (type.kind) {
    case Kind::none: return value.is_null();
    case Kind::boolean: return value.is_boolean();
    case Kind::integer: return value.is_number_integer() && value >= type.minimum && value <= type.maximum;
    case Kind::number: return value.is_number() && value >= type.minimum && value <= type.maximum;
    case Kind::word:
      return value.is_string() && std::find(type.words.begin(), type.words.end(), value) != type.words.end();
    case Kind::list: return value.is_array();
    default: return false;
  }
}

void check(const BodySchema& schema, const std::string& path) {
  std::set<std::string> names;
  for (const auto& a : schema.attributes) {
    const std::string where = path + "." + a.name;
    EXPECT_TRUE(names.insert(a.name).second) << where << " stands twice";
    EXPECT_FALSE(a.doc.empty()) << where << " has no description";
    EXPECT_FALSE(a.required && a.fallback) << where << " is required and has a default";
    bool one = !a.fallback || fits(*a.fallback, a.type);
    for (const auto& other : a.type.alternatives) one = one || fits(*a.fallback, other);
    EXPECT_TRUE(one) << where << " has the default " << *a.fallback;
    if (a.type.body) check(*a.type.body, where);
  }
}

TEST(Schemas, OfAFileAreConsistent) { check(file_schema({}), "file"); }
TEST(Schemas, OfOptimizersAreConsistent) {
  for (const auto& spec : optimizers()) check(spec.arguments, spec.name);
}
TEST(Schemas, OfSchedulersAreConsistent) {
  for (const auto& spec : lr_schedulers()) check(spec.arguments, spec.name);
}
TEST(Schemas, ClassNamesAreAcceptedToo) {
  EXPECT_EQ(find_spec(optimizers(), "AdamW")->name, "adamw");
  EXPECT_EQ(find_spec(lr_schedulers(), "CosineAnnealingLR")->name, "cosine_annealing");
  EXPECT_EQ(find_spec(optimizers(), "Lion"), nullptr);
}

}  // namespace
}  // namespace fts::resolve
