#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

Weights Weights::Zero(uint32_t hashed_rows) {
  Weights weights;
  weights.hashed_rows = hashed_rows;
  weights.hashed.assign(size_t{hashed_rows} * kClasses, 0.0F);
  weights.dense.assign(size_t{rows::kCount} * kClasses, 0.0F);
  weights.text_scale.fill(1);
  weights.temperature.fill(1);
  weights.tied.learned_all.fill(1);
  weights.tied.learned_own.fill(1);
  weights.prior.fill(1.0F / kClasses);
  return weights;
}

}  // namespace finance::category_predictor
