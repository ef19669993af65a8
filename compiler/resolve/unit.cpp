// A file and what it uses: read, parsed, linked by alias.
#include <algorithm>
#include <filesystem>
#include <span>

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
      const auto* use = std::get_if<ast::Use>(&item.node);
      if (use == nullptr) continue;
      open_.push_back({&module, use->path_span});
      module.uses[use->alias.text] = follow(*use, module);
      open_.pop_back();
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
      const auto circle = std::ranges::find(open_, at->second, &Open::module);
      return circle == open_.end() ? at->second : fail_in_circle(use, circle - open_.begin());
    }
    std::error_code code;
    const auto status = fs::status(path, code);
    if (fs::exists(status) && !fs::is_regular_file(status))  // reading from a FIFO could wait for ever
      return fail(use, fmt::format("'{}' is {}", written, fs::is_directory(status) ? "a folder" : "no regular file"),
                  "name a file of the project, such as \"common.fts\"");
    const auto file = unit_.sources->read(path.string());
    return file ? load(*file, path.string())
                : fail(use, file.error(), "the path is relative to the folder of this file");
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
    const fs::path from = fs::current_path(code);
    if (code && path.is_relative()) return path.empty() || *path.begin() != "..";  // the working folder is gone
    const fs::path real = fs::weakly_canonical(from / path, code);
    const fs::path relative = real.lexically_relative(fs::weakly_canonical(from / root_, code));
    return !relative.empty() && *relative.begin() != "..";
  }

  // `use` leads back to the file of open_[first].
  const Module* fail_in_circle(const ast::Use& use, std::ptrdiff_t first) {
    const std::string from = shown(*open_.back().module);
    const std::string to = shown(*open_[static_cast<std::size_t>(first)].module);
    const std::span circle = std::span(open_).subspan(static_cast<std::size_t>(first));
    auto& d = diagnostics_.report(Code::import_failed, use.path_span,
                                  circle.size() == 1 ? fmt::format("'{}' uses itself", from)
                                                     : fmt::format("'{}' uses '{}', which uses it again", from, to));
    for (std::size_t i = 0; i + 1 < circle.size(); ++i)
      d.notes.push_back(
          {fmt::format("'{}' uses '{}' here", shown(*circle[i].module), shown(*circle[i + 1].module)), circle[i].use});
    d.help = circle.size() == 1 ? "a file's own names need no alias: leave the `use` out"
                                : "move what both want into a file that uses neither";
    return nullptr;
  }

  // A path as seen from the main file's folder.
  [[nodiscard]] std::string shown(const Module& module) const {
    return fs::path(module.path).lexically_proximate(fs::path(unit_.modules.front().path).parent_path()).string();
  }

  const Module* fail(const ast::Use& use, std::string message, std::string help) {
    diagnostics_.report(Code::import_failed, use.path_span, std::move(message)).help = std::move(help);
    return nullptr;
  }

  struct Open {  // a file whose `use` is being followed
    const Module* module;
    Span use;
  };

  Unit::Data& unit_;
  std::vector<Open> open_;  // from the main file on
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
