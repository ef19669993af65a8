#include "runtime/session/session.hpp"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/session/run.hpp"

namespace fts {

std::int64_t Epoch::index() const { return run_->epoch_index(); }
int Epoch::depth() const { return run_->depth(); }
const std::string& Epoch::phase() const { return run_->phase().name; }
std::int64_t Epoch::start_step() const { return run_->start_step(); }
std::optional<double> Epoch::mean_loss() const { return run_->mean_loss(); }
void Epoch::finish(const Metrics& metrics) { run_->finish(metrics); }
void Epoch::finish_without_validation() { run_->finish(std::nullopt); }
BatchControl& Epoch::control() { return *run_; }

Session::Session(std::unique_ptr<session::Run> run) : run_(std::move(run)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

tl::expected<Session, Error> Session::open(torch::nn::Module& module, plan::Plan plan, const Options& options) {
  if (options.max_epochs) plan.schedule.max_epochs = *options.max_epochs;
  const auto failed = [](const std::string& why) {
    return tl::unexpected(make_error(Code::step_failed, fmt::format("the session could not be opened: {}", why)));
  };
  try {
    auto run = session::Run::open(module, std::move(plan), options);
    if (!run) return tl::unexpected(std::move(run.error()));
    return Session(std::move(*run));
  } catch (const comm::RankLost& e) {
    return tl::unexpected(e.error);
  } catch (const c10::Error& e) {
    return failed(e.what_without_backtrace());
  } catch (const std::exception& e) {
    return failed(e.what());
  }
}

Session::Epochs Session::epochs() { return Epochs(*run_); }
bool Session::step(const at::Tensor& loss) { return run_->step(loss); }
bool Session::step(const std::function<at::Tensor()>& loss_of) { return run_->step(loss_of); }
bool Session::try_step(const at::Tensor& loss) { return run_->try_step(loss); }
bool Session::save() { return run_->save(); }
void Session::stop(const std::string& reason) { run_->stop(reason); }
bool Session::broken_off() const { return run_->broken_off(); }
tl::expected<Result, Error> Session::result() { return run_->result(); }
const plan::Plan& Session::plan() const { return run_->plan(); }

Session::Epochs::iterator::iterator(session::Run& run) : run_(&run), epoch_(run.next_epoch()) {}

Session::Epochs::iterator& Session::Epochs::iterator::operator++() {
  epoch_ = run_->next_epoch();
  return *this;
}

}  // namespace fts
