// A file and what it uses: read, parsed, linked by alias.
#include <filesystem>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/scope.hpp"
#include "compiler/resolve/stdlib.hpp"
#include "grammar/grammar.hpp"

namespace fts::resolve {

namespace fs = std::filesystem;

namespace {

class Loader {
 public:
  Loader(Unit::Data& unit, fs::path root, Diagnostics& diagnostics)
      : unit_(unit), root_(std::move(root)), diagnostics_(diagnostics) {}

  const Module* load(FileId file, const std::string& path) {
    Module& module = unit_.modules.emplace_back();
    unit_.by_path[path] = &module;
    module.path = path;
    module.file = file;
    const auto text = unit_.sources->file(file).text();
    module.tree = ast::build(grammar::parse(file, text, diagnostics_), text, diagnostics_);
    for (const auto& item : module.tree.body.items) {
      if (const auto* use = std::get_if<ast::Use>(&item.node)) module.uses[use->alias.text] = follow(*use, module);
    }
    return &module;
  }

 private:
  const Module* follow(const ast::Use& use, const Module& from) {
    if (const auto* dotted = std::get_if<std::vector<ast::Ident>>(&use.path)) return standard(*dotted, use);
    const auto& written = std::get<std::string>(use.path);
    const fs::path path = (fs::path(from.path).parent_path() / written).lexically_normal();
    if (fs::path(written).is_absolute() || !inside(path)) {
      return fail(use, fmt::format("'{}' leaves the project's folder", written),
                  "paths are relative to this file; --root widens the folder");
    }
    if (const auto at = unit_.by_path.find(path.string()); at != unit_.by_path.end()) {
      if (at->second == &unit_.modules.front() || at->second == &from) return fail(use, "a file cannot use itself", "");
      return at->second;
    }
    const auto file = unit_.sources->read(path.string());
    return file ? load(*file, path.string()) : fail(use, file.error(), "");
  }

  const Module* standard(const std::vector<ast::Ident>& dotted, const ast::Use& use) {
    std::string name;
    for (const auto& part : dotted) name += (name.empty() ? "" : ".") + part.text;
    if (const auto at = unit_.by_path.find(name); at != unit_.by_path.end()) return at->second;
    if (const auto text = standard_module(name)) return load(unit_.sources->add(name, std::string(*text)), name);
    std::vector<std::string_view> known;
    for (const auto& m : standard_modules()) known.push_back(m.name);
    const auto near = nearest(name, known);
    return fail(use, fmt::format("there is no module '{}'", name),
                near.empty() ? "`ftsc stdlib` lists them" : did_you_mean(near));
  }

  [[nodiscard]] bool inside(const fs::path& path) const {
    std::error_code code;
    // Made absolute first: of a relative path that is not there weakly_canonical gives a relative one.
    const fs::path real = fs::weakly_canonical(fs::absolute(path), code);
    const fs::path relative = real.lexically_relative(fs::weakly_canonical(fs::absolute(root_), code));
    return !relative.empty() && *relative.begin() != "..";
  }

  const Module* fail(const ast::Use& use, std::string message, std::string help) {
    diagnostics_.report(Code::import_failed, use.path_span, std::move(message)).help = std::move(help);
    return nullptr;
  }

  Unit::Data& unit_;
  fs::path root_;
  Diagnostics& diagnostics_;
};

}  // namespace

Unit::Unit(SourceMap& sources, FileId main, const Options& options, Diagnostics& diagnostics)
    : data_(std::make_unique<Data>()) {
  data_->sources = &sources;
  const std::string path = fs::path(sources.file(main).path()).lexically_normal().string();
  const fs::path folder = fs::path(path).parent_path();
  const fs::path root = !options.root.empty() ? fs::path(options.root) : folder.empty() ? fs::path(".") : folder;
  Loader(*data_, root, diagnostics).load(main, path);
}

Unit::~Unit() = default;
Unit::Unit(Unit&&) noexcept = default;
Unit& Unit::operator=(Unit&&) noexcept = default;

}  // namespace fts::resolve
