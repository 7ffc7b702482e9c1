// The model that answers now; another may take its place between two requests.
#pragma once

#include <memory>
#include <utility>

#include "base/mutex.h"
#include "finance/category_predictor/category_model.h"

namespace finance::category_predictor {

// Thread-safe.
class ModelSlot {
 public:
  explicit ModelSlot(std::shared_ptr<const CategoryModel> model) : model_(std::move(model)) {}

  // Never null. A request takes it once, so that all of its answers are of one version.
  std::shared_ptr<const CategoryModel> Get() const {
    const awry::base::MutexLock lock(mutex_);
    return model_;
  }
  void Set(std::shared_ptr<const CategoryModel> model) {
    const awry::base::MutexLock lock(mutex_);
    model_.swap(model);  // the old one goes outside of the lock, with the argument
  }

 private:
  mutable awry::base::Mutex mutex_;
  std::shared_ptr<const CategoryModel> model_ GUARDED_BY(mutex_);
};

}  // namespace finance::category_predictor
