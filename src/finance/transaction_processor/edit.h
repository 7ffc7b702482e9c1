// What a person changes about a row: every change is written with an audit row and told to the other
// services by jobs, in the transaction of its caller.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/jobs/job_queue.h"
#include "finance/transaction_processor/ledger_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

inline constexpr size_t kNoteBytesMax = 4096;
inline constexpr size_t kTagBytesMax = 64;
inline constexpr size_t kTagsMax = 32;
inline constexpr size_t kPartsMax = 100;
inline constexpr size_t kBulkRowsMax = 10'000;

// Unset fields stay as they are.
struct Change {
  std::optional<ledger::Category> category;
  std::optional<std::string> note;
  std::optional<std::vector<std::string>> tags;
  std::vector<std::string> add_tags, remove_tags;
  std::optional<std::string> merchant;
  std::optional<bool> reconciled;
  std::optional<bool> deleted;
  std::optional<std::vector<Part>> parts;  // empty: no longer split
  // Who decided the category, and by which rule.
  ledger::CategorySource source = ledger::CategorySource::kUser;
  std::string rule_id;
};

// Reads the body of a PATCH, or of "changes". kInvalidArgument names the field that is wrong.
base::Result<Change> ParseChange(std::string_view json);

// Under what an edit is made.
struct EditContext {
  jobs::JobQueue& queue;
  std::string actor;
  std::string what;   // "edit", "bulk", "rule", "undo", "split" …
  std::string batch;  // "" unless it belongs to one that can be undone
  int64_t now_ns = 0;
};

// Changes the row and writes it; `stored` is then as in the table. Returns whether anything differs.
// kFailedPrecondition when it is reconciled and more than its note, tags or that mark changes;
// kInvalidArgument when parts do not sum to the whole.
base::Result<bool> EditTransaction(sql::Connection& connection, const EditContext& context, StoredTransaction& stored,
                                   const Change& change);

// Tells the counting services how the row is now, by a job.
base::Status EnqueueCount(sql::Connection& connection, jobs::JobQueue& queue, const std::string& id);
// Takes a row away that is deleted for good.
base::Status EnqueueRetract(sql::Connection& connection, jobs::JobQueue& queue, const ledger::UserId& user, const std::string& id,
                            int64_t revision);

// --- batches ---

// A new batch of the user's, the newest that can be undone.
base::Result<std::string> BeginBatch(sql::Connection& connection, const ledger::UserId& user, int64_t now_ns);

struct Undone {
  std::string batch;
  int64_t restored = 0;
  int64_t skipped = 0;  // rows that were changed since, or are gone
};
// kNotFound when the user has no batch that can be undone.
base::Result<Undone> UndoNewestBatch(sql::Connection& connection, const EditContext& context, const ledger::UserId& user);

struct AuditEntry {
  int64_t at_ns = 0;
  std::string actor, what, batch, before_json, after_json, trace_id;
};
// The newest first.
base::Result<std::vector<AuditEntry>> ReadAudit(sql::Connection& connection, const std::string& transaction_id, int limit);

}  // namespace finance::transaction_processor
