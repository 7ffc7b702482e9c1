// What the Budget Manager does unasked: refreshes users whose rows have changed, looks at everyone once
// an hour because time passes, and sends what is due.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "finance/delivery/desk.h"
#include "finance/jobs/job_queue.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::budget_manager {

struct BackgroundWork {
  std::function<base::Status(const ledger::UserId&)> refresh;  // a job: tried again when it fails
  std::function<base::Result<std::vector<ledger::UserId>>()> everyone;
};

// Thread-safe. Stops when destroyed.
class Background {
 public:
  // `database`, `desk` and `clock` must outlive it; the database has the queue's table.
  static base::Result<std::unique_ptr<Background>> Start(awry::sql::Database& database, delivery::Desk& desk, BackgroundWork work,
                                                         const base::Clock& clock);
  ~Background();

  // The user is refreshed a moment after the last change, and at the latest half a minute after the first.
  void Touch(const ledger::UserId& user);
  jobs::JobQueue* queue() { return queue_.get(); }

 private:
  Background(awry::sql::Database& database, delivery::Desk& desk, BackgroundWork work, const base::Clock& clock)
      : database_(database), desk_(desk), work_(std::move(work)), clock_(clock) {}

  struct Due {
    int64_t first_ns = 0;
    int64_t last_ns = 0;
  };

  void Run();
  void RunOnce();
  std::vector<std::string> TakeDue(int64_t now_ns);
  void PutBack(const std::vector<std::string>& users, int64_t now_ns);
  jobs::JobResult Refresh(const jobs::Job& job);

  awry::sql::Database& database_;
  delivery::Desk& desk_;
  const BackgroundWork work_;
  const base::Clock& clock_;
  std::unique_ptr<jobs::JobQueue> queue_;
  int64_t next_round_ns_ = 0;  // only the thread's

  base::Mutex mutex_;
  base::CondVar wake_;
  std::map<std::string, Due> touched_ GUARDED_BY(mutex_);
  std::set<std::string> queued_ GUARDED_BY(mutex_);  // have a job that has not ended
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace finance::budget_manager
