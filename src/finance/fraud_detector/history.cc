#include "finance/fraud_detector/history.h"

#include <algorithm>

namespace finance::fraud_detector {
namespace {

bool Earlier(int64_t at_ns, const History::Entry& entry) { return at_ns < entry.charge.at_ns; }

}  // namespace

base::Result<std::vector<Charge>> History::Before(const ledger::UserId& user, int64_t at_ns) {
  const auto take = [&](const std::vector<Entry>& entries) {
    std::vector<Charge> charges;
    for (const Entry& entry : entries) {
      if (entry.charge.at_ns > at_ns) break;
      charges.push_back(entry.charge);
    }
    return charges;
  };
  {
    base::MutexLock lock(mutex_);
    const auto known = users_.find(user);
    if (known != users_.end()) return take(known->second);
  }
  ASSIGN_OR_RETURN(std::vector<Entry> loaded, load_(user));
  base::MutexLock lock(mutex_);
  if (users_.size() >= kHistoryUsersMax) users_.clear();
  const auto [entry, added] = users_.try_emplace(user, std::move(loaded));
  return take(entry->second);
}

void History::Add(const ledger::UserId& user, const std::string& id, const Charge& charge) {
  base::MutexLock lock(mutex_);
  const auto known = users_.find(user);
  if (known == users_.end()) return;
  std::vector<Entry>& entries = known->second;
  const bool there = std::any_of(entries.begin(), entries.end(), [&](const Entry& e) { return e.id == id; });
  if (there) return;
  entries.insert(std::upper_bound(entries.begin(), entries.end(), charge.at_ns, Earlier), {id, charge});
  if (entries.size() > kHistoryChargesMax) entries.erase(entries.begin());
}

void History::Remove(const ledger::UserId& user, const std::string& id) {
  base::MutexLock lock(mutex_);
  const auto known = users_.find(user);
  if (known == users_.end()) return;
  std::erase_if(known->second, [&](const Entry& entry) { return entry.id == id; });
}

void History::Forget(const ledger::UserId& user) {
  base::MutexLock lock(mutex_);
  users_.erase(user);
}

void History::ForgetAll() {
  base::MutexLock lock(mutex_);
  users_.clear();
}

}  // namespace finance::fraud_detector
