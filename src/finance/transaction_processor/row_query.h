// Questions about many rows: pages of a filter, and its totals.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/transaction_processor/ledger_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

struct TransactionFilter {
  ledger::UserId user;
  std::optional<ledger::Date> from;
  std::optional<ledger::Date> to;  // included
  std::optional<ledger::Category> category;
  std::optional<ledger::Processing> processing;
  std::optional<ledger::BankStatus> status;
  std::optional<int64_t> amount_min, amount_max;  // signed, both included
  std::optional<bool> reconciled;
  std::optional<bool> transfer;  // linked ones only, or all others
  bool review = false;           // rows of which the model is not sure
  bool deleted = false;          // only deleted rows; else none
  std::string account;
  std::string import_id;
  std::string source;
  std::string tag;
  // Anywhere in description, merchant or note, any case. Under three characters: in the days of the newest
  // kShortTextRows rows.
  std::string text;
  std::string cursor;  // of the page before
  int limit = 100;
  bool trigrams = false;  // the database has transaction_text
};
inline constexpr double kSureConfidence = 0.6;
inline constexpr int64_t kShortTextRows = 10'000;

struct TransactionPage {
  std::vector<StoredTransaction> rows;  // newest day first; parts stand inside their whole
  std::string next_cursor;              // "" on the last page
};
// kInvalidArgument on a cursor that is none of ours.
base::Result<TransactionPage> ListTransactions(sql::Connection& connection, const TransactionFilter& filter);

// Every row of the filter, oldest first, page by page inside; parts are not filled in. Stops with
// what `visit` returns.
base::Status VisitTransactions(sql::Connection& connection, TransactionFilter filter,
                               const std::function<base::Status(StoredTransaction&)>& visit);

struct Total {
  std::string currency;
  int64_t in_minor = 0;
  int64_t out_minor = 0;  // zero or below
  int64_t rows = 0;
};
// By currency. Parts count, not their whole; rows of category transfer only when asked for.
base::Result<std::vector<Total>> TotalsOf(sql::Connection& connection, const TransactionFilter& filter);

}  // namespace finance::transaction_processor
