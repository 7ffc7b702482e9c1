#include "finance/budget_manager/background.h"

#include "base/log.h"

namespace finance::budget_manager {
namespace {

constexpr std::string_view kRefresh = "refresh_alerts";
constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kQuietNs = 3 * kNsPerSecond;
constexpr int64_t kWaitMaxNs = 30 * kNsPerSecond;
constexpr int64_t kRoundNs = 3'600 * kNsPerSecond;
constexpr std::chrono::seconds kTick(1);

}  // namespace

base::Result<std::unique_ptr<Background>> Background::Start(awry::sql::Database& database, delivery::Desk& desk, BackgroundWork work,
                                                            const base::Clock& clock) {
  std::unique_ptr<Background> background(new Background(database, desk, std::move(work), clock));
  auto kinds = desk.JobKinds();
  kinds[std::string(kRefresh)] = {
      "refresh_alerts", [raw = background.get()](const jobs::Job& job, awry::sdk::ScopedSpan&) { return raw->Refresh(job); }, {}, {}};
  // Receivers that are away are asked for two hours, ever less often.
  ASSIGN_OR_RETURN(background->queue_,
                   jobs::JobQueue::Start(database, std::move(kinds),
                                         {.name = "alerts",
                                          .workers = 4,
                                          .attempts_max = 10,
                                          .backoff_first = std::chrono::seconds(5),
                                          .backoff_max = std::chrono::minutes(30),
                                          .clock = &clock}));
  desk.SetQueue(background->queue_.get());
  background->thread_ = std::jthread([raw = background.get()] { raw->Run(); });
  return background;
}

Background::~Background() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  desk_.SetQueue(nullptr);
  if (queue_) queue_->Stop();
}

void Background::Touch(const ledger::UserId& user) {
  const int64_t now = clock_.NowUnixNs();
  base::MutexLock lock(mutex_);
  auto [due, added] = touched_.try_emplace(user.str(), Due{now, now});
  if (!added) due->second.last_ns = now;
}

std::vector<std::string> Background::TakeDue(int64_t now_ns) {
  std::vector<std::string> users;
  base::MutexLock lock(mutex_);
  for (auto due = touched_.begin(); due != touched_.end();) {
    const bool ripe = now_ns >= due->second.last_ns + kQuietNs || now_ns >= due->second.first_ns + kWaitMaxNs;
    if (ripe && queued_.insert(due->first).second) {
      users.push_back(due->first);
      due = touched_.erase(due);
    } else {
      ++due;  // also while a former refresh runs: it may have read too early
    }
  }
  return users;
}

void Background::PutBack(const std::vector<std::string>& users, int64_t now_ns) {
  base::MutexLock lock(mutex_);
  for (const std::string& user : users) {
    queued_.erase(user);
    touched_.try_emplace(user, Due{now_ns, now_ns});
  }
}

void Background::RunOnce() {
  const int64_t now = clock_.NowUnixNs();
  if (now >= next_round_ns_) {
    next_round_ns_ = now + kRoundNs;
    const auto users = work_.everyone();
    if (!users.ok()) awry::base::LogWarning("users cannot be listed: {}", users.status().ToString());
    if (users.ok()) {
      for (const ledger::UserId& user : *users) Touch(user);
    }
  }
  const std::vector<std::string> due = TakeDue(now);
  if (!due.empty()) {
    const base::Status status = database_.Write([&](awry::sql::Connection& connection) -> base::Status {
      for (const std::string& user : due) {
        RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kRefresh), user, "", ""}));
      }
      return {};
    });
    if (status.ok()) {
      queue_->Wake();
    } else {
      awry::base::LogWarning("refresh cannot be queued: {}", status.ToString());
      PutBack(due, now);
    }
  }
  if (const base::Status status = desk_.Tick(); !status.ok()) {
    awry::base::LogWarning("messages cannot be made: {}", status.ToString());
  }
}

void Background::Run() {
  while (true) {
    RunOnce();
    base::MutexLock lock(mutex_);
    if (!stopping_) wake_.WaitFor(mutex_, kTick);
    if (stopping_) return;
  }
}

jobs::JobResult Background::Refresh(const jobs::Job& job) {
  const auto user = ledger::UserId::Parse(job.key);
  base::Status status = user.ok() ? work_.refresh(*user) : user.status();
  {
    base::MutexLock lock(mutex_);
    queued_.erase(job.key);
  }
  // What an unreachable analyzer knows is asked again with the next change or hour: no pile of jobs.
  if (status.code() == base::StatusCode::kUnavailable || status.code() == base::StatusCode::kDeadlineExceeded) status = {};
  return {.status = std::move(status)};
}

}  // namespace finance::budget_manager
