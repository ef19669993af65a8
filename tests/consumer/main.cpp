// A program that knows fts only as installed: the schedule in a file, a module and a plugin of its own, the loop.
#include <fstream>
#include <iostream>

#include <fts/session.hpp>
#include <torch/torch.h>

struct NetImpl : torch::nn::Module {
  torch::nn::Linear body{register_module("body", torch::nn::Linear(8, 32))};
  torch::nn::Linear head{register_module("head", torch::nn::Linear(32, 4))};
  torch::Tensor forward(const torch::Tensor& x) { return head(torch::relu(body(x))); }
};
TORCH_MODULE(Net);

int main() {
  std::ofstream("tune.fts") << R"(schedule {
  monitor    = val_loss { patience = 3 }
  optimizer  = adamw { lr = 1e-2 }
  max_epochs = 6
  phase head  { thaw = "head.**", until = plateau or epoch(2) }
  phase whole { thaw = "trunk.**", lr = 1e-2 }
}
strategy named { adapter = plugin("renamer") })";
  torch::manual_seed(0);
  const auto x = torch::randn({256, 8}), y = x.slice(1, 0, 4).argmax(1);

  Net net;
  auto session = fts::Session::open(*net, "tune.fts");
  if (!session) {
    std::cerr << session.error().text();
    return 1;
  }
  for (auto& epoch : session->epochs()) {
    for (const auto& rows : epoch.shard(torch::randperm(256).split(32))) {
      session->step(torch::cross_entropy_loss(net(x.index({rows})), y.index({rows})));
    }
    const torch::NoGradGuard no_grad;
    epoch.finish({{"val_loss", torch::cross_entropy_loss(net(x), y).item<double>()}});
  }
  const auto result = session->result();
  if (!result) {
    std::cerr << result.error().text();
    return 1;
  }
  const auto accuracy = (net(x).argmax(1) == y).to(torch::kFloat).mean().item<double>();
  std::cout << result->epochs << " epochs, " << result->moves.size() << " move, accuracy " << accuracy << "\n";
  return result->moves.size() == 1 && accuracy > 0.8 ? 0 : 1;
}
