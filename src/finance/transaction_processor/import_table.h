// Imports: a draft that was previewed, then all its new rows at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/transaction.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::transaction_processor {

namespace base = awry::base;
namespace sql = awry::sql;

enum class ImportState : int64_t { kPreview = 0, kRunning = 1, kDone = 2, kReverted = 3, kFailed = 4 };
std::string_view ImportStateName(ImportState state);

struct Import {
  std::string id;
  ledger::UserId user_id;
  std::string account;
  ImportState state = ImportState::kPreview;
  int64_t done = 0;   // rows that the pipeline is through with
  int64_t total = 0;  // rows that were written
  std::string trace_id;
  std::string traceparent;  // of the confirmation
  std::string format;
  int64_t created_ns = 0;   // 0 in imports of an earlier version
  std::string counts_json;  // {"new", "duplicate", …}; "" in imports of an earlier version
};

std::vector<std::string> ImportTableSteps();

// `draft_json` holds the rows until they are confirmed; `fingerprint` and `profile` say how they were read.
struct DraftReading {
  std::string fingerprint;  // of the file's form, "" when there is nothing to choose
  std::string profile;
};
base::Status StoreDraft(sql::Connection& connection, const Import& import, const std::string& draft_json, const DraftReading& reading);
base::Result<std::optional<Import>> FindImport(sql::Connection& connection, const std::string& id);
base::Result<std::string> ReadDraft(sql::Connection& connection, const std::string& id);

// The user's, the newest first.
base::Result<std::vector<Import>> ReadImports(sql::Connection& connection, const ledger::UserId& user, int limit);

// Sets everything but id, user and account, and drops the draft.
base::Status UpdateImport(sql::Connection& connection, const Import& import);

struct ImportedRow {
  std::string id;
  int64_t revision = 0;
  std::string trace_id;
  std::string span_id;  // of the first span of its processing
};
base::Result<std::vector<ImportedRow>> ReadImportedRows(sql::Connection& connection, const std::string& id, int limit);
base::Status DeleteImportedRows(sql::Connection& connection, const std::string& id);

// Counts `rows` more that are through; returns the import as it is then. Nothing when it is gone.
base::Result<std::optional<Import>> CountDone(sql::Connection& connection, const std::string& id, int64_t rows = 1);

}  // namespace finance::transaction_processor
