// The tables of accounts and transactions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/transaction.h"
#include "sql/database.h"

namespace finance::transaction_processor {

namespace base = awry::base;
namespace sql = awry::sql;

struct Account {
  std::string id;
  ledger::UserId user_id;
  std::string name;
  std::string kind;  // "checking", "savings", "card", "loan", "cash", "investment", "other"
  ledger::Currency currency;
  std::string zone;  // IANA name; "" means UTC
};

// A transaction as it is stored: what the ledger knows, and what the pipeline has to remember.
struct StoredTransaction {
  ledger::Transaction row;
  // What the model said; stays when the user decides otherwise. Nothing before it was asked.
  std::optional<ledger::Category> predicted;
  std::string alternatives_json;  // [{"category", "confidence"}], "" before
  int64_t revision = 0;           // grows with every change that other services must hear of
};

// Migrates to the newest schema, the queue's table included.
base::Status MigrateLedger(sql::Database& database);

base::Result<std::optional<Account>> FindAccount(sql::Connection& connection, const std::string& id);
base::Result<std::vector<Account>> ReadAccounts(sql::Connection& connection, const ledger::UserId& user);
// kAlreadyExists when the account is another user's.
base::Status StoreAccount(sql::Connection& connection, const Account& account);
// The user's own account for rows that name none, made on first use.
base::Result<Account> DefaultAccount(sql::Connection& connection, const ledger::UserId& user,
                                     ledger::Currency currency);

base::Result<std::optional<StoredTransaction>> FindTransaction(sql::Connection& connection, const std::string& id);
base::Status InsertTransaction(sql::Connection& connection, const ledger::Transaction& row);
// How many rows with this fingerprint the account has.
base::Result<int64_t> CountFingerprint(sql::Connection& connection, const std::string& account,
                                       const std::string& fingerprint);

// The account's row with this id of the bank's.
base::Result<std::optional<StoredTransaction>> FindExternal(sql::Connection& connection, const std::string& account,
                                                            const std::string& external_id);
// A pending row has been booked.
base::Status MarkBooked(sql::Connection& connection, const std::string& id);

struct TransactionFilter {
  ledger::UserId user;
  std::optional<ledger::Date> from;
  std::optional<ledger::Date> to;  // included
  std::optional<ledger::Category> category;
  std::optional<ledger::Processing> processing;
  std::string account;
  std::string import_id;
  std::string text;    // anywhere in the description, any case
  std::string cursor;  // of the page before
  int limit = 100;
};
struct TransactionPage {
  std::vector<StoredTransaction> rows;  // newest day first
  std::string next_cursor;              // "" on the last page
};
// kInvalidArgument on a cursor that is none of ours.
base::Result<TransactionPage> ListTransactions(sql::Connection& connection, const TransactionFilter& filter);

// What the pipeline found out. Nothing is overwritten that a user has decided.
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

// Sets the user's category and raises the revision; returns the transaction as it is then.
base::Result<StoredTransaction> StoreCorrection(sql::Connection& connection, const std::string& id,
                                                ledger::Category category);

}  // namespace finance::transaction_processor
