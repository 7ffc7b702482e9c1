// Who owns this dashboard, and who is logged in.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

struct Owner {
  std::string name;
  std::string user_id;  // of the ledger; never shown as a name
  std::string password_hash;
};

struct SessionLimits {
  std::chrono::hours idle{24 * 7};       // without a request
  std::chrono::hours lifetime{24 * 30};  // in all
  int sessions_max = 100;                // the one unused for longest goes first
};

// Thread-safe.
class OwnerStore {
 public:
  // `database` (migrated with kSchemaSteps) and `clock` must outlive the store.
  OwnerStore(awry::sql::Database& database, const awry::base::Clock& clock,
             const SessionLimits& limits)
      : database_(database), clock_(clock), limits_(limits) {}

  awry::base::Result<std::optional<Owner>> FindOwner();
  // Stores the owner and the right to act for themselves. kAlreadyExists when there is one.
  awry::base::Status CreateOwner(const Owner& owner);
  awry::base::Status ReplacePasswordHash(const std::string& hash);

  // Returns the token for the cookie; only its digest is stored.
  awry::base::Result<std::string> StartSession();
  // True while the token's session lives. Its use is noted at most once in five minutes.
  awry::base::Result<bool> TouchSession(std::string_view token);
  awry::base::Status EndSession(std::string_view token);

 private:
  awry::sql::Database& database_;
  const awry::base::Clock& clock_;
  const SessionLimits limits_;
};

}  // namespace finance::dashboard
