// The table of transactions: single rows. Questions about many are row_query.h's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/transaction.h"
#include "finance/transaction_processor/account_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

namespace base = awry::base;
namespace sql = awry::sql;

// The pair of rows that a row is in.
struct TransferLink {
  std::string id;
  bool linked = false;  // else suggested
  bool by_user = false;
  std::string other_id;
};

// One part of a split.
struct Part {
  std::string id;  // "" before it is stored
  int64_t amount_minor = 0;
  ledger::Category category = ledger::Category::kUncategorized;
  std::string note;
};

// A transaction as it is stored: what the ledger knows, and what the pipeline has to remember.
struct StoredTransaction {
  ledger::Transaction row;
  // What the model said; stays when the user decides otherwise. Nothing before it was asked.
  std::optional<ledger::Category> predicted;
  std::string alternatives_json;  // [{"category", "confidence"}], "" before
  int64_t revision = 0;           // grows with every change that other services must hear of

  int64_t seq = 0;      // unique in the database; set by InsertTransaction
  std::string parent;   // id of the whole, for a part of a split
  int part_count = 0;   // of a whole that is split
  std::string note;
  std::vector<std::string> tags;
  int64_t deleted_ns = 0;  // when the user deleted it; 0: not
  bool reconciled = false;
  std::string transfer_id;  // of the linked pair; "" for none
  std::string source;       // "api", or the format of the file; "" in rows of an earlier version
  std::string rule_id;      // of the rule that decided the category
  std::optional<ledger::Money> original;  // what was paid where that was another currency

  // Filled in by LoadDetails.
  std::optional<TransferLink> transfer;
  std::vector<Part> parts;
};

// Migrates to the newest schema, the queue's table included.
base::Status MigrateLedger(sql::Database& database);

// The columns of a row, and a row that was read with them.
std::string_view TransactionColumns();
base::Result<StoredTransaction> ReadTransaction(const sql::Row& row);

base::Result<std::optional<StoredTransaction>> FindTransaction(sql::Connection& connection, const std::string& id);
// Reads what stands in other tables.
base::Status LoadDetails(sql::Connection& connection, StoredTransaction& stored);
base::Status InsertTransaction(sql::Connection& connection, const StoredTransaction& stored);
// Writes everything but ids, fingerprint, import and what the pipeline found out.
base::Status UpdateTransaction(sql::Connection& connection, const StoredTransaction& stored);
// The parts of a split, in their order.
base::Result<std::vector<StoredTransaction>> ReadParts(sql::Connection& connection, const std::string& parent);
base::Status DeleteTransaction(sql::Connection& connection, const std::string& id);

// How many rows with this fingerprint the account has, merged ones included.
base::Result<int64_t> CountFingerprint(sql::Connection& connection, const std::string& account,
                                       const std::string& fingerprint);
// The account's row that has, or had before it was merged, this id of the bank's.
base::Result<std::optional<StoredTransaction>> FindExternal(sql::Connection& connection, const std::string& account,
                                                            const std::string& external_id);

// What the pipeline found out. Nothing is overwritten that a user, a rule or a transfer has decided.
struct Outcome {
  std::string id;
  std::optional<ledger::Category> predicted;
  double confidence = 0;
  std::string model_version;
  std::string alternatives_json;
  std::string trace_id;  // stored when none is: the trace and span that the row's work began with
  std::string span_id;
  ledger::Processing processing = ledger::Processing::kQueued;
};
// Returns whether this brought the transaction to an end that it had not reached before.
base::Result<bool> StoreOutcome(sql::Connection& connection, const Outcome& outcome);

// "a" and "b" as ",a,b,", and back: no tag has a comma.
std::string JoinTags(const std::vector<std::string>& tags);
std::vector<std::string> SplitTags(std::string_view text);

}  // namespace finance::transaction_processor
