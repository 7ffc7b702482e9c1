#include "finance/transaction_processor/import_plan.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "codec/json.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

std::string_view OutcomeName(RowOutcome outcome) {
  return outcome == RowOutcome::kNew ? "new" : outcome == RowOutcome::kMatch ? "match" : "duplicate";
}

void WriteRow(JsonWriter& json, const PlannedRow& planned) {
  const statement::StatementRow& row = planned.row;
  json.BeginObject().Key("line").UInt(row.line).Key("outcome").String(OutcomeName(planned.outcome));
  if (!planned.reason.empty()) json.Key("reason").String(planned.reason);
  json.Key("date").String(row.date.ToString()).Key("amount_minor").Int(row.amount.minor);
  json.Key("currency").String(row.amount.currency.str()).Key("description").String(row.description);
  if (row.pending) json.Key("status").String("pending");
  json.EndObject();
}

void WriteError(JsonWriter& json, const statement::RowError& error) {
  json.BeginObject().Key("line").UInt(error.line).Key("outcome").String("error");
  json.Key("reason").String(error.reason).Key("text").String(error.text).EndObject();
}

// Rows and errors together, in the order of the file.
void WriteRows(JsonWriter& json, const std::vector<PlannedRow>& rows, const std::vector<statement::RowError>& errors) {
  size_t next_error = 0;
  for (const PlannedRow& row : rows) {
    while (next_error < errors.size() && errors[next_error].line < row.row.line) WriteError(json, errors[next_error++]);
    WriteRow(json, row);
  }
  while (next_error < errors.size()) WriteError(json, errors[next_error++]);
}

void WriteBalances(JsonWriter& json, const std::vector<statement::BalanceCheck>& balances) {
  json.Key("balances").BeginArray();
  for (const statement::BalanceCheck& balance : balances) {
    json.BeginObject().Key("line").UInt(balance.line).Key("currency").String(balance.opening.currency.str());
    json.Key("opening_minor").Int(balance.opening.minor).Key("rows_minor").Int(balance.rows_minor);
    json.Key("closing_minor").Int(balance.closing.minor).Key("agrees").Bool(balance.agrees()).EndObject();
  }
  json.EndArray();
}

// A bank may use an id again for something else: then it tells nothing.
bool IsSame(const ledger::Transaction& stored, const statement::StatementRow& row) {
  constexpr int kDaysApartMax = 14;
  return stored.amount == row.amount && std::abs(ledger::DaysBetween(stored.date, row.date)) <= kDaysApartMax;
}

// Decides by the bank's own id; false when it does not tell.
base::Result<bool> PlanByExternalId(sql::Connection& connection, const Account& account,
                                    std::unordered_map<std::string, const statement::StatementRow*>& in_file, PlannedRow& planned) {
  const statement::StatementRow& row = planned.row;
  if (row.external_id.empty()) return false;
  const auto [twin, first] = in_file.try_emplace(row.external_id, &row);
  if (!first && twin->second->amount == row.amount && twin->second->date == row.date) {
    planned.outcome = RowOutcome::kDuplicate;
    planned.reason = "the file has this row twice, by the bank's own id";
    return true;
  }
  ASSIGN_OR_RETURN(const std::optional<StoredTransaction> stored, FindExternal(connection, account.id, row.external_id));
  if (!stored) return false;
  if (!IsSame(stored->row, row)) {
    planned.reason = "the bank has used this row's id before, for another amount or date";
    return false;
  }
  const bool books = stored->row.status == ledger::BankStatus::kPending && !row.pending;
  planned.outcome = books ? RowOutcome::kMatch : RowOutcome::kDuplicate;
  planned.reason = books ? "books a row that was pending" : "the account has this row already, by the bank's own id";
  planned.matched = stored->row.id;
  return true;
}

}  // namespace

base::Result<std::vector<PlannedRow>> PlanRows(sql::Connection& connection, const Account& account,
                                               const statement::Statement& statement) {
  std::vector<PlannedRow> rows;
  rows.reserve(statement.rows.size());
  struct Seen {
    int in_file = 0;
    int64_t stored = 0;
  };
  std::unordered_map<std::string, Seen> seen;
  std::unordered_map<std::string, const statement::StatementRow*> by_external_id;
  for (const statement::StatementRow& row : statement.rows) {
    PlannedRow planned{.row = row, .fingerprint = ledger::Fingerprint(account.id, row.date, row.amount, row.description)};
    const auto [entry, first] = seen.try_emplace(planned.fingerprint);
    if (first) {
      ASSIGN_OR_RETURN(entry->second.stored, CountFingerprint(connection, account.id, planned.fingerprint));
    }
    ASSIGN_OR_RETURN(const bool decided, PlanByExternalId(connection, account, by_external_id, planned));
    planned.occurrence = ++entry->second.in_file;
    if (!decided && planned.occurrence <= entry->second.stored) {
      planned.outcome = RowOutcome::kDuplicate;
      planned.reason = "the account has this row already";
    }
    rows.push_back(std::move(planned));
  }
  return rows;
}

std::string DraftJson(const std::vector<PlannedRow>& rows) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const PlannedRow& planned : rows) {
    const statement::StatementRow& row = planned.row;
    json.BeginArray().UInt(row.line).Int(row.date.days()).Int(row.amount.minor);
    json.String(row.amount.currency.str()).String(row.description).String(row.external_id);
    json.Int(row.mcc).Bool(row.pending).EndArray();
  }
  json.EndArray();
  return out;
}

base::Result<statement::Statement> ReadDraftJson(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  statement::Statement statement;
  for (const JsonValue item : document.root().items()) {
    const auto line = item.At(0).AsUInt64();
    const auto day = item.At(1).AsInt64();
    const auto minor = item.At(2).AsInt64();
    const auto code = item.At(3).AsString();
    const auto description = item.At(4).AsString();
    if (!line || !day || !minor || !code || !description) return base::DataLoss("draft of the import is broken: import the file again");
    ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(*code));
    statement::StatementRow row{static_cast<uint32_t>(*line), ledger::Date::FromDays(static_cast<int32_t>(*day)),
                                {*minor, currency}, std::string(*description)};
    // Drafts of an earlier version end here.
    row.external_id = item.At(5).AsString().value_or("");
    row.mcc = static_cast<int>(item.At(6).AsInt64().value_or(0));
    row.pending = item.At(7).AsBool().value_or(false);
    statement.rows.push_back(std::move(row));
  }
  return statement;
}

std::string PreviewJson(const std::string& import_id, const Account& account, const statement::Statement& statement,
                        const std::vector<PlannedRow>& rows) {
  const auto count = [&rows](RowOutcome outcome) {
    return std::count_if(rows.begin(), rows.end(), [&](const PlannedRow& row) { return row.outcome == outcome; });
  };
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("import_id").String(import_id).Key("format").String(statement.format);
  json.Key("account").String(account.id).Key("currency").String(account.currency.str());
  json.Key("encoding").String(statement.encoding);
  if (statement.format == "csv") json.Key("delimiter").String(std::string_view(&statement.delimiter, 1));
  json.Key("date_order").String(statement::DateOrderName(statement.date_order));
  if (!statement.ambiguous_dates.empty() || statement.ambiguous_numbers) {
    json.Key("ambiguous").BeginObject();
    if (!statement.ambiguous_dates.empty()) {
      json.Key("date_order").BeginArray();
      for (const statement::DateOrder order : statement.ambiguous_dates) json.String(statement::DateOrderName(order));
      json.EndArray();
    }
    if (statement.ambiguous_numbers) json.Key("decimal").BeginArray().String(".").String(",").EndArray();
    json.EndObject();
  }
  json.Key("rows").BeginArray();
  WriteRows(json, rows, statement.errors);
  json.EndArray();
  WriteBalances(json, statement.balances);
  json.Key("counts").BeginObject().Key("new").Int(count(RowOutcome::kNew)).Key("duplicate").Int(count(RowOutcome::kDuplicate));
  json.Key("match").Int(count(RowOutcome::kMatch)).Key("transfer").Int(0).Key("error").UInt(statement.errors.size()).EndObject().EndObject();
  return out;
}

}  // namespace finance::transaction_processor
