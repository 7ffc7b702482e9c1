// Who is logged in.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

struct SessionLimits {
  std::chrono::hours idle{24 * 7};       // without a request
  std::chrono::hours lifetime{24 * 30};  // in all
  int sessions_max = 100;  // of one person; the one unused for longest goes first
};

struct Session {
  std::string id;  // not the token; may be shown
  std::string user_id;
  std::string address;
  std::string agent;  // what the browser calls itself
  int64_t created_ns = 0;
  int64_t seen_ns = 0;
};

inline constexpr size_t kAgentBytesMax = 200;

// Thread-safe.
class Sessions {
 public:
  // `database` (migrated with MigrateSchema) and `clock` must outlive this.
  Sessions(awry::sql::Database& database, const awry::base::Clock& clock,
           const SessionLimits& limits)
      : database_(database), clock_(clock), limits_(limits) {}

  // Returns the token for the cookie; only its digest is stored.
  awry::base::Result<std::string> Start(const std::string& user_id, const std::string& address,
                                        std::string_view agent);
  // The token's session while it lives. Its use is noted at most once in five minutes.
  awry::base::Result<std::optional<Session>> Touch(std::string_view token);
  // Those that live, the last used first.
  awry::base::Result<std::vector<Session>> List(const std::string& user_id);
  // kNotFound when it is not this person's.
  awry::base::Status End(const std::string& user_id, const std::string& session_id);
  // Ends all of the person's sessions but `kept_id`.
  awry::base::Status EndOthers(const std::string& user_id, const std::string& kept_id);

 private:
  bool Lives(const Session& session) const;

  awry::sql::Database& database_;
  const awry::base::Clock& clock_;
  const SessionLimits limits_;
};

}  // namespace finance::dashboard
