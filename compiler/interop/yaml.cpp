#include "compiler/interop/yaml.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "compiler/base/code.hpp"
#include "grammar/encoding.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

// The first byte that PyYAML does not take either; yaml-cpp stumbles over some of them.
std::optional<std::size_t> first_control(std::string_view text) {
  const auto bad = std::ranges::find_if(
      text, [](unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f; });
  if (bad == text.end()) return std::nullopt;
  return static_cast<std::size_t>(bad - text.begin());
}

constexpr std::size_t kMostNodes = 1'000'000;  // aliases make large trees of small texts
constexpr std::string_view kStandard = "tag:yaml.org,2002:";

// What the parser cannot say itself: thrown inside its callbacks, caught in read_yaml.
struct Refused {
  Span span;
  std::string message;
  std::string help;
};

class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, FileId file, Dialect dialect, Diagnostics& diagnostics)
      : text_(text), file_(file), dialect_(dialect), diagnostics_(diagnostics) {}

  Yaml root;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Yaml value;
    value.span = scalar_span(mark, "");
    finish(std::move(value), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = anchors_.find(anchor);
    if (at == anchors_.end()) throw Refused{at_mark(mark, 1), "an alias stands inside what it names", ""};
    Yaml copy = at->second;
    count(size(copy), mark);
    finish(std::move(copy), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    count(1, mark);
    Yaml scalar;
    const bool plain = tag.empty() || tag == "?";
    if (plain) {
      scalar = resolve_scalar(value, dialect_);
    } else if (tag == "!" || tag == std::string(kStandard) + "str") {
      scalar.kind = Kind::string;
      scalar.text = value;
    } else {
      scalar = tagged(mark, tag, value);
    }
    scalar.span = scalar_span(mark, value);
    finish(std::move(scalar), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Yaml value;
    YAML::anchor_t anchor = 0;
    std::optional<Yaml> key;
  };

  static std::size_t size(const Yaml& value) {
    std::size_t n = 1;
    for (const auto& e : value.elements) n += size(e);
    for (const auto& [k, v] : value.entries) n += size(k) + size(v);
    return n;
  }
  void count(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ > kMostNodes) throw Refused{at_mark(mark, 1), "the document grows too large", "repeat less by aliases"};
  }

  [[nodiscard]] Span at_mark(const YAML::Mark& mark, std::size_t length) const {
    const auto begin = std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
    return {file_, static_cast<std::uint32_t>(begin),
            static_cast<std::uint32_t>(std::min(begin + length, text_.size()))};
  }
  // From the mark to the end of the scalar, as far as it stands on its first line.
  [[nodiscard]] Span scalar_span(const YAML::Mark& mark, const std::string& value) const {
    const Span begin = at_mark(mark, 0);
    const std::string_view rest = text_.substr(begin.begin);
    if (rest.starts_with('"') || rest.starts_with('\'')) {
      std::size_t end = 1;
      while (end < rest.size() && rest[end] != rest[0] && rest[end] != '\n')
        end += rest[end] == '\\' && rest[0] == '"' ? 2 : 1;
      return at_mark(mark, end + 1);
    }
    return at_mark(mark, rest.starts_with(value) && !value.empty() ? value.size() : 1);
  }

  Yaml tagged(const YAML::Mark& mark, const std::string& tag, const std::string& value) {
    const std::string_view name =
        std::string_view(tag).starts_with(kStandard) ? std::string_view(tag).substr(kStandard.size()) : "";
    Yaml scalar = resolve_scalar(value, dialect_);
    if (name == "float") {
      const auto number = scalar.is_number() ? std::optional(scalar.real) : python_float(value);
      if (number) {
        scalar.kind = Kind::real;
        scalar.real = *number;
        return scalar;
      }
    }
    if ((name == "int" && scalar.is(Kind::integer)) || (name == "bool" && scalar.is(Kind::boolean)) || name == "null")
      return scalar;
    throw Refused{at_mark(mark, 1), fmt::format("the tag '{}' is none that a safe loader takes here", tag),
                  "write the plain value"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    count(1, mark);
    const std::string wanted = std::string(kStandard) + (kind == Kind::list ? "seq" : "map");
    const bool set = kind == Kind::map && tag == std::string(kStandard) + "set";
    if (!tag.empty() && tag != "?" && tag != "!" && tag != wanted && !set)
      throw Refused{at_mark(mark, 1), fmt::format("the tag '{}' is none that a safe loader takes here", tag),
                    "write the plain value"};
    Yaml value;
    value.kind = kind;
    value.span = at_mark(mark, 1);
    open_.push_back({std::move(value), anchor, std::nullopt});
  }

  void close() {
    Open top = std::move(open_.back());
    open_.pop_back();
    if (top.value.is(Kind::map)) merge(top.value);
    finish(std::move(top.value), top.anchor);
  }

  void finish(Yaml value, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = value;
    if (open_.empty()) {
      root = std::move(value);
      return;
    }
    Open& top = open_.back();
    if (top.value.is(Kind::list)) {
      top.value.elements.push_back(std::move(value));
    } else if (!top.key) {
      top.key = std::move(value);
    } else {
      add(top.value, std::move(*top.key), std::move(value));
      top.key.reset();
    }
  }

  void add(Yaml& map, Yaml key, Yaml value) {
    const auto same =
        std::find_if(map.entries.begin(), map.entries.end(), [&](const auto& e) { return python_equal(e.first, key); });
    if (same == map.entries.end() || key.text == "<<") {
      map.entries.push_back({std::move(key), std::move(value)});
      return;
    }
    auto& d = diagnostics_.report(Code::yaml_repeated_key, key.span,
                                  fmt::format("the key {} is given twice", key.in_words()));
    d.notes.push_back({"the first one", same->first.span});
    if (dialect_ == Dialect::schedule) {
      d.help = "FTS refuses it; rename or remove one of them";
      return;
    }
    d.severity = Severity::warning;
    d.help = "the last one counts; remove the other";
    same->second = std::move(value);
  }

  // `<<: *base`: the base's entries that the map does not have itself.
  void merge(Yaml& map) {
    for (std::size_t i = 0; i < map.entries.size(); ++i) {
      if (map.entries[i].first.text != "<<" || !map.entries[i].first.is(Kind::string)) continue;
      const Yaml base = std::move(map.entries[i].second);
      map.entries.erase(map.entries.begin() + static_cast<std::ptrdiff_t>(i--));
      std::vector<const Yaml*> bases;
      if (base.is(Kind::map)) bases.push_back(&base);
      for (const auto& element : base.elements) bases.push_back(&element);
      for (const auto* b : bases) {
        for (const auto& entry : b->entries) {
          if (std::none_of(map.entries.begin(), map.entries.end(),
                           [&](const auto& e) { return python_equal(e.first, entry.first); }))
            map.entries.push_back(entry);
        }
      }
    }
  }

  std::string_view text_;
  FileId file_;
  Dialect dialect_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Yaml> anchors_;
  std::size_t nodes_ = 0;
};

// Comments are what the parser drops: a '#' at the start of a line or behind a blank, outside of quotes.
std::vector<Comment> comments_of(const SourceFile& file) {
  std::vector<Comment> found;
  const auto last = file.position(static_cast<std::uint32_t>(file.text().size())).line;
  for (std::uint32_t number = 1; number <= last; ++number) {
    const std::string_view line = file.line(number);
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (quote == 0 && line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
        std::string_view text = line.substr(i);
        while (text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
        found.push_back({number, std::string(text), line.find_first_not_of(" \t") == i, static_cast<std::uint32_t>(i)});
        break;
      }
      if (quote != 0 && line[i] == quote)
        quote = 0;
      else if (quote == 0 && (line[i] == '"' || line[i] == '\''))
        quote = line[i];
    }
  }
  return found;
}

}  // namespace

const Yaml* Yaml::find(std::string_view key) const {
  for (const auto& [k, v] : entries) {
    if (k.is(Kind::string) && k.text == key) return &v;
  }
  return nullptr;
}

const Yaml* Yaml::given(std::string_view key) const {
  const Yaml* value = find(key);
  return value == nullptr || value->is(Kind::null) ? nullptr : value;
}

std::optional<Document> read_yaml(const SourceMap& sources, FileId file, Dialect dialect, Diagnostics& diagnostics) {
  const auto& source = sources.file(file);
  const auto before = diagnostics.errors();
  const auto refuse_byte = [&](std::size_t at, std::string message, const char* help) {
    const auto begin = static_cast<std::uint32_t>(at);
    diagnostics.report(Code::yaml_unreadable, {file, begin, begin + 1}, std::move(message)).help = help;
    return std::nullopt;
  };
  if (const auto bad = grammar::first_bad_utf8(source.text()))
    return refuse_byte(*bad, "the text is not UTF-8", "save the file as UTF-8");
  if (const auto bad = first_control(source.text())) {
    const auto byte = static_cast<unsigned char>(source.text()[*bad]);
    return refuse_byte(*bad, fmt::format("YAML has no control character such as this one, {:#04x}", byte),
                       "take it out; in double quotes it can be written \\x..");
  }
  Builder builder(source.text(), file, dialect, diagnostics);
  try {
    std::istringstream stream{std::string(source.text())};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Builder second(source.text(), file, dialect, diagnostics);
    if (parser.HandleNextDocument(second))
      throw Refused{second.root.span, "a second document begins here", "keep one document in the file"};
  } catch (const YAML::Exception& error) {
    const auto at = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(error.mark.pos, 0, static_cast<std::int64_t>(source.text().size())));
    diagnostics.report(Code::yaml_unreadable, {file, at, at}, fmt::format("this is no YAML: {}", error.msg)).help =
        "indent with spaces, close brackets and quotes";
  } catch (const Refused& refused) {
    diagnostics.report(Code::yaml_unreadable, refused.span, refused.message).help = refused.help;
  }
  if (diagnostics.errors() != before) return std::nullopt;
  return Document{std::move(builder.root), file, comments_of(source)};
}

}  // namespace fts::interop
