// A user's ledger as files, and back.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "finance/transaction_processor/row_query.h"
#include "net/http.h"
#include "sql/database.h"

namespace finance::transaction_processor {

// Pieces are handed to `write`; stops with kCancelled when it returns false.
using Writer = awry::net::BodyWriter;

// RFC 4180 with a header that our import maps by itself. A text that begins like a formula gets a
// leading "'", a number never does.
base::Status ExportCsv(sql::Connection& connection, const TransactionFilter& filter, const Writer& write);
// Everything: accounts, rows with their parts, pairs, rules. Schema "awry.finance.transactions/1".
base::Status ExportJson(sql::Connection& connection, const TransactionFilter& filter, const Writer& write);
// OFX 2.2, one statement an account.
base::Status ExportOfx(sql::Connection& connection, const TransactionFilter& filter, const std::string& now_text, const Writer& write);

struct Restored {
  int64_t accounts = 0, transactions = 0, splits = 0, transfers = 0, rules = 0;
  std::vector<std::string> rows;  // ids that have to be counted
};
// Writes what ExportJson has written, for `user`. What exists stays. kInvalidArgument names the first
// part that is wrong; kAlreadyExists an id that is another user's.
base::Result<Restored> RestoreLedger(sql::Connection& connection, const ledger::UserId& user, std::string_view json, int64_t now_ns);

// Deletes all of a user's rows in all tables. Returns the ids and revisions of the transactions.
base::Result<std::vector<std::pair<std::string, int64_t>>> WipeLedger(sql::Connection& connection, const ledger::UserId& user);

}  // namespace finance::transaction_processor
