// The usual names of the linear layers that tensor parallel splits: which open the split, and which close it.
#include "compiler/adapters/tensor_parallel.hpp"

namespace fts::adapters {

namespace {

constexpr std::string_view kOpens =
    " q_proj k_proj v_proj qkv_proj query key value query_key_value query_proj key_proj value_proj qkv Wqkv c_attn "
    "in_proj q_lin k_lin v_lin q k v wq wk wv gate_proj up_proj gate_up_proj fc1 fc11 fc12 fc_in c_fc lin1 linear1 "
    "linear_1 w1 w3 wi wi_0 wi_1 Wi dense_h_to_4h linear_fc1 linear_qkv ";
constexpr std::string_view kCloses =
    " o_proj out_proj down_proj fc2 fc_out c_proj lin2 linear2 linear_2 w2 wo Wo out_lin o dense_4h_to_h linear_fc2 "
    "linear_proj ";

}  // namespace

std::string_view last_piece(std::string_view name) { return name.substr(name.rfind('.') + 1); }

Role role_of(std::string_view module) {
  const std::string word = " " + std::string(last_piece(module)) + " ";
  if (kOpens.find(word) != std::string_view::npos) return Role::opens;
  return kCloses.find(word) != std::string_view::npos ? Role::closes : Role::unknown;
}

bool is_fused(std::string_view module) {
  const auto last = last_piece(module);
  return last.find("qkv") != std::string_view::npos || last == "query_key_value" || last == "c_attn" ||
         last == "in_proj" || last == "kv_b_proj";  // of latent attention: keys and values
}

}  // namespace fts::adapters
