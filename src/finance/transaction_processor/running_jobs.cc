#include "finance/transaction_processor/running_jobs.h"

namespace finance::transaction_processor {

using awry::base::MutexLock;

RunningJobs::Mark::Mark(RunningJobs& jobs) : jobs_(jobs) {
  MutexLock lock(jobs_.mutex_);
  number_ = jobs_.next_++;
  jobs_.running_.insert(number_);
}

RunningJobs::Mark::~Mark() {
  MutexLock lock(jobs_.mutex_);
  jobs_.running_.erase(number_);
  jobs_.ended_.NotifyAll();
}

bool RunningJobs::AwaitEarlier(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  MutexLock lock(mutex_);
  const uint64_t later = next_;
  while (!running_.empty() && *running_.begin() < later) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left.count() <= 0) return false;
    ended_.WaitFor(mutex_, left);
  }
  return true;
}

}  // namespace finance::transaction_processor
