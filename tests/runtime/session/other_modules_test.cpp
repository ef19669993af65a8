// Modules written by others train as they are: LibTorch's own transformer, and a residual network laid out as
// torchvision's is.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/session/session.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts {
namespace {

namespace nn = torch::nn;
using test::fresh_folder;

struct EncoderImpl : nn::Module {
  EncoderImpl() {
    embed = register_module("embed", nn::Linear(6, 16));
    encoder =
        register_module("encoder", nn::TransformerEncoder(nn::TransformerEncoderOptions(
                                       nn::TransformerEncoderLayerOptions(16, 2).dim_feedforward(24).dropout(0.0), 2)));
    head = register_module("head", nn::Linear(16, 3));
  }
  at::Tensor forward(const at::Tensor& x) { return head(encoder(embed(x)).mean(0)); }
  nn::Linear embed{nullptr}, head{nullptr};
  nn::TransformerEncoder encoder{nullptr};
};
TORCH_MODULE(Encoder);

nn::Conv2d conv3(std::int64_t in, std::int64_t out, std::int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false));
}

struct BasicBlockImpl : nn::Module {
  BasicBlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride) {
    conv1 = register_module("conv1", conv3(in, out, stride));
    bn1 = register_module("bn1", nn::BatchNorm2d(out));
    conv2 = register_module("conv2", conv3(out, out, 1));
    bn2 = register_module("bn2", nn::BatchNorm2d(out));
    if (in == out && stride == 1) return;
    downsample = register_module(
        "downsample",
        nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, out, 1).stride(stride).bias(false)), nn::BatchNorm2d(out)));
  }
  at::Tensor forward(const at::Tensor& x) {
    const auto h = bn2(conv2(torch::relu(bn1(conv1(x)))));
    return torch::relu(h + (downsample.is_empty() ? x : downsample->forward(x)));
  }
  nn::Conv2d conv1{nullptr}, conv2{nullptr};
  nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  nn::Sequential downsample{nullptr};
};
TORCH_MODULE(BasicBlock);

struct ResNetImpl : nn::Module {
  ResNetImpl() {
    conv1 = register_module("conv1", conv3(1, 4, 1));
    bn1 = register_module("bn1", nn::BatchNorm2d(4));
    layer1 = register_module("layer1", nn::Sequential(BasicBlock(4, 4, 1)));
    layer2 = register_module("layer2", nn::Sequential(BasicBlock(4, 8, 2)));
    fc = register_module("fc", nn::Linear(8, 3));
  }
  at::Tensor forward(const at::Tensor& x) {
    const auto h = layer2->forward(layer1->forward(torch::relu(bn1(conv1(x)))));
    return fc(h.mean({2, 3}));
  }
  nn::Conv2d conv1{nullptr};
  nn::BatchNorm2d bn1{nullptr};
  nn::Sequential layer1{nullptr}, layer2{nullptr};
  nn::Linear fc{nullptr};
};
TORCH_MODULE(ResNet);

// Trains on one batch under the schedule; the loss of the first epoch and of the last, and what came of it.
struct Trained {
  double first = 0;
  double last = 0;
  Result result;
};

template <class M>
Trained train(M& model, const std::string& name, const std::string& schedule, const at::Tensor& x) {
  const auto path = fresh_folder(name) + "/run.fts";
  std::ofstream(path) << schedule;
  const auto y = torch::arange(x.dim() == 3 ? x.size(1) : x.size(0)).remainder(3);
  Options options;
  options.progress = false;
  auto session = Session::open(*model, path, options);
  EXPECT_TRUE(session) << session.error().text();
  if (!session) return {};
  Trained trained;
  for (auto& epoch : session->epochs()) {
    double loss = 0;
    for (int step = 0; step < 4; ++step) {
      const auto l = torch::cross_entropy_loss(model(x), y);
      loss = l.template item<double>();
      session->step(l);
    }
    if (epoch.index() == 0) trained.first = loss;
    trained.last = loss;
    epoch.finish({{"val_loss", loss}});
  }
  auto result = session->result();
  EXPECT_TRUE(result) << result.error().text();
  if (result) trained.result = *result;
  return trained;
}

constexpr const char* kImplicit = R"(
schedule {
  monitor = val_loss { patience = 1, min_delta = 0.05 }
  optimizer = adamw { lr = 0.01 }
  base_max_lr = 0.01
  max_epochs = 12
  max_depth = 4
}
)";

TEST(OtherModules, LibTorchsTransformerEncoderTrainsUnderAnImplicitSchedule) {
  torch::manual_seed(1);
  Encoder model;
  const auto trained = train(model, "encoder_implicit", kImplicit, torch::randn({5, 12, 6}));
  EXPECT_LT(trained.last, trained.first);
  EXPECT_GT(trained.result.depth, 0);
}

TEST(OtherModules, LibTorchsTransformerEncoderTrainsUnderAnExplicitSchedule) {
  torch::manual_seed(1);
  Encoder model;
  const auto trained = train(model, "encoder_explicit", R"(
schedule {
  monitor = val_loss
  optimizer = adamw { lr = 0.01 }
  no_decay = "**.bias" | /.*norm\d\.weight/
  lr_scheduler = one_cycle { max_lr = 0.02, total_steps = 40, interval = step }
  max_epochs = 8
  phase head { thaw = "head.**", until = epochs(2) }
  phase top { thaw = "encoder.layers.1.**", lr = 0.01, until = epochs(2) }
  phase others { thaw = rest, lr = 0.005 }
}
)",
                             torch::randn({5, 12, 6}));
  EXPECT_LT(trained.last, trained.first);
  EXPECT_EQ(trained.result.depth, 2);
  EXPECT_EQ(trained.result.moves.size(), 2U);
}

TEST(OtherModules, AResNetTrainsUnderAnImplicitSchedule) {
  torch::manual_seed(2);
  ResNet model;
  const auto trained = train(model, "resnet_implicit", kImplicit, torch::randn({9, 1, 8, 8}));
  EXPECT_LT(trained.last, trained.first);
  EXPECT_GT(trained.result.depth, 0);
}

TEST(OtherModules, AResNetKeepsTheStatisticsOfFrozenBatchNormsUntilTheyThaw) {
  torch::manual_seed(2);
  ResNet model;
  const auto before = model->bn1->running_mean.clone();
  const auto trained = train(model, "resnet_explicit", R"(
schedule {
  monitor = val_loss
  optimizer = sgd { lr = 0.05, momentum = 0.9 }
  frozen_bn_track_running_stats = false
  max_epochs = 6
  phase head { thaw = "fc.**", until = epochs(2) }
  phase last { thaw = module("layer2"), lr = 0.05, until = epochs(2) }
  phase first { thaw = module("layer1"), lr = 0.02 }
}
)",
                             torch::randn({9, 1, 8, 8}));
  EXPECT_LT(trained.last, trained.first);
  EXPECT_TRUE(model->bn1->running_mean.equal(before));
  EXPECT_EQ(model->bn1->num_batches_tracked.item<std::int64_t>(), 0);
  auto& block = *std::dynamic_pointer_cast<BasicBlockImpl>(model->layer2->ptr(0));
  EXPECT_GT(block.bn1->num_batches_tracked.item<std::int64_t>(), 0);
}

}  // namespace
}  // namespace fts
