#include "finance/transaction_processor/import_merge.h"

#include "codec/json.h"
#include "finance/ledger/clean_description.h"
#include "finance/transaction_processor/transfer_table.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

std::string BeforeJson(const StoredTransaction& stored) {
  const ledger::Transaction& row = stored.row;
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("amount_minor").Int(row.amount.minor).Key("day").Int(row.date.days()).Key("raw").String(row.raw_description).Key("description").String(row.description);
  json.Key("external_id").String(row.external_id).Key("status").Int(static_cast<int64_t>(row.status)).Key("source").String(stored.source);
  if (row.mcc) json.Key("mcc").Int(*row.mcc);
  json.EndObject();
  return out;
}

void Restore(JsonValue before, StoredTransaction& stored) {
  ledger::Transaction& row = stored.row;
  row.date = ledger::Date::FromDays(static_cast<int32_t>(before.Find("day").AsInt64().value_or(row.date.days())));
  row.amount.minor = before.Find("amount_minor").AsInt64().value_or(row.amount.minor);
  row.raw_description = before.Find("raw").AsString().value_or("");
  row.description = before.Find("description").AsString().value_or("");
  row.external_id = before.Find("external_id").AsString().value_or("");
  row.status = static_cast<ledger::BankStatus>(before.Find("status").AsInt64().value_or(1));
  stored.source = before.Find("source").AsString().value_or("");
  row.mcc.reset();
  if (const auto mcc = before.Find("mcc").AsInt64()) row.mcc = static_cast<int>(*mcc);
}

// The row, without what holds for its present amount only.
base::Result<std::optional<StoredTransaction>> ForAnotherAmount(sql::Connection& connection, const EditContext& context, const std::string& id,
                                                                std::vector<std::string>& changed) {
  RETURN_IF_ERROR(ForgetTransfers(connection, id, changed));
  ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, id));
  if (!stored || (stored->part_count == 0 && !stored->reconciled)) return stored;
  Change change;
  change.parts.emplace();
  change.reconciled = false;
  RETURN_IF_ERROR(EditTransaction(connection, context, *stored, change).status());
  return stored;
}

// What the bank says is said of the whole; its parts follow.
base::Status PassOnToParts(sql::Connection& connection, const StoredTransaction& whole, std::vector<std::string>& changed) {
  if (whole.part_count == 0) return {};
  ASSIGN_OR_RETURN(std::vector<StoredTransaction> parts, ReadParts(connection, whole.row.id));
  for (StoredTransaction& part : parts) {
    part.row.date = whole.row.date;
    part.row.raw_description = whole.row.raw_description;
    part.row.description = whole.row.description;
    part.row.status = whole.row.status;
    part.row.mcc = whole.row.mcc;
    part.source = whole.source;
    ++part.revision;
    RETURN_IF_ERROR(UpdateTransaction(connection, part));
    changed.push_back(part.row.id);
  }
  return {};
}

base::Status NoteMerge(sql::Connection& connection, const std::string& import_id, const StoredTransaction& stored,
                       const std::string& fingerprint, const std::string& external_id, const std::string& before) {
  return connection
      .Execute("INSERT INTO merged_ids (transaction_id, account, external_id, fingerprint, import_id, before)"
               " VALUES ($1, $2, $3, $4, $5, $6)",
               {stored.row.id, stored.row.account, external_id, fingerprint, import_id, before})
      .status();
}

}  // namespace

base::Status MergeRow(sql::Connection& connection, const EditContext& context, const Import& import, const PlannedRow& planned,
                      std::vector<std::string>& changed) {
  ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, planned.matched));
  if (stored && stored->row.amount != planned.row.amount) {
    ASSIGN_OR_RETURN(stored, ForAnotherAmount(connection, context, planned.matched, changed));
  }
  if (!stored) return base::Internal("row that was to be matched is gone: " + planned.matched);
  const std::string before = BeforeJson(*stored);
  const std::string old_id = stored->row.external_id;
  const statement::StatementRow& read = planned.row;
  ledger::Transaction& row = stored->row;
  const bool own_name = row.description != ledger::CleanDescription(row.raw_description);
  row.date = read.date;
  row.amount = read.amount;  // a tip may have come to what was pending
  row.raw_description = read.description;
  if (!own_name) row.description = ledger::CleanDescription(read.description);
  if (!read.external_id.empty()) row.external_id = read.external_id;
  if (read.mcc != 0) row.mcc = read.mcc;
  row.status = read.pending ? ledger::BankStatus::kPending : ledger::BankStatus::kBooked;
  stored->source = import.format;
  ++stored->revision;
  RETURN_IF_ERROR(UpdateTransaction(connection, *stored));
  RETURN_IF_ERROR(PassOnToParts(connection, *stored, changed));
  changed.push_back(row.id);
  const std::string kept = old_id == row.external_id ? "" : old_id;
  const std::string content = planned.fingerprint == row.fingerprint ? "" : planned.fingerprint;
  return NoteMerge(connection, import.id, *stored, content, kept, before);
}

base::Status NoteIds(sql::Connection& connection, const Import& import, const PlannedRow& planned) {
  ASSIGN_OR_RETURN(const std::optional<StoredTransaction> stored, FindTransaction(connection, planned.matched));
  if (!stored) return {};
  const ledger::Transaction& row = stored->row;
  ASSIGN_OR_RETURN(const sql::Rows known,
                   connection.Query("SELECT 1 FROM merged_ids WHERE transaction_id = $1 AND fingerprint = $2 AND external_id = $3 LIMIT 1",
                                    {row.id, planned.fingerprint, planned.row.external_id}));
  const bool is_own = planned.fingerprint == row.fingerprint && (planned.row.external_id.empty() || planned.row.external_id == row.external_id);
  if (is_own || !known.empty()) return {};
  const std::string content = planned.fingerprint == row.fingerprint ? "" : planned.fingerprint;
  const std::string id = planned.row.external_id == row.external_id ? "" : planned.row.external_id;
  return NoteMerge(connection, import.id, *stored, content, id, "");
}

base::Status UndoMerges(sql::Connection& connection, const EditContext& context, const std::string& import_id,
                        std::vector<std::string>& changed) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT transaction_id, before FROM merged_ids WHERE import_id = $1", {import_id}));
  for (const sql::Row& row : rows) {
    if (row.Text(1).empty()) continue;
    ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, row.Text(0)));
    ASSIGN_OR_RETURN(const JsonDocument before, JsonDocument::Parse(row.Text(1)));
    if (stored && before.root().Find("amount_minor").AsInt64().value_or(stored->row.amount.minor) != stored->row.amount.minor) {
      ASSIGN_OR_RETURN(stored, ForAnotherAmount(connection, context, row.Text(0), changed));
    }
    if (!stored) continue;
    Restore(before.root(), *stored);
    ++stored->revision;
    RETURN_IF_ERROR(UpdateTransaction(connection, *stored));
    RETURN_IF_ERROR(PassOnToParts(connection, *stored, changed));
    changed.push_back(stored->row.id);
  }
  return connection.Execute("DELETE FROM merged_ids WHERE import_id = $1", {import_id}).status();
}

}  // namespace finance::transaction_processor
