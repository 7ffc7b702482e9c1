// What an import will write: each row of a file with its outcome, and the draft that waits for the
// confirmation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/transaction.h"
#include "finance/statement/statement.h"
#include "finance/transaction_processor/file_accounts.h"
#include "finance/transaction_processor/ledger_table.h"
#include "finance/transaction_processor/saved_reading.h"
#include "sql/database.h"

namespace finance::transaction_processor {

enum class RowOutcome { kNew, kDuplicate, kMatch, kTransfer, kSkip };
std::string_view OutcomeName(RowOutcome outcome);  // "new", "duplicate", "match", "transfer", "skip"

struct PlannedRow {
  statement::StatementRow row;
  std::string account;  // id of the account that it goes to
  std::string fingerprint;
  int occurrence = 1;
  RowOutcome outcome = RowOutcome::kNew;
  std::string reason;   // of an outcome other than kNew, or a warning
  // Id of the stored row that this one is, when it is known: the row that a match takes over, or the
  // other side of a transfer.
  std::string matched;
  bool matched_deleted = false;  // the user has deleted that row
  std::string remark;     // what of the file's row is not taken over as it stands; "" for nothing
  std::string suggested;  // of a new row: the pending one that it may book, for the person to say so
};

// What a person has said in the preview about the row of this number (from 1).
struct Overrule {
  size_t number = 0;
  RowOutcome outcome = RowOutcome::kNew;  // kNew, kSkip, or kMatch with what is suggested
};

// Gives each row its fingerprint and what becomes of it, in the order of the finance contract, section
// 4: the bank's own id with agreeing content; equal content, the n-th of the file against the n-th
// stored; a pending row that is booked now, for the same or a little more; a row of another source (`format` is the file's), one to
// one and over the whole file. The order of the rows does not matter. What is new and has another side
// in an account of the user's is a transfer. `files` says where the rows of a file with several accounts go; empty: all to `account`.
base::Result<std::vector<PlannedRow>> PlanRows(sql::Connection& connection, const Account& account, const std::vector<FileAccount>& files,
                                               const statement::Statement& statement);
void Apply(std::span<const Overrule> overrules, std::vector<PlannedRow>& rows);

// {"new": 1, "duplicate": …} over the rows and errors of a preview.
std::string CountsJson(const std::vector<PlannedRow>& rows, size_t errors);

// The draft as text, and back; duplicates are decided again when it is confirmed.
struct Draft {
  statement::Statement statement;
  AccountChoices accounts;  // of a file with several
};
std::string DraftJson(const std::vector<PlannedRow>& rows, const std::vector<FileAccount>& files);
base::Result<Draft> ReadDraftJson(std::string_view json);

// The answer of POST /imports.
std::string PreviewJson(const std::string& import_id, const Account& account, const statement::Statement& statement,
                        const std::vector<PlannedRow>& rows, const std::vector<FileAccount>& files, const UsedReading& reading);

}  // namespace finance::transaction_processor
