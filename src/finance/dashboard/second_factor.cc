#include "finance/dashboard/second_factor.h"

#include <array>

#include "base/random.h"
#include "finance/dashboard/secrets.h"
#include "finance/dashboard/totp.h"

namespace finance::dashboard {

using awry::base::FailedPrecondition;
using awry::base::OkStatus;
using awry::base::Result;
using awry::base::Status;
using awry::sql::Connection;
using awry::sql::Rows;

namespace {

constexpr size_t kBackupLetters = 16;  // 80 bits
constexpr size_t kBackupGroup = 4;

// "abcd-efgh-jkmn-pqrs".
std::string NewBackupCode() {
  const std::string letters = (RandomId("") + RandomId("")).substr(0, kBackupLetters);
  std::string code;
  for (size_t i = 0; i < letters.size(); ++i) {
    if (i > 0 && i % kBackupGroup == 0) code.push_back('-');
    code.push_back(letters[i]);
  }
  return code;
}

std::vector<std::string> MakeBackupCodes() {
  std::vector<std::string> codes(kBackupCodes);
  for (std::string& code : codes) code = NewBackupCode();
  return codes;
}

// As people type it: capitals, blanks and hyphens do not matter.
std::string BackupDigest(std::string_view code) {
  std::string letters;
  for (const char c : code) {
    if (c == '-' || c == ' ') continue;
    letters.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  return Digest(letters, "backup code");
}

}  // namespace

Result<SecondFactorState> SecondFactor::State(const std::string& user_id) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      database_.Query("SELECT (SELECT COUNT(*) FROM second_factor WHERE user_id = $1 AND "
                      "enabled = 1), (SELECT COUNT(*) FROM backup_code WHERE user_id = $1)",
                      {user_id}));
  return SecondFactorState{.enabled = rows[0].Int(0) > 0, .backup_codes_left = rows[0].Int(1)};
}

Result<std::optional<SecondFactor::Enrolment>> SecondFactor::Find(Connection& connection,
                                                                  const std::string& user_id) {
  ASSIGN_OR_RETURN(const Rows rows,
                   connection.Query("SELECT sealed_secret, enabled, last_step FROM second_factor "
                                    "WHERE user_id = $1",
                                    {user_id}));
  if (rows.empty()) return std::optional<Enrolment>();
  ASSIGN_OR_RETURN(std::string secret, Unseal(seal_key_, user_id, rows[0].Text(0)));
  return std::optional(Enrolment{std::move(secret), rows[0].Int(1) != 0, rows[0].Int(2)});
}

Result<std::string> SecondFactor::Enrol(const std::string& user_id) {
  std::array<unsigned char, kTotpSecretBytes> bytes;
  awry::base::FillEntropy(bytes);
  const std::string secret(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const Status stored = database_.Write([&](Connection& connection) -> Status {
    ASSIGN_OR_RETURN(
        const int64_t changed,
        connection.Execute(
            "INSERT INTO second_factor (user_id, sealed_secret, enabled, last_step) "
            "VALUES ($1, $2, 0, 0) ON CONFLICT (user_id) DO UPDATE SET sealed_secret = $2 "
            "WHERE second_factor.enabled = 0",
            {user_id, Seal(seal_key_, user_id, secret)}));
    if (changed == 0)
      return awry::base::AlreadyExists("A second step is on already: switch it off first.");
    return OkStatus();
  });
  RETURN_IF_ERROR(stored);
  return secret;
}

Result<bool> SecondFactor::TakeCode(Connection& connection, const std::string& user_id,
                                    const Enrolment& enrolment, std::string_view code) {
  const auto step = MatchTotp(enrolment.secret, code, clock_.NowUnixNs() / 1'000'000'000,
                              enrolment.last_step);
  if (!step) return false;
  RETURN_IF_ERROR(connection
                      .Execute("UPDATE second_factor SET last_step = $2, enabled = 1 "
                               "WHERE user_id = $1",
                               {user_id, *step})
                      .status());
  return true;
}

Status SecondFactor::ReplaceBackupCodes(Connection& connection, const std::string& user_id,
                                        const std::vector<std::string>& codes) {
  RETURN_IF_ERROR(
      connection.Execute("DELETE FROM backup_code WHERE user_id = $1", {user_id}).status());
  for (const std::string& code : codes) {
    RETURN_IF_ERROR(connection
                        .Execute("INSERT INTO backup_code (user_id, digest) VALUES ($1, $2)",
                                 {user_id, BackupDigest(code)})
                        .status());
  }
  return OkStatus();
}

Result<std::vector<std::string>> SecondFactor::Confirm(const std::string& user_id,
                                                       std::string_view code) {
  const std::vector<std::string> codes = MakeBackupCodes();
  const Status confirmed = database_.Write([&](Connection& connection) -> Status {
    ASSIGN_OR_RETURN(const std::optional<Enrolment> enrolment, Find(connection, user_id));
    if (!enrolment || enrolment->enabled)
      return FailedPrecondition("No second step waits for its first code: begin again.");
    ASSIGN_OR_RETURN(const bool good, TakeCode(connection, user_id, *enrolment, code));
    if (!good) {
      return awry::base::InvalidArgument(
          "The code does not fit: take the newest one, and see whether the clocks agree.");
    }
    return ReplaceBackupCodes(connection, user_id, codes);
  });
  RETURN_IF_ERROR(confirmed);
  return codes;
}

Result<std::vector<std::string>> SecondFactor::NewBackupCodes(const std::string& user_id) {
  const std::vector<std::string> codes = MakeBackupCodes();
  const Status replaced = database_.Write([&](Connection& connection) -> Status {
    ASSIGN_OR_RETURN(const std::optional<Enrolment> enrolment, Find(connection, user_id));
    if (!enrolment || !enrolment->enabled)
      return FailedPrecondition("The second step is not on, so it has no backup codes.");
    return ReplaceBackupCodes(connection, user_id, codes);
  });
  RETURN_IF_ERROR(replaced);
  return codes;
}

Status SecondFactor::Disable(const std::string& user_id) {
  return database_.Write([&](Connection& connection) -> Status {
    RETURN_IF_ERROR(
        connection.Execute("DELETE FROM second_factor WHERE user_id = $1", {user_id}).status());
    return ReplaceBackupCodes(connection, user_id, {});
  });
}

Result<std::string> SecondFactor::StartChallenge(const std::string& user_id) {
  const std::string challenge = RandomToken();
  const int64_t now_ns = clock_.NowUnixNs();
  const Status stored = database_.Write([&](Connection& connection) -> Status {
    RETURN_IF_ERROR(
        connection
            .Execute("DELETE FROM login_challenge WHERE created_ns <= $1 OR user_id = $2",
                     {now_ns - std::chrono::nanoseconds(kChallengeLifetime).count(), user_id})
            .status());
    return connection
        .Execute("INSERT INTO login_challenge (digest, user_id, attempts, created_ns) "
                 "VALUES ($1, $2, 0, $3)",
                 {Digest(challenge, "challenge"), user_id, now_ns})
        .status();
  });
  RETURN_IF_ERROR(stored);
  return challenge;
}

Result<SecondFactor::Outcome> SecondFactor::Answer(std::string_view challenge,
                                                   std::string_view code) {
  const std::string digest = Digest(challenge, "challenge");
  Outcome outcome;
  const Status answered = database_.Write([&](Connection& connection) -> Status {
    outcome = {};
    // Counted before it is checked: many at once do not slip through.
    ASSIGN_OR_RETURN(
        const Rows rows,
        connection.Query("UPDATE login_challenge SET attempts = attempts + 1 WHERE digest = $1 "
                         "AND attempts < $2 AND created_ns > $3 RETURNING user_id",
                         {digest, int64_t{kChallengeAttemptsMax},
                          clock_.NowUnixNs() -
                              std::chrono::nanoseconds(kChallengeLifetime).count()}));
    if (rows.empty()) return OkStatus();
    outcome.user_id = rows[0].Text(0);
    ASSIGN_OR_RETURN(const std::optional<Enrolment> enrolment, Find(connection, outcome.user_id));
    if (!enrolment || !enrolment->enabled) return OkStatus();
    ASSIGN_OR_RETURN(outcome.passed, TakeCode(connection, outcome.user_id, *enrolment, code));
    if (!outcome.passed) {
      ASSIGN_OR_RETURN(
          const int64_t used,
          connection.Execute("DELETE FROM backup_code WHERE user_id = $1 AND digest = $2",
                             {outcome.user_id, BackupDigest(code)}));
      outcome.passed = outcome.backup_code = used > 0;
    }
    if (!outcome.passed) return OkStatus();
    return connection.Execute("DELETE FROM login_challenge WHERE digest = $1", {digest}).status();
  });
  RETURN_IF_ERROR(answered);
  return outcome;
}

}  // namespace finance::dashboard
