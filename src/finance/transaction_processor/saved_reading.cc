#include "finance/transaction_processor/saved_reading.h"

#include "finance/jobs/traced_sql.h"

namespace finance::transaction_processor {

base::Result<std::optional<SavedReading>> FindReading(sql::Connection& connection, const ledger::UserId& user,
                                                      const std::string& fingerprint) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT profile, account FROM saved_readings WHERE user_id = $1 AND fingerprint = $2",
                                    {user.str(), fingerprint}));
  if (rows.empty()) return std::optional<SavedReading>();
  return std::optional<SavedReading>({rows[0].Text(0), rows[0].Text(1)});
}

base::Status KeepReading(sql::Connection& connection, const std::string& import_id, int64_t now_ns) {
  return connection
      .Execute("INSERT INTO saved_readings (user_id, fingerprint, profile, account, used_ns)"
               " SELECT user_id, fingerprint, profile, account, $2 FROM imports WHERE id = $1 AND fingerprint <> ''"
               " ON CONFLICT (user_id, fingerprint) DO UPDATE SET profile = excluded.profile,"
               " account = excluded.account, used_ns = excluded.used_ns",
               {import_id, now_ns})
      .status();
}

base::Result<statement::Statement> ReadFile(sql::Database& database, std::string_view file, statement::Profile profile,
                                            const ReadingContext& context, UsedReading& used) {
  statement::Profile unchosen;
  unchosen.may_ask = profile.may_ask;
  unchosen.currency = profile.currency;  // the account's
  const bool may_use_saved = context.use_saved && profile == unchosen;
  statement::Profile asking = profile;
  asking.may_ask = true;
  ASSIGN_OR_RETURN(statement::Statement statement, statement::ParseStatement(file, asking, context.today));
  if (!statement.csv) return statement;
  std::optional<SavedReading> saved;
  RETURN_IF_ERROR(jobs::TracedRead(database, "SELECT saved_readings", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(saved, FindReading(connection, context.user, statement.csv->fingerprint));
    return {};
  }));
  if (saved) used.account_before = saved->account;
  if (saved && may_use_saved) {
    auto kept = statement::ParseProfile(saved->profile);
    if (kept.ok() && !kept->currency) kept->currency = profile.currency;
    if (kept.ok()) kept->may_ask = profile.may_ask;
    if (kept.ok() && *kept != unchosen) {
      if (auto again = statement::ParseStatement(file, *kept, context.today); again.ok()) {
        used = {saved->profile, true, saved->account};
        return again;
      }
    }
  }
  if (statement.csv->columns.complete() || profile.may_ask) return statement;
  return statement::ParseStatement(file, profile, context.today);  // refuses
}

}  // namespace finance::transaction_processor
