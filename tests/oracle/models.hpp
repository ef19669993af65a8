// The four models of the records, as plain LibTorch modules.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include <torch/nn/module.h>

#include "tests/oracle/case.hpp"

namespace fts::oracle {

struct Model {
  std::shared_ptr<torch::nn::Module> module;
  std::function<at::Tensor(const at::Tensor& x, const at::Tensor& y)> loss;  // mean over the rows
};

// The model of a case with its recorded initial weights. Throws std::runtime_error for another model than these.
[[nodiscard]] Model make_model(const Case& recorded);

}  // namespace fts::oracle
