#include "runtime/call/frame.hpp"

#include <stdexcept>

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <c10/util/ScopeExit.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/nn/module.h>

namespace fts::calls {

namespace {

// Leaves a recomputation whose last tensor has come. No std::exception: no layer is to catch it.
struct Complete {};

}  // namespace

// In the first forward: in place of a tensor.
class Frame::Holder final : public SavedVariableHooks {
 public:
  explicit Holder(std::shared_ptr<Frame> frame) : frame_(std::move(frame)) {}
  void call_pack_hook(const at::Tensor& tensor) override {
    index_ = frame_->forms_.size();
    frame_->forms_.push_back({tensor.sizes().vec(), tensor.scalar_type()});
  }
  at::Tensor call_unpack_hook() override { return frame_->take(index_); }

 private:
  std::shared_ptr<Frame> frame_;
  std::size_t index_ = 0;
};

// In a recomputation: takes the tensors, in the same order.
class Frame::Recorder final : public Saving {
 public:
  explicit Recorder(Frame& frame) : frame_(frame) {}
  std::unique_ptr<SavedVariableHooks> hooks() override { return std::make_unique<Keeper>(*this); }
  [[nodiscard]] const std::vector<Form>& forms() const { return forms_; }

 private:
  // Keeps it for this graph too, should the layer's own forward call backward; without its history, which would hold on
  // to the operator that saves its own result, and that to this.
  class Keeper final : public SavedVariableHooks {
   public:
    explicit Keeper(Recorder& recorder) : recorder_(recorder) {}
    void call_pack_hook(const at::Tensor& tensor) override { recorder_.add(tensor_ = tensor.detach()); }
    at::Tensor call_unpack_hook() override { return tensor_; }

   private:
    Recorder& recorder_;
    at::Tensor tensor_;
  };

  void add(const at::Tensor& tensor) {
    forms_.push_back({tensor.sizes().vec(), tensor.scalar_type()});
    frame_.saved_.push_back(tensor);
    if (forms_.size() == frame_.forms_.size()) throw Complete();
  }

  Frame& frame_;
  std::vector<Form> forms_;
};

Frame::Frame(const torch::nn::Module& layer, std::string name, const CheckpointSettings& settings,
             const std::vector<at::Tensor>& inputs, Boundary::Again again)
    : name_(std::move(name)), settings_(settings), again_(std::move(again)) {
  if (settings_.preserve_rng_state) random_.emplace(inputs);
  buffers_ = layer.buffers();
  for (const auto& tensor : inputs) {
    if (!tensor.defined()) {
      inputs_.emplace_back();
      continue;
    }
    const bool moves = settings_.offload && !tensor.is_cpu();
    inputs_.push_back({torch::autograd::SavedVariable(moves ? tensor.detach().to(at::kCPU) : tensor, false),
                       tensor.device(), tensor.requires_grad()});
  }
}

std::unique_ptr<SavedVariableHooks> Frame::hooks() { return std::make_unique<Holder>(shared_from_this()); }

at::Tensor Frame::take(std::size_t index) {
  // A second backward over a graph that was kept finds what the first one took missing.
  if (saved_.empty() || !saved_[index].defined()) recompute();
  return std::exchange(saved_[index], at::Tensor());
}

std::vector<at::Tensor> Frame::unpack_inputs() const {
  std::vector<at::Tensor> tensors;
  for (const auto& input : inputs_) {
    const auto tensor = input.saved.unpack();
    tensors.push_back(tensor.defined() ? tensor.detach().to(input.device).set_requires_grad(input.requires_grad)
                                       : tensor);
  }
  return tensors;
}

void Frame::recompute() {
  const auto inputs = unpack_inputs();  // may compute an outer frame
  const at::ThreadLocalStateGuard as_in_forward(modes_);
  // What autocast keeps must not live on into the next forward, whose weights are others.
  const bool caches = at::autocast::is_autocast_cache_enabled();
  at::autocast::set_autocast_cache_enabled(false);
  const auto cache_again = c10::make_scope_exit([&] { at::autocast::set_autocast_cache_enabled(caches); });
  std::optional<RandomState> random_now;
  if (random_) random_now.emplace(inputs), random_->set();
  const auto random_again = c10::make_scope_exit([&] {
    if (random_now) random_now->set();
  });
  std::vector<at::Tensor> buffers_now;
  for (const auto& buffer : buffers_) buffers_now.push_back(buffer.detach().clone());

  saved_.clear();
  Recorder recorder(*this);
  try {
    const SavingScope scope(recorder);
    again_(inputs);
  } catch (const Complete&) {
  }
  const at::NoGradGuard no_grad;
  // Only what has changed: batch norms change theirs unseen by autograd, which would take any other write for a fault.
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (!at::equal(buffers_[i], buffers_now[i])) buffers_[i].detach().copy_(buffers_now[i]);
  }
  check(recorder.forms());
}

void Frame::check(const std::vector<Form>& now) const {
  const bool as_many = now.size() == forms_.size();
  if (as_many && (!settings_.determinism_check || now == forms_)) return;
  const auto text = [](const Form& form) {
    return fmt::format("{} [{}]", c10::toString(form.dtype), fmt::join(form.sizes, ", "));
  };
  auto message = fmt::format("the forward of '{}' does something else when it is computed again: ", name_);
  if (as_many) {
    std::size_t i = 0;
    while (now[i] == forms_[i]) ++i;
    message +=
        fmt::format("tensor {} of the {} that it saves was {} and is {}", i, now.size(), text(forms_[i]), text(now[i]));
  } else {
    message += fmt::format("it saves {} tensors, and saved {} before", now.size(), forms_.size());
  }
  for (std::size_t i = 0; settings_.debug && i < forms_.size(); ++i) {
    message += fmt::format("; {}: {} / {}", i, text(forms_[i]), i < now.size() ? text(now[i]) : "-");
  }
  throw std::runtime_error(message);
}

}  // namespace fts::calls
