// What names mean where: chains of scopes, from the innermost body out to the file.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ast/ast.hpp"
#include "compiler/resolve/resolve.hpp"
#include "compiler/resolve/scalar.hpp"

namespace fts::resolve {

struct Module;
struct Scope;

// A name's meaning: a value (loop variable, input), a `let` with the scope it was written in, or a used module.
struct Binding {
  Span span;
  std::optional<Scalar> value;
  const ast::Let* let = nullptr;
  const Scope* home = nullptr;  // of the let
  const Module* module = nullptr;
  bool poisoned = false;
};

struct Scope {
  const Scope* parent = nullptr;
  std::map<std::string, Binding, std::less<>> names;

  [[nodiscard]] const Binding* find(std::string_view name) const {
    for (const Scope* s = this; s != nullptr; s = s->parent) {
      if (const auto at = s->names.find(name); at != s->names.end()) return &at->second;
    }
    return nullptr;
  }
};

// One file of a unit: its tree and what it uses.
struct Module {
  std::string path;
  FileId file = kNoFile;
  ast::File tree;
  std::map<std::string, const Module*> uses;  // by alias; null: could not be read
};

struct Unit::Data {
  SourceMap* sources = nullptr;
  std::deque<Module> modules;  // the first is the main file
  std::map<std::string, const Module*> by_path;
};

}  // namespace fts::resolve
