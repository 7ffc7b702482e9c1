// The JSON of accounts, transactions and imports. Private to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/date.h"
#include "finance/ledger/transaction.h"
#include "finance/transaction_processor/import_table.h"
#include "finance/transaction_processor/ledger_table.h"

namespace finance::transaction_processor {

// Amounts beyond 10^17 minor units are refused: sums of them would not fit into 64 bits.
inline constexpr int64_t kAmountMinorMax = 100'000'000'000'000'000;

// The body of POST /transactions; `id` and `account` are "" when left out. Everything is validated.
base::Result<ledger::Transaction> ParseTransaction(std::string_view json, ledger::Date today);

// The body of PUT /accounts/{id}.
base::Result<Account> ParseAccount(const std::string& id, std::string_view json);

// The source of rows that come one by one.
inline constexpr std::string_view kApiSource = "api";

std::string TransactionJson(const StoredTransaction& stored);
std::string AccountJson(const Account& account);
std::string ImportJson(const Import& import);

// When the row was booked as RFC 3339, or its day when no time is known.
std::string AtText(const ledger::Transaction& row);

// RFC 3339 with nine decimals.
std::string TimeText(int64_t unix_ns);

// {"line", "error": {code, message}}: the answer to one line of a batch.
std::string LineError(size_t line, const base::Status& status);

}  // namespace finance::transaction_processor
