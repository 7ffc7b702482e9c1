#include "finance/transaction_processor/ledger_schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>

#include "finance/jobs/job_queue.h"
#include "finance/transaction_processor/import_table.h"
#include "finance/transaction_processor/saved_reading.h"
#include "finance/transaction_processor/sum_tables.h"

namespace finance::transaction_processor {
namespace {

constexpr std::string_view kFirstSteps[] = {
    "CREATE TABLE accounts (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
    " currency TEXT NOT NULL, zone TEXT NOT NULL)",
    "CREATE INDEX accounts_by_user ON accounts (user_id, id)",
    "CREATE TABLE transactions (id TEXT PRIMARY KEY, account TEXT NOT NULL, user_id TEXT NOT NULL,"
    " day INTEGER NOT NULL, amount_minor BIGINT NOT NULL, currency TEXT NOT NULL, raw_description TEXT NOT NULL,"
    " description TEXT NOT NULL, mcc INTEGER, booked_at_ns BIGINT, status INTEGER NOT NULL,"
    " category INTEGER NOT NULL, category_source INTEGER NOT NULL, confidence DOUBLE PRECISION NOT NULL,"
    " model_version TEXT NOT NULL, processing INTEGER NOT NULL, trace_id TEXT NOT NULL, import_id TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL, occurrence INTEGER NOT NULL, predicted INTEGER, alternatives TEXT NOT NULL,"
    " revision BIGINT NOT NULL, span_id TEXT NOT NULL DEFAULT '')",
    "CREATE INDEX transactions_by_user ON transactions (user_id, day, id)",
    "CREATE INDEX transactions_by_fingerprint ON transactions (account, fingerprint)",
    "CREATE INDEX transactions_by_import ON transactions (import_id) WHERE import_id <> ''"};

// After those of the other tables, which databases out there have already.
constexpr std::string_view kLaterSteps[] = {
    "ALTER TABLE transactions ADD COLUMN external_id TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX transactions_by_external_id ON transactions (account, external_id) WHERE external_id <> ''"};

// Together one step, as are those of each system below: every step waits for the disk.
constexpr std::string_view kEditSteps[] = {
    "ALTER TABLE transactions ADD COLUMN seq BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE transactions ADD COLUMN parent TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE transactions ADD COLUMN part_count INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE transactions ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE transactions ADD COLUMN tags TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE transactions ADD COLUMN deleted_ns BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE transactions ADD COLUMN reconciled INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE transactions ADD COLUMN transfer_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE transactions ADD COLUMN source TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE transactions ADD COLUMN rule_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE accounts ADD COLUMN iban TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE accounts ADD COLUMN opening_minor BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE accounts ADD COLUMN opening_day INTEGER",
    "ALTER TABLE accounts ADD COLUMN closed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE imports ADD COLUMN format TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE imports ADD COLUMN created_ns BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE imports ADD COLUMN counts TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX imports_by_user ON imports (user_id, created_ns)",
    // One index that holds every column of a filter: whatever is asked for, the pages of the table
    // are read for the answer's rows only.
    "CREATE INDEX transactions_page ON transactions (user_id, day, id, deleted_ns, parent, category, account,"
    " amount_minor, currency, part_count, status, processing, category_source, confidence, transfer_id, reconciled,"
    " source)",
    "DROP INDEX transactions_by_user",
    "CREATE INDEX transactions_by_amount ON transactions (account, amount_minor, day)",
    "CREATE INDEX transactions_by_parent ON transactions (parent) WHERE parent <> ''",
    "CREATE INDEX transactions_tagged ON transactions (user_id, day, id) WHERE tags <> ''",
    "CREATE INDEX transactions_corrected ON transactions (user_id, category, description) WHERE category_source = 1",
    "CREATE INDEX transactions_by_seq ON transactions (seq)",
    // What a row was known by before it met another one: neither comes back.
    "CREATE TABLE merged_ids (transaction_id TEXT NOT NULL, account TEXT NOT NULL, external_id TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL, import_id TEXT NOT NULL, before TEXT NOT NULL)",
    "CREATE INDEX merged_ids_by_external ON merged_ids (account, external_id) WHERE external_id <> ''",
    "CREATE INDEX merged_ids_by_fingerprint ON merged_ids (account, fingerprint)",
    "CREATE INDEX merged_ids_by_import ON merged_ids (import_id)",
    "CREATE INDEX merged_ids_by_transaction ON merged_ids (transaction_id)",
    "CREATE TABLE transfers (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, out_id TEXT NOT NULL, in_id TEXT NOT NULL,"
    " state INTEGER NOT NULL, how INTEGER NOT NULL, reason TEXT NOT NULL, day INTEGER NOT NULL, accounts TEXT NOT NULL,"
    " before TEXT NOT NULL)",
    "CREATE INDEX transfers_by_user ON transfers (user_id, state, day)",
    "CREATE INDEX transfers_by_out ON transfers (out_id)",
    "CREATE INDEX transfers_by_in ON transfers (in_id)",
    "CREATE INDEX transfers_by_accounts ON transfers (user_id, accounts, state)",
    "CREATE TABLE audit (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, at_ns BIGINT NOT NULL, actor TEXT NOT NULL,"
    " what TEXT NOT NULL, transaction_id TEXT NOT NULL, batch TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,"
    " trace_id TEXT NOT NULL)",
    "CREATE INDEX audit_by_transaction ON audit (transaction_id, id)",
    "CREATE INDEX audit_by_batch ON audit (user_id, batch, id) WHERE batch <> ''",
    "CREATE TABLE edit_batches (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, undone INTEGER NOT NULL)",
    "CREATE INDEX edit_batches_by_user ON edit_batches (user_id, undone, id)",
    "CREATE TABLE rules (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, stage INTEGER NOT NULL, rank BIGINT NOT NULL,"
    " body TEXT NOT NULL, origin INTEGER NOT NULL, state INTEGER NOT NULL, merchant TEXT NOT NULL, hits BIGINT NOT NULL)",
    "CREATE INDEX rules_by_user ON rules (user_id, stage, rank, id)",
    "CREATE TABLE day_sums (user_id TEXT NOT NULL, day INTEGER NOT NULL, account TEXT NOT NULL, currency TEXT NOT NULL,"
    " category INTEGER NOT NULL, in_minor BIGINT NOT NULL, out_minor BIGINT NOT NULL, rows BIGINT NOT NULL,"
    " balance_minor BIGINT NOT NULL, balance_rows BIGINT NOT NULL,"
    " PRIMARY KEY (user_id, day, account, currency, category))"};

constexpr std::string_view kOriginalSteps =
    "ALTER TABLE transactions ADD COLUMN original_minor BIGINT;\n"
    "ALTER TABLE transactions ADD COLUMN original_currency TEXT NOT NULL DEFAULT ''";

std::string TextOf(std::string_view row) {
  return fmt::format(
      "{0}.raw_description || CASE WHEN instr({0}.raw_description, {0}.description) > 0 THEN '' ELSE char(10) || {0}.description END"
      " || CASE WHEN {0}.note = '' THEN '' ELSE char(10) || {0}.note END",
      row);
}

std::string PlaceOf(std::string_view row) { return fmt::format("{0}.day * 4294967296 + {0}.seq", row); }

void AddSqliteSteps(std::vector<std::string>& steps) {
  steps.emplace_back("UPDATE transactions SET seq = rowid WHERE seq = 0");
  for (std::string& step : DaySumSteps("sqlite")) steps.push_back(std::move(step));
  steps.emplace_back("CREATE VIRTUAL TABLE transaction_text USING fts5(text, content='', tokenize='trigram')");
  steps.push_back(fmt::format("INSERT INTO transaction_text (rowid, text) SELECT {}, {} FROM transactions ORDER BY day, seq",
                              PlaceOf("transactions"), TextOf("transactions")));
  const std::string add = fmt::format("INSERT INTO transaction_text (rowid, text) VALUES ({}, {});", PlaceOf("new"), TextOf("new"));
  const std::string take = fmt::format("INSERT INTO transaction_text (transaction_text, rowid, text) VALUES ('delete', {}, {});",
                                       PlaceOf("old"), TextOf("old"));
  steps.push_back("CREATE TRIGGER transactions_text_insert AFTER INSERT ON transactions WHEN new.parent = '' BEGIN " + add + " END");
  steps.push_back("CREATE TRIGGER transactions_text_delete AFTER DELETE ON transactions WHEN old.parent = '' BEGIN " + take + " END");
  steps.push_back("CREATE TRIGGER transactions_text_update AFTER UPDATE OF day, raw_description, description, note ON transactions"
                  " WHEN new.parent = '' BEGIN " + take + " " + add + " END");
}

std::string Script(std::span<const std::string> statements) { return fmt::format("{}", fmt::join(statements, ";\n")); }

}  // namespace

std::vector<std::string> LedgerSteps(std::string_view sql_system) {
  std::vector<std::string> steps(std::begin(kFirstSteps), std::end(kFirstSteps));
  for (std::string& step : ImportTableSteps()) steps.push_back(std::move(step));
  for (std::string& step : jobs::JobQueue::MigrationSteps(sql_system)) steps.push_back(std::move(step));
  for (const std::string_view step : kLaterSteps) steps.emplace_back(step);
  steps.push_back(Script(std::vector<std::string>(std::begin(kEditSteps), std::end(kEditSteps))));
  std::vector<std::string> own;
  if (sql_system == "sqlite") {
    AddSqliteSteps(own);
  } else {
    own = DaySumSteps(sql_system);
  }
  steps.push_back(Script(own));
  steps.emplace_back(kReadingSteps);
  steps.push_back(Script(MonthSumSteps(sql_system)));
  steps.emplace_back(kOriginalSteps);
  return steps;
}

}  // namespace finance::transaction_processor
