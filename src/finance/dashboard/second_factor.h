// The second step of a log-in: codes of an authenticator app, backup codes for when it is lost, and
// the challenges in between.
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

inline constexpr int kBackupCodes = 10;
inline constexpr int kChallengeAttemptsMax = 5;
inline constexpr std::chrono::seconds kChallengeLifetime{300};

struct SecondFactorState {
  bool enabled = false;
  int64_t backup_codes_left = 0;
};

// Thread-safe.
class SecondFactor {
 public:
  // `database` (migrated with MigrateSchema) and `clock` must outlive this. Secrets are sealed with
  // `seal_key` (kSealKeyBytes).
  SecondFactor(awry::sql::Database& database, const awry::base::Clock& clock, std::string seal_key)
      : database_(database), clock_(clock), seal_key_(std::move(seal_key)) {}

  awry::base::Result<SecondFactorState> State(const std::string& user_id);
  // Makes a secret that waits for its first code; returns its bytes. kAlreadyExists while one is
  // enabled.
  awry::base::Result<std::string> Enrol(const std::string& user_id);
  // Enables it with its first code; returns the backup codes, which are stored as digests only.
  // kInvalidArgument on a wrong code, kFailedPrecondition when nothing waits.
  awry::base::Result<std::vector<std::string>> Confirm(const std::string& user_id,
                                                       std::string_view code);
  // kFailedPrecondition when it is not enabled. The old codes end.
  awry::base::Result<std::vector<std::string>> NewBackupCodes(const std::string& user_id);
  awry::base::Status Disable(const std::string& user_id);

  // A log-in whose password was right: returns what the browser sends along with the code. The
  // person's earlier challenges end, so that many at once give no more tries.
  awry::base::Result<std::string> StartChallenge(const std::string& user_id);
  struct Outcome {
    std::string user_id;  // "": no such challenge, or its time or attempts are over
    bool passed = false;  // the challenge is used up then
    bool backup_code = false;
  };
  // Takes a code of the app, each at most once, or a backup code, which is used up.
  awry::base::Result<Outcome> Answer(std::string_view challenge, std::string_view code);

 private:
  struct Enrolment {
    std::string secret;
    bool enabled = false;
    int64_t last_step = 0;
  };
  awry::base::Result<std::optional<Enrolment>> Find(awry::sql::Connection& connection,
                                                    const std::string& user_id);
  // Whether the code is good now; marks it as used.
  awry::base::Result<bool> TakeCode(awry::sql::Connection& connection, const std::string& user_id,
                                    const Enrolment& enrolment, std::string_view code);
  awry::base::Status ReplaceBackupCodes(awry::sql::Connection& connection,
                                        const std::string& user_id,
                                        const std::vector<std::string>& codes);

  awry::sql::Database& database_;
  const awry::base::Clock& clock_;
  const std::string seal_key_;
};

}  // namespace finance::dashboard
