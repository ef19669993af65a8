#!/usr/bin/env python3
"""deepseek_rules.py > tests/data/bench/deepseek_v3_experts.fts: a file of more than 300 rules of every sort for DeepSeek-V3 with each
expert by name. As a module it gives the same rules as the Python Fine-Tuning Scheduler reads them."""

LAYERS, FIRST_MOE, EXPERTS = 61, 3, 256


def fts_text():
    lines = ['''# Made by tests/bench/deepseek_rules.py: rules of every sort, for measuring.
model { graph = "../graphs/deepseek-v3-experts.graph.json.gz" }

let experts[l, e] = module("model.layers.${l}.mlp.experts.${e}")
let attention[i]  = /model\\.layers\\.\\d+\\.self_attn\\..*/ & module("model.layers.${i}")
let every_expert  = experts where rank == 2
let norms         = /.*norm\\.weight/

schedule {
  monitor    = val_loss { patience = 2 }
  optimizer  = adamw { lr = 1e-4, weight_decay = 0.1 }
  no_decay   = norms | "model.layers.*.mlp.gate.weight"
  max_epochs = 500

  phase head {
    thaw  = "lm_head.weight" | "model.norm.weight" | "model.layers.*.mlp.gate.weight"
    until = plateau or epoch(1)
  }''']
    for i in range(LAYERS - 1, FIRST_MOE - 1, -1):
        lines.append(f'''  phase layer_{i} {{
    thaw = attention[{i}] | "model.layers.{i}.mlp.shared_experts.**" | /model\\.layers\\.{i}\\.(input|post_attention)_layernorm\\.weight/
    lr   = 2e-5 * 0.98 ** {LAYERS - 1 - i}
    groups {{
      "model.layers.{i}.self_attn.*_proj.weight"               => {{ lr = 1e-5 }}
      /model\\.layers\\.{i}\\.self_attn\\..*_layernorm\\.weight/ => {{ weight_decay = 0.0 }}
      "model.layers.{i}.mlp.shared_experts.**"                 => {{ lr = 3e-6 }}
    }}
    until = plateau or epochs(2)
  }}''')
    lines.append('''  phase experts_60 { thaw = experts[60, 0..255], lr = 1e-6, until = plateau or epochs(2) }
  phase all_experts { thaw = every_expert - experts[60, 0..255], lr = 1e-6, until = plateau or epochs(2) }
  phase others { thaw = rest, lr = 1e-6 }
}

strategy sharded {
  adapter = model_parallel
  mesh    = { data = 64, tensor = 1 }
  fsdp_plan {''')
    for i in range(FIRST_MOE, LAYERS):
        lines.append(f"    /model\\.layers\\.{i}\\.mlp\\.experts\\.\\d+/ => {{ reshard_after_forward = true }}")
    lines += [f'    "model.layers.{i}" => {{}}' for i in range(LAYERS)]
    lines += ['    "model.embed_tokens" => {}', '    "lm_head" => {}', '    "" => {}', "  }", "}"]
    return "\n".join(lines) + "\n"


def python_rules():
    """Entries of phases (parameters) and of an fsdp_plan (modules); what an entry matches, FTS finds by re.match."""
    phases = [["lm_head.weight", "model.norm.weight", r"model\.layers\.\d+\.mlp\.gate\.weight"]]
    for i in range(LAYERS - 1, FIRST_MOE - 1, -1):
        phases.append([rf"model\.layers\.{i}\.self_attn\..*", rf"model\.layers\.{i}\.mlp\.shared_experts\..*",
                       rf"model\.layers\.{i}\.(input|post_attention)_layernorm\.weight"])
    phases.append([r"model\.layers\.60\.mlp\.experts\.\d+\..*"])
    phases.append([r"model\.layers\.(\d|[1-5]\d)\.mlp\.experts\.\d+\..*"])
    modules = [rf"model\.layers\.{i}\.mlp\.experts\.\d+$" for i in range(FIRST_MOE, LAYERS)]
    modules += [f"model.layers.{i}" for i in range(LAYERS)] + ["model.embed_tokens", "lm_head", ""]
    return phases, modules


if __name__ == "__main__":
    print(fts_text(), end="")
