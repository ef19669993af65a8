// What tensor ranks hold of a tensor.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fts::shard {

// Of an activation: every rank has all of it, or each has an equal part of one dimension (negative: from the end).
struct Layout {
  std::optional<std::int64_t> dim = std::nullopt;
  friend bool operator==(const Layout&, const Layout&) = default;
};

// Of a parameter: each rank has a slice of `dim`, of every one of the `parts` weights that lie one after another in it.
struct Split {
  std::int64_t dim = 0;
  std::int64_t parts = 1;
  friend bool operator==(const Split&, const Split&) = default;
};

// How a layer is computed by tensor ranks (torch.distributed.tensor.parallel's styles).
//
//   columns   ColwiseParallel: each rank has some columns of the output
//   rows      RowwiseParallel: each rank has some of the input, and outputs are summed
//   whole     SequenceParallel: parameters are whole, but each rank uses them on its part of the activations, so that
//             their gradients are sums over the ranks
enum class Style { columns, rows, whole };

struct LayerSpec {
  std::string name;
  Style style = Style::columns;
  Layout input, output;
  std::vector<std::uint32_t> weights, biases;  // positions; of `whole`, all are weights
};

}  // namespace fts::shard
