#include "finance/transaction_processor/import_plan.h"

#include <map>
#include <unordered_map>

#include "codec/json.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

void WriteRow(JsonWriter& json, const PlannedRow& row) {
  json.BeginObject().Key("line").UInt(row.line).Key("outcome").String(row.duplicate ? "duplicate" : "new");
  if (row.duplicate) json.Key("reason").String("the account has this row already");
  json.Key("date").String(row.date.ToString()).Key("amount_minor").Int(row.amount.minor);
  json.Key("currency").String(row.amount.currency.str()).Key("description").String(row.description).EndObject();
}

void WriteError(JsonWriter& json, const statement::RowError& error) {
  json.BeginObject().Key("line").UInt(error.line).Key("outcome").String("error");
  json.Key("reason").String(error.reason).Key("text").String(error.text).EndObject();
}

// Rows and errors together, in the order of the file.
void WriteRows(JsonWriter& json, const std::vector<PlannedRow>& rows, const std::vector<statement::RowError>& errors) {
  size_t next_error = 0;
  for (const PlannedRow& row : rows) {
    while (next_error < errors.size() && errors[next_error].line < row.line) WriteError(json, errors[next_error++]);
    WriteRow(json, row);
  }
  while (next_error < errors.size()) WriteError(json, errors[next_error++]);
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
  for (const statement::StatementRow& row : statement.rows) {
    std::string fingerprint = ledger::Fingerprint(account.id, row.date, row.amount, row.description);
    const auto [entry, first] = seen.try_emplace(fingerprint);
    if (first) {
      ASSIGN_OR_RETURN(entry->second.stored, CountFingerprint(connection, account.id, fingerprint));
    }
    const int occurrence = ++entry->second.in_file;
    rows.push_back({row.line, row.date, row.amount, row.description, std::move(fingerprint), occurrence,
                    occurrence <= entry->second.stored});
  }
  return rows;
}

std::string DraftJson(const std::vector<PlannedRow>& rows) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const PlannedRow& row : rows) {
    json.BeginArray().UInt(row.line).Int(row.date.days()).Int(row.amount.minor);
    json.String(row.amount.currency.str()).String(row.description).EndArray();
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
    statement.rows.push_back({static_cast<uint32_t>(*line), ledger::Date::FromDays(static_cast<int32_t>(*day)),
                              {*minor, currency}, std::string(*description)});
  }
  return statement;
}

std::string PreviewJson(const std::string& import_id, const Account& account, const statement::Statement& statement,
                        const std::vector<PlannedRow>& rows) {
  int64_t duplicates = 0;
  for (const PlannedRow& row : rows) duplicates += row.duplicate ? 1 : 0;
  const auto total = static_cast<int64_t>(rows.size());
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("import_id").String(import_id).Key("format").String(statement.format);
  json.Key("account").String(account.id).Key("currency").String(account.currency.str());
  json.Key("encoding").String(statement.encoding).Key("delimiter").String(std::string_view(&statement.delimiter, 1));
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
  json.EndArray().Key("counts").BeginObject().Key("new").Int(total - duplicates).Key("duplicate").Int(duplicates);
  json.Key("match").Int(0).Key("transfer").Int(0).Key("error").UInt(statement.errors.size()).EndObject().EndObject();
  return out;
}

}  // namespace finance::transaction_processor
