// An adapter for schedules that are written in the names of interpretability work, where a block's query projection is
// `blocks.3.attn.W_Q` whatever the model itself calls it. The renames are all that there is to say: `ftsc check` reads
// them out of the schema beside the library, and the runtime finds the model's own parameters by the plan.
#include <fts/adapter.hpp>

namespace {

struct BertBridge : fts::Adapter {
  static fts::AdapterSchema schema() {
    return {.doc = "BERT-like encoders by the names of interpretability work.",
            .renames = {{"encoder.layer.*.attention.self.query", "blocks.*.attn.q"},
                        {"encoder.layer.*.attention.self.key", "blocks.*.attn.k"},
                        {"encoder.layer.*.attention.self.value", "blocks.*.attn.v"},
                        {"encoder.layer.*.attention.output.dense", "blocks.*.attn.o"},
                        {"encoder.layer.*.attention.output.LayerNorm", "blocks.*.ln1"},
                        {"encoder.layer.*.intermediate.dense", "blocks.*.mlp.in"},
                        {"encoder.layer.*.output.dense", "blocks.*.mlp.out"},
                        {"encoder.layer.*.output.LayerNorm", "blocks.*.ln2"},
                        {"embeddings", "embed"},
                        {"classifier", "unembed"}}};
  }
};

}  // namespace

FTS_REGISTER_ADAPTER("bert_bridge", BertBridge)
