// Retrains the category model in the background when enough new labels have come, and keeps what came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "finance/category_predictor/model_slot.h"
#include "finance/category_predictor/model_versions.h"
#include "finance/category_predictor/retraining.h"

namespace finance::category_predictor {

struct RetrainerOptions {
  std::string training_folder;  // "": nothing can be retrained, versions can still be promoted
  int64_t retrain_after = 500;  // labels before the first time; then a quarter more each time. 0: only when asked
  RetrainingOptions retraining;
  std::chrono::seconds look_every{30};  // whether another replica has promoted a version
  std::function<void()> after_swap;     // called on the retrainer's thread when another model answers; may be empty
};

struct RetrainerState {
  bool available = false;  // there is a training set
  bool running = false;
  int64_t labels = 0;         // known now
  int64_t labels_wanted = 0;  // to retrain by itself; 0: never
  std::string last_error;     // "" when the last retraining ended with a model
};

// Thread-safe. Trains on a thread of its own at the lowest priority; ends it when destroyed.
class Retrainer {
 public:
  // `database`, `versions`, `slot` and `clock` must outlive it.
  Retrainer(awry::sql::Database& database, ModelVersions& versions, ModelSlot& slot, const RetrainerOptions& options,
            const base::Clock& clock);
  ~Retrainer();

  // Says how many labels there are now; retrains when that is worth it.
  void NoteLabels(int64_t labels);
  // Retrains as soon as the thread is free. kFailedPrecondition when there is no training set.
  base::Status Ask();
  RetrainerState State() const;
  // Returns when nothing is running or asked for.
  void WaitUntilIdle();

 private:
  void Run(const std::stop_token& stop);
  base::Status RetrainOnce(const std::stop_token& stop, int64_t labels);
  void FollowOthers();
  bool Due() const REQUIRES(mutex_);

  awry::sql::Database& database_;
  ModelVersions& versions_;
  ModelSlot& slot_;
  const RetrainerOptions options_;
  const base::Clock& clock_;

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  bool asked_ GUARDED_BY(mutex_) = false;
  RetrainerState state_ GUARDED_BY(mutex_);
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace finance::category_predictor
