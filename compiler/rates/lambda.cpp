// LambdaLR: the initial rate times an expression in the position.
#include "compiler/rates/expression.hpp"
#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class Lambda final : public LrScheduler {
 public:
  explicit Lambda(Arguments& a) : lambdas_(read_lambdas(a, "lr_lambda")) {}
  [[nodiscard]] std::optional<double> lambda_at(std::int64_t position) const override {
    return lambdas_.back().at(position);
  }

 private:
  [[nodiscard]] double first(Rate& rate, const Track& at) const override { return next(rate, at); }
  [[nodiscard]] double next(Rate& /*rate*/, const Track& at) const override {
    return at.base_lr * of_group(lambdas_, at.group).at(at.position);
  }
  std::vector<Expression> lambdas_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_lambda(Arguments& arguments) { return std::make_unique<Lambda>(arguments); }

}  // namespace fts::rates
