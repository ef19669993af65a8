#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "compiler/plan/plan.hpp"
#include "compiler/plan/table.hpp"

namespace fts::plan {

namespace {

constexpr std::size_t kColumns = 100;
constexpr std::string_view kNames = "1;36";  // ANSI: bold cyan
constexpr std::string_view kBars = "32";     // green
constexpr std::string_view kWarning = "33";  // yellow

// How many tensors and elements; a tied tensor counts once.
struct Amount {
  std::int64_t tensors = 0;
  std::int64_t elements = 0;
  double bytes = 0;
  bool known = true;

  void add(const Parameter& p) {
    if (p.tied_to) return;
    ++tensors;
    elements += numel(p);
    bytes += static_cast<double>(numel(p)) * static_cast<double>(graph::size_of(p.dtype));
    known = known && p.shape_known;
  }
};

Amount amount_of(const Plan& plan, const std::vector<std::uint32_t>& positions) {
  Amount amount;
  for (const std::uint32_t position : positions) amount.add(plan.parameters[position]);
  return amount;
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string elements(const Amount& amount) { return amount.known ? grouped(amount.elements) : "unknown"; }

std::string counted(std::int64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string size_text(double bytes) {
  constexpr std::string_view kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < std::size(kUnits)) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} bytes", bytes) : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

// Eight cells, filled by the eighth.
std::string bar(double share) {
  constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::ceil(std::clamp(share, 0.0, 1.0) * 64));
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
  return out += kEighths[eighths % 8];
}

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

std::string number(const nlohmann::json& arguments, const char* key) {
  const auto found = arguments.find(key);
  return found != arguments.end() && found->is_number() ? fmt::format("{}", found->get<double>()) : "";
}

class Summary {
 public:
  Summary(const Plan& plan, bool colour) : plan_(plan), colour_(colour) {
    for (const Parameter& p : plan.parameters) all_.add(p);
  }
  std::string text() const { return heading() + "\n" + phases() + "\n" + groups() + unscheduled(); }

 private:
  std::string heading() const;
  std::string schedule_lines() const;
  std::string phases() const;
  std::string groups() const;
  std::string unscheduled() const;
  std::string paint(std::string_view ansi, std::string text) const {
    return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", ansi, text) : text;
  }

  const Plan& plan_;
  bool colour_;
  Amount all_;
};

std::string Summary::heading() const {
  std::string facts = counted(all_.tensors, "parameter");
  if (all_.known) facts += fmt::format(", {}, {}", counted(all_.elements, "element"), size_text(all_.bytes));
  if (!all_.known) facts += ", shapes not all known";
  const std::string model = cut(plan_.model, kColumns - width_of(facts) - 2);
  return paint(kNames, model) + "  " + facts + "\n" + schedule_lines();
}

std::string Summary::schedule_lines() const {
  const Schedule& s = plan_.schedule;
  std::string lines, line;
  const auto add = [&](const std::string& text) {
    if (!line.empty() && width_of(line) + 3 + width_of(text) > kColumns) lines += std::exchange(line, {}) + "\n";
    line += (line.empty() ? "" : " · ") + cut(text, kColumns);
  };
  if (s.implicit) add("implicit schedule");
  if (s.monitor) {
    const std::string delta = s.monitor->min_delta == 0 ? "" : fmt::format(", min_delta {}", s.monitor->min_delta);
    add(fmt::format("monitor {} ({}, patience {}{})", s.monitor->metric, s.monitor->maximize ? "max" : "min",
                    s.monitor->patience, delta));
  }
  if (s.max_epochs >= 0) add(fmt::format("max_epochs {}", s.max_epochs));
  if (s.max_steps >= 0) add(fmt::format("max_steps {}", s.max_steps));
  if (static_cast<std::size_t>(s.max_depth) + 1 != s.phases.size()) add(fmt::format("stops at phase {}", s.max_depth));
  add(s.restore_best ? "best restored at each move" : "best not restored");
  if (s.compat_fts) add("compat fts");
  return lines + line + "\n";
}

std::string Summary::phases() const {
  Table table({{"", true},
               {"phase", false, false, kNames},
               {"until", false, true},
               {"new", true},
               {"elements", true},
               {"trainable", true},
               {"share", true},
               {"", false, false, kBars}},
              kColumns, colour_);
  Amount trainable;
  for (const Phase& phase : plan_.schedule.phases) {
    const Amount added = amount_of(plan_, phase.thaw);
    const Amount removed = amount_of(plan_, phase.freeze);
    trainable.elements += added.elements - removed.elements;
    trainable.known = trainable.known && added.known;
    const double share =
        all_.elements == 0 ? 0 : static_cast<double>(trainable.elements) / static_cast<double>(all_.elements);
    std::string until = describe(phase.until);
    if (removed.tensors != 0) until += fmt::format("\nfreezes {}", counted(removed.tensors, "parameter"));
    table.row({std::to_string(phase.depth), phase.name, until, grouped(added.tensors), elements(added),
               elements(trainable), all_.known ? percent(share) : "",
               all_.known ? fmt::format("{:<8}", bar(share)) : ""});
  }
  return table.text();
}

std::string Summary::groups() const {
  Table table({{"", true},
               {"group", false, false, kNames},
               {"new", true},
               {"elements", true},
               {"optimizer"},
               {"lr", true},
               {"weight_decay", true},
               {"lr_scheduler", false, true}},
              kColumns, colour_);
  for (std::size_t i = 0; i < plan_.schedule.phases.size(); ++i) {
    const Spec* const optimizer = optimizer_in_force(plan_.schedule, i);
    const Spec* const scheduler = lr_scheduler_in_force(plan_.schedule, i);
    for (const Group& group : plan_.schedule.phases[i].groups) {
      const Amount amount = amount_of(plan_, group.parameters);
      table.row({std::to_string(i), group.name, grouped(amount.tensors), elements(amount),
                 optimizer != nullptr ? optimizer->name : "the program's", number(group.arguments, "lr"),
                 number(group.arguments, "weight_decay"), scheduler != nullptr ? scheduler->name : "none"});
    }
  }
  return table.text();
}

std::string Summary::unscheduled() const {
  Amount rest = all_;
  for (const Phase& phase : plan_.schedule.phases) {
    const Amount added = amount_of(plan_, phase.thaw);
    rest.tensors -= added.tensors;
    rest.elements -= added.elements;
  }
  if (rest.tensors == 0) return "every parameter is scheduled\n";
  std::string text = fmt::format("unscheduled: {}", counted(rest.tensors, "parameter"));
  if (rest.known) text += ", " + counted(rest.elements, "element");
  return paint(kWarning, text + "; no phase thaws them") + "\n";
}

}  // namespace

std::string summary_table(const Plan& plan, bool colour) { return Summary(plan, colour).text(); }

}  // namespace fts::plan
