// Which jobs run just now, for whoever must wait until those are through that may have read rows from before.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>

#include "base/mutex.h"

namespace finance::transaction_processor {

// Thread-safe.
class RunningJobs {
 public:
  // A job, from its construction to its end.
  class Mark {
   public:
    explicit Mark(RunningJobs& jobs);
    ~Mark();
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    RunningJobs& jobs_;
    uint64_t number_ = 0;
  };

  // Waits until every job has ended that runs at the call; later ones are not waited for. False after `timeout`.
  bool AwaitEarlier(std::chrono::milliseconds timeout);

 private:
  awry::base::Mutex mutex_;
  awry::base::CondVar ended_;
  std::set<uint64_t> running_ GUARDED_BY(mutex_);
  uint64_t next_ GUARDED_BY(mutex_) = 0;
};

}  // namespace finance::transaction_processor
