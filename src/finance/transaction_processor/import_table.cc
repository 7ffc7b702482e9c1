#include "finance/transaction_processor/import_table.h"

#include <fmt/format.h>

namespace finance::transaction_processor {
namespace {

constexpr std::string_view kImportColumns =
    "id, user_id, account, state, done, total, trace_id, traceparent, format, created_ns, counts";

base::Result<Import> ReadImport(const sql::Row& row) {
  ASSIGN_OR_RETURN(ledger::UserId user, ledger::UserId::Parse(row.Text(1)));
  return Import{row.Text(0), std::move(user), row.Text(2), static_cast<ImportState>(row.Int(3)),
                row.Int(4),  row.Int(5),      row.Text(6), row.Text(7), row.Text(8), row.Int(9), row.Text(10)};
}

}  // namespace

std::string_view ImportStateName(ImportState state) {
  switch (state) {
    case ImportState::kPreview: return "preview";
    case ImportState::kRunning: return "running";
    case ImportState::kDone: return "done";
    case ImportState::kReverted: return "reverted";
    case ImportState::kFailed: return "failed";
  }
  return "failed";
}

std::vector<std::string> ImportTableSteps() {
  return {"CREATE TABLE imports (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, account TEXT NOT NULL,"
          " state INTEGER NOT NULL, done BIGINT NOT NULL, total BIGINT NOT NULL, trace_id TEXT NOT NULL,"
          " traceparent TEXT NOT NULL, draft TEXT NOT NULL)"};
}

base::Status StoreDraft(sql::Connection& connection, const Import& import, const std::string& draft_json, const DraftReading& reading) {
  return connection
      .Execute("INSERT INTO imports (id, user_id, account, state, done, total, trace_id, traceparent, format, created_ns, counts,"
               " draft, fingerprint, profile) VALUES ($1, $2, $3, 0, 0, 0, $4, $5, $6, $7, $8, $9, $10, $11)",
               {import.id, import.user_id.str(), import.account, import.trace_id, import.traceparent, import.format,
                import.created_ns, import.counts_json, draft_json, reading.fingerprint, reading.profile})
      .status();
}

base::Result<std::optional<Import>> FindImport(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT {} FROM imports WHERE id = $1", kImportColumns), {id}));
  if (rows.empty()) return std::optional<Import>();
  ASSIGN_OR_RETURN(Import import, ReadImport(rows[0]));
  return std::optional<Import>(std::move(import));
}

base::Result<std::vector<Import>> ReadImports(sql::Connection& connection, const ledger::UserId& user, int limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT {} FROM imports WHERE user_id = $1 ORDER BY created_ns DESC, id LIMIT $2", kImportColumns),
                                    {user.str(), int64_t{limit}}));
  std::vector<Import> imports;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(Import import, ReadImport(row));
    imports.push_back(std::move(import));
  }
  return imports;
}

base::Result<std::string> ReadDraft(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT draft FROM imports WHERE id = $1", {id}));
  if (rows.empty()) return base::NotFound("no import has this id: " + id.substr(0, 128));
  return rows[0].Text(0);
}

base::Status UpdateImport(sql::Connection& connection, const Import& import) {
  return connection
      .Execute("UPDATE imports SET state = $2, done = $3, total = $4, trace_id = $5, traceparent = $6, counts = $7,"
               " draft = '' WHERE id = $1",
               {import.id, static_cast<int64_t>(import.state), import.done, import.total, import.trace_id,
                import.traceparent, import.counts_json})
      .status();
}

base::Result<std::optional<Import>> CountDone(sql::Connection& connection, const std::string& id, int64_t done) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("UPDATE imports SET done = done + $2,"
                                                " state = CASE WHEN done + $2 >= total AND state = 1 THEN 2 ELSE state END"
                                                " WHERE id = $1 RETURNING {}", kImportColumns),
                                    {id, done}));
  if (rows.empty()) return std::optional<Import>();
  ASSIGN_OR_RETURN(Import import, ReadImport(rows[0]));
  return std::optional<Import>(std::move(import));
}

base::Result<std::vector<ImportedRow>> ReadImportedRows(sql::Connection& connection, const std::string& id, int limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, revision, trace_id, span_id FROM transactions WHERE import_id = $1"
                                    " AND import_id <> '' LIMIT $2",
                                    {id, int64_t{limit}}));
  std::vector<ImportedRow> imported;
  for (const sql::Row& row : rows) imported.push_back({row.Text(0), row.Int(1), row.Text(2), row.Text(3)});
  return imported;
}

base::Status DeleteImportedRows(sql::Connection& connection, const std::string& id) {
  return connection.Execute("DELETE FROM transactions WHERE import_id = $1 AND import_id <> ''", {id}).status();
}

}  // namespace finance::transaction_processor
