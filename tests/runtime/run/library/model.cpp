#include <stdexcept>

#include <fts/model.hpp>
#include <torch/torch.h>

namespace {

// x (rows, 8) to one of `classes`.
class Classifier final : public fts::Model {
 public:
  explicit Classifier(const fts::ModelArguments& arguments) {
    const auto it = arguments.find("classes");
    if (it == arguments.end()) throw std::runtime_error("the argument 'classes' is missing");
    net_->push_back("fc1", torch::nn::Linear(8, 16));
    net_->push_back("head", torch::nn::Linear(16, std::stoi(it->second)));
  }
  torch::nn::Module& module() override { return *net_; }
  fts::NamedTensors forward(const fts::NamedTensors& batch) override {
    return {{"loss", torch::cross_entropy_loss(net_->forward(batch.at("x")), batch.at("y"))}};
  }

 private:
  torch::nn::Sequential net_;
};

}  // namespace

FTS_REGISTER_MODEL(Classifier)
