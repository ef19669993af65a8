// Texts that are read without a fault, one for each thing that the language can say.
#pragma once
#include <array>
#include <string_view>

namespace fts::test {

struct Text {
  std::string_view name, text;
};

inline constexpr std::array kRightTexts = {
    Text{"groups with a loop", "phase a {\n groups { for i in 0..5 { layers[i] => { lr = 1e-5 * 0.9 ** i } } }\n}\n"},
    Text{"a member of a module as a value", "strategy s {\n fsdp_plan = llama.plan\n}\n"},
    Text{"conditions of a phase",
         "phase a {\n until = plateau(patience = 3) or metric(\"val/acc\") >= 0.9 and epochs(2)\n}\n"},
    Text{"where behind parentheses", "phase a { thaw = (all - \"x.**\") where numel > 1e6 and dtype == bf16 }"},
    Text{"a division", "phase a { lr = base / 10 }\n"},
    Text{"divisions in a row", "a = b / c / d # x/y\n"},
    Text{"a regex with a count, a hash, a slash and a quote", "let r = /a\\d{2}#x\\/y\"z\\.w/ # c\n"},
    Text{"regexes in front of arrows",
         "fsdp_plan {\n /a\\.\\d+/ => { x = 1 }\n /b/ => {}\n\n # c\n /c/ => { y = 2 } # d\n}\n"},
    Text{"regexes behind operators", "thaw = /a/ | /b/ |\n /c/\n"},
    Text{"comments everywhere",
         "# a\nschedule { # c\n # d\n lr = 1 # g\n x = [ # h\n 1, # i\n # j\n 2, # k\n ] # l\n} # m\n# n"},
    Text{"empty bodies", "a {}\nb = {}\nc { }\nd {\n\n # x\n}\n"},
    Text{"commas at the end", "a = [1, 2,]\nb = f(1, k = 2,)\nc { x = 1, y = 2, }\nd { x = 1,\n y = 2,\n}\n"},
    Text{"CRLF", "a = 1\r\nb {\r\n  c = 2 # x\r\n  d = [\r\n 1,\r\n 2 ]\r\n e = 1 +\r\n 2\r\n}\r\n"},
    Text{"interpolation", "x = \"a${b[i].c + 1}d$${e}f\\\"g\\\\ ${f(\"h${1}\")} $\"\n"},
    Text{"an interpolated label", "for i in 3..2 { phase \"layer_${i}\" { thaw = bert.layers[i] } }"},
    Text{"a bound that is an expression", "for i in 0..n-1 { \"x.${i}\" => { lr = 1 } }"},
    Text{"a bound that is a name", "for i in n {\n a = i\n}\n"},
    Text{"signs and powers", "a = -2 ** -i ** 2\nb = layers[-1]\nc = layers[4..5]\n"},
    Text{"conditionals", "optimizer = a if n > 3 and not b else c if d else e\n"},
    Text{"where inside a conditional", "t = s where rank == 1 if big else u\n"},
    Text{"an expression over lines", "thaw = (a\n | b\n | c) where shape[0] >=\n 3\n"},
    Text{"constructors in a list",
         "s = sequential { schedulers = [linear { total_iters = 4 }, step {\n step_size = 3\n gamma = 0.5 }], "
         "milestones = [4] }\n"},
    Text{"bodies in a list", "g = [{ lr = 1 }, { lr = 2 }]\n"},
    Text{"numbers", "a = 80GiB\nb = 30s\nc = 1_000\nd = 0.1\ne = 1e-5\nf = 1.5e3\nfor i in 3..0 {}\n"},
    Text{"words of the language as names",
         "input = 3\nlet = 4\nfor = 5\nuse = 6\nphase where { in = 1 }\nlet phase = 2\ny = x.if\nf = g(not = 1)\n"},
    Text{"indexed lets", "let layers[i] = module(\"**.encoder.layer.${i}\")\nlet e[i, j] = /x/\n"},
    Text{"a let that holds rules",
         "let tp = {\n \"a.*\" => colwise\n \"b\" => rowwise { input_layouts = [shard(1)] }\n}\n"},
    Text{"a call with a body", "adapter = plugin(\"x.so:Class\") {\n a = 1\n}\n"},
    Text{"use and input", "use std.bert as bert\nuse \"common.fts\" as c\ninput lr: float\ninput n: int = 3 # d\n"},
    Text{"no newline at the end", "a = 1"},
    Text{"nothing", ""},
    Text{"only a comment", "# x"},
    Text{"only blanks and newlines", " \n\t\r\n \n"},
    Text{"every kind of rule",
         "layers => {}\nlayers[0] | x => {}\n\"\" => {}\nnorms where rank == 1 => none\nmodule(\"x\") - types(\"Y\") "
         "=> {}\n"},
    Text{"a rule inside a rule",
         "p => { shard_placement_fn = { \"**.weight\" => shard(1) }, reshard_after_forward = 2 }"},
    Text{"a rate as an expression", "lr_scheduler = lambda { lr_lambda = 0.95 ** epoch }"},
    Text{"a byte order mark",
         "\xEF\xBB\xBF"
         "a = 1\n"},
    Text{"empty brackets", "a = []\nb = f()\nc = g([\n], h(\n))\n"},
    Text{"escapes", R"(a = "\n\t\"\\\u{e9}\*\?\[\]\{\}\,")"},
    Text{"several indices", "a = e[i, 0..1,\n j]\n"},
    Text{"regexes in brackets", "a = f(/x y/, /z/)\n b = [/a/, /b#{3}/]\n"},
    Text{"letters outside of ASCII", "# größer\na = \"é\\*é\"\nb = /日本/\n"},
    Text{"a NUL in a string and a comment", std::string_view("a = \"x\0y\" # \0\n", 14)},
    Text{"the end of a body ends its last item", "a { b = 1 }, c { d { e = 1 } }\n"},
};

}  // namespace fts::test
