// The recent charges of each user, in event order, in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "finance/fraud_detector/rules.h"
#include "finance/ledger/user_id.h"

namespace finance::fraud_detector {

namespace base = awry::base;

inline constexpr size_t kHistoryChargesMax = 500;  // per user; the oldest are forgotten
inline constexpr size_t kHistoryUsersMax = 20'000;

// Thread-safe.
class History {
 public:
  struct Entry {
    std::string id;
    Charge charge;
  };
  using Load = std::function<base::Result<std::vector<Entry>>(const ledger::UserId&)>;

  // `load` reads a user's newest charges, oldest first, when they are first needed.
  explicit History(Load load) : load_(std::move(load)) {}

  // The charges before `at_ns`, and those at the same moment that came earlier.
  base::Result<std::vector<Charge>> Before(const ledger::UserId& user, int64_t at_ns);
  void Add(const ledger::UserId& user, const std::string& id, const Charge& charge);
  // The charge was fraud: it says nothing of what is usual.
  void Remove(const ledger::UserId& user, const std::string& id);
  // The next use reads it anew.
  void Forget(const ledger::UserId& user);
  void ForgetAll();

 private:
  const Load load_;
  base::Mutex mutex_;
  std::unordered_map<ledger::UserId, std::vector<Entry>> users_ GUARDED_BY(mutex_);
};

}  // namespace finance::fraud_detector
