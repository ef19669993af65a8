#include "tests/grammar/textmate.hpp"

#include <optional>
#include <regex>

namespace fts::test {

namespace {

using nlohmann::json;

class Line {
 public:
  Line(const json& grammar, const std::string& text, std::vector<ScopedText>& out)
      : grammar_(grammar), text_(text), out_(out) {}

  void run() { read(grammar_.at("patterns"), {}, nullptr); }

 private:
  struct Hit {
    const json* rule = nullptr;  // null: the end of the open one
    std::smatch match;
  };

  // Reads until `end` matches (or the line ends), with the rules of `patterns`.
  void read(const json& patterns, const std::string& scope, const std::string* end) {
    while (true) {
      const auto hit = next(patterns, end);
      if (!hit) {
        emit(text_.size(), scope);
        return;
      }
      emit(at_ + static_cast<std::size_t>(hit->match.position(0)), scope);
      const std::size_t stop = at_ + static_cast<std::size_t>(hit->match.length(0));
      if (hit->rule == nullptr) {
        emit(stop, scope);
        return;
      }
      apply(*hit->rule, hit->match, stop);
    }
  }

  void apply(const json& rule, const std::smatch& match, std::size_t stop) {
    const std::string scope = rule.value("name", "");
    if (rule.contains("begin")) {
      emit(stop, scope);
      const auto end = rule.at("end").get<std::string>();
      read(rule.value("patterns", json::array()), scope, &end);
      return;
    }
    const std::size_t base = at_;
    if (rule.contains("captures")) {
      for (std::size_t group = 1; group < match.size(); ++group) {
        if (!match[group].matched) continue;
        emit(base + static_cast<std::size_t>(match.position(group) - match.position(0)), scope);
        emit(at_ + static_cast<std::size_t>(match.length(group)),
             rule.at("captures").at(std::to_string(group)).at("name").get<std::string>());
      }
    }
    emit(stop, scope);
  }

  // The rule that matches first; of several at one place the one that stands first.
  std::optional<Hit> next(const json& patterns, const std::string* end) {
    std::optional<Hit> best;
    const auto consider = [&](const std::string& regex, const json* rule) {
      Hit hit{rule, {}};
      auto flags = std::regex_constants::match_default;
      if (at_ > 0) flags |= std::regex_constants::match_prev_avail;
      if (!std::regex_search(text_.cbegin() + static_cast<std::ptrdiff_t>(at_), text_.cend(), hit.match,
                             std::regex(regex), flags))
        return;
      if (!best || hit.match.position(0) < best->match.position(0)) best = std::move(hit);
    };
    if (end != nullptr) consider(*end, nullptr);
    each(patterns,
         [&](const json& rule) { consider(rule.contains("begin") ? rule.at("begin") : rule.at("match"), &rule); });
    return best;
  }

  template <typename Use>
  void each(const json& patterns, const Use& use) {
    for (const auto& pattern : patterns) {
      if (pattern.contains("include")) {
        const auto& rule = grammar_.at("repository").at(pattern.at("include").get<std::string>().substr(1));
        rule.contains("patterns") && !rule.contains("begin") ? each(rule.at("patterns"), use) : use(rule);
      } else {
        use(pattern);
      }
    }
  }

  void emit(std::size_t until, const std::string& scope) {
    const std::string piece = text_.substr(at_, until - at_);
    at_ = until;
    if (scope.empty() && piece.find_first_not_of(" \t") == std::string::npos) return;
    if (!piece.empty()) out_.push_back({piece, scope});
  }

  const json& grammar_;
  const std::string& text_;
  std::vector<ScopedText>& out_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<ScopedText> tokenise(const json& grammar, std::string_view text) {
  std::vector<ScopedText> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    Line(grammar, line, out).run();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace fts::test
