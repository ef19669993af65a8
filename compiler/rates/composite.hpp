// What sequential and chained share: the schedulers that they are made of. Private to the stage.
#pragma once
#include <memory>
#include <vector>

#include "compiler/rates/registry.hpp"

namespace fts::rates {

class Composite : public LrScheduler {
 public:
  void join_beside(double base_lr) override;
  [[nodiscard]] nlohmann::json state() const override;
  void restore(const nlohmann::json& state) override;

 protected:
  // Reads `schedulers`. As in PyTorch none of them may be reduce_on_plateau, whose step needs a metric.
  explicit Composite(Arguments& arguments);
  [[nodiscard]] std::vector<std::unique_ptr<LrScheduler>>& parts() { return parts_; }
  [[nodiscard]] double next(Rate& rate, const Track& /*at*/) const override { return rate.lr; }  // advance_group steps

 private:
  std::vector<std::unique_ptr<LrScheduler>> parts_;
};

}  // namespace fts::rates
