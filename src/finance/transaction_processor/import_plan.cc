#include "finance/transaction_processor/import_plan.h"

#include <algorithm>

#include "codec/json.h"
#include "finance/ledger/category_names.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

void WriteRow(JsonWriter& json, const PlannedRow& planned, size_t number) {
  const statement::StatementRow& row = planned.row;
  json.BeginObject().Key("number").UInt(number).Key("line").UInt(row.line).Key("outcome").String(OutcomeName(planned.outcome));
  if (!planned.reason.empty()) json.Key("reason").String(planned.reason);
  if (!planned.remark.empty()) json.Key("remark").String(planned.remark);
  if (const auto category = ledger::CategoryFromName(row.category)) json.Key("category").String(ledger::CategoryId(*category));
  if (!row.parts.empty()) json.Key("parts").UInt(row.parts.size());
  if (row.original) json.Key("original_minor").Int(row.original->minor).Key("original_currency").String(row.original->currency.str());
  json.Key("date").String(row.date.ToString()).Key("amount_minor").Int(row.amount.minor);
  json.Key("currency").String(row.amount.currency.str()).Key("description").String(row.description);
  if (row.pending) json.Key("status").String("pending");
  if (!planned.matched.empty()) json.Key("matched_id").String(planned.matched);
  if (!planned.suggested.empty()) json.Key("suggested_id").String(planned.suggested);
  if (planned.matched_deleted) json.Key("matched_deleted").Bool(true);
  json.EndObject();
}

void WriteError(JsonWriter& json, const statement::RowError& error) {
  json.BeginObject().Key("line").UInt(error.line).Key("outcome").String("error");
  json.Key("reason").String(error.reason).Key("text").String(error.text).EndObject();
}

// Rows and errors together, in the order of the file.
void WriteRows(JsonWriter& json, const std::vector<PlannedRow>& rows, const std::vector<statement::RowError>& errors) {
  size_t next_error = 0;
  size_t number = 0;
  for (const PlannedRow& row : rows) {
    while (next_error < errors.size() && errors[next_error].line < row.row.line) WriteError(json, errors[next_error++]);
    WriteRow(json, row, ++number);
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

}  // namespace

std::string_view OutcomeName(RowOutcome outcome) {
  switch (outcome) {
    case RowOutcome::kNew: return "new";
    case RowOutcome::kDuplicate: return "duplicate";
    case RowOutcome::kMatch: return "match";
    case RowOutcome::kTransfer: return "transfer";
    case RowOutcome::kSkip: return "skip";
  }
  return "new";
}

void Apply(std::span<const Overrule> overrules, std::vector<PlannedRow>& rows) {
  for (const Overrule& overrule : overrules) {
    if (overrule.number == 0 || overrule.number > rows.size()) continue;
    PlannedRow& planned = rows[overrule.number - 1];
    if (overrule.outcome == RowOutcome::kMatch) {
      if (planned.suggested.empty()) continue;
      planned.matched = planned.suggested;
    }
    planned.outcome = overrule.outcome;
  }
}

std::string CountsJson(const std::vector<PlannedRow>& rows, size_t errors) {
  const auto count = [&rows](RowOutcome outcome) {
    return std::count_if(rows.begin(), rows.end(), [&](const PlannedRow& row) { return row.outcome == outcome; });
  };
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  for (const RowOutcome outcome : {RowOutcome::kNew, RowOutcome::kDuplicate, RowOutcome::kMatch, RowOutcome::kTransfer}) {
    json.Key(OutcomeName(outcome)).Int(count(outcome));
  }
  json.Key("error").UInt(errors).EndObject();
  return out;
}

namespace {

void WriteDetails(JsonWriter& json, const statement::StatementRow& row) {
  json.BeginObject().Key("category").String(row.category).Key("note").String(row.note).Key("other_account").String(row.other_account);
  json.Key("transfer").String(row.transfer).Key("tags").BeginArray();
  for (const std::string& tag : row.tags) json.String(tag);
  json.EndArray().Key("parts").BeginArray();
  for (const statement::StatementPart& part : row.parts) json.BeginArray().Int(part.amount_minor).String(part.category).String(part.note).EndArray();
  json.EndArray();
  if (row.original) json.Key("original_minor").Int(row.original->minor).Key("original_currency").String(row.original->currency.str());
  if (row.category_decided) json.Key("category_decided").Bool(true);
  json.EndObject();
}

void ReadDetails(JsonValue item, statement::StatementRow& row) {
  if (!item.exists()) return;
  const auto text = [](JsonValue value) { return std::string(value.AsString().value_or("")); };
  row.category = text(item.Find("category"));
  row.category_decided = item.Find("category_decided").AsBool().value_or(false);
  row.note = text(item.Find("note"));
  row.other_account = text(item.Find("other_account"));
  row.transfer = text(item.Find("transfer"));
  for (const JsonValue tag : item.Find("tags").items()) row.tags.push_back(text(tag));
  for (const JsonValue part : item.Find("parts").items()) row.parts.push_back({part.At(0).AsInt64().value_or(0), text(part.At(1)), text(part.At(2))});
  const auto minor = item.Find("original_minor").AsInt64();
  const auto currency = ledger::Currency::Parse(text(item.Find("original_currency")));
  if (minor && currency.ok()) row.original = ledger::Money{*minor, *currency};
}

bool HasDetails(const statement::StatementRow& row) {
  return !row.category.empty() || !row.note.empty() || !row.other_account.empty() || !row.transfer.empty() || !row.tags.empty() ||
         !row.parts.empty() || row.original.has_value();
}

}  // namespace

// [row, …], or {"rows": [row, …], "accounts": {"name in the file": "id"}}.
std::string DraftJson(const std::vector<PlannedRow>& rows, const std::vector<FileAccount>& files) {
  std::string out;
  JsonWriter json(out);
  if (!files.empty()) json.BeginObject().Key("rows");
  json.BeginArray();
  for (const PlannedRow& planned : rows) {
    const statement::StatementRow& row = planned.row;
    json.BeginArray().UInt(row.line).Int(row.date.days()).Int(row.amount.minor);
    json.String(row.amount.currency.str()).String(row.description).String(row.external_id);
    json.Int(row.mcc).Bool(row.pending);
    if (!files.empty() || HasDetails(row)) json.String(files.empty() ? "" : row.account);
    if (HasDetails(row)) WriteDetails(json, row);
    json.EndArray();
  }
  json.EndArray();
  if (files.empty()) return out;
  json.Key("accounts").BeginObject();
  for (const FileAccount& file : files) json.Key(file.name).String(file.is_new ? "" : file.account.id);
  json.EndObject().EndObject();
  return out;
}

base::Result<Draft> ReadDraftJson(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  Draft draft;
  statement::Statement& statement = draft.statement;
  const JsonValue rows = document.root().Find("rows");
  for (const awry::codec::JsonMember& member : document.root().Find("accounts").members()) {
    draft.accounts.emplace(member.key, member.value.AsString().value_or(""));
  }
  for (const JsonValue item : (rows.exists() ? rows : document.root()).items()) {
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
    row.account = item.At(8).AsString().value_or("");
    ReadDetails(item.At(9), row);
    statement.rows.push_back(std::move(row));
  }
  return draft;
}

namespace {

void WriteAccounts(JsonWriter& json, const std::vector<FileAccount>& files) {
  if (files.empty()) return;
  json.Key("file_accounts").BeginArray();
  for (const FileAccount& file : files) {
    json.BeginObject().Key("name").String(file.name).Key("account").String(file.is_new ? "" : file.account.id);
    json.Key("account_name").String(file.account.name).Key("rows").UInt(file.rows).EndObject();
  }
  json.EndArray();
}

void WriteReading(JsonWriter& json, const statement::Statement& statement, const UsedReading& used) {
  const auto write_cells = [&json](const std::vector<std::string>& cells) {
    json.BeginArray();
    for (const std::string& cell : cells) json.String(cell);
    json.EndArray();
  };
  const char mark = static_cast<char>(statement.decimal_mark);
  json.Key("reading").BeginObject().Key("profile").String(used.profile).Key("saved").Bool(used.saved);
  json.Key("account_before").String(used.account_before).Key("complete").Bool(statement.csv->columns.complete());
  json.Key("columns").String(statement::FormatColumns(statement.csv->columns)).Key("decimal").String(std::string_view(&mark, 1));
  json.Key("flip").Bool(statement.signs_turned);
  json.Key("header");
  write_cells(statement.csv->header);
  json.Key("sample").BeginArray();
  for (const std::vector<std::string>& cells : statement.csv->sample) write_cells(cells);
  json.EndArray().EndObject();
}

}  // namespace

std::string PreviewJson(const std::string& import_id, const Account& account, const statement::Statement& statement,
                        const std::vector<PlannedRow>& rows, const std::vector<FileAccount>& files, const UsedReading& reading) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("import_id").String(import_id).Key("format").String(statement.format);
  json.Key("account").String(account.id).Key("currency").String(account.currency.str());
  json.Key("encoding").String(statement.encoding);
  if (statement.format == "csv") json.Key("delimiter").String(std::string_view(&statement.delimiter, 1));
  json.Key("date_order").String(statement::DateOrderName(statement.date_order));
  if (!statement.ambiguous_dates.empty() || statement.ambiguous_months || statement.ambiguous_numbers || statement.ambiguous_signs) {
    json.Key("ambiguous").BeginObject();
    if (!statement.ambiguous_dates.empty()) {
      json.Key("date_order").BeginArray();
      for (const statement::DateOrder order : statement.ambiguous_dates) json.String(statement::DateOrderName(order));
      json.EndArray();
    }
    if (statement.ambiguous_months) json.Key("months").BeginArray().String("pl").String("hr").EndArray();
    if (statement.ambiguous_numbers) json.Key("decimal").BeginArray().String(".").String(",").EndArray();
    if (statement.ambiguous_signs) json.Key("flip").BeginArray().String("1").String("0").EndArray();
    json.EndObject();
  }
  json.Key("flip").Bool(statement.signs_turned);
  if (statement.csv) WriteReading(json, statement, reading);
  WriteAccounts(json, files);
  json.Key("rows").BeginArray();
  WriteRows(json, rows, statement.errors);
  json.EndArray();
  WriteBalances(json, statement.balances);
  json.Key("counts").Raw(CountsJson(rows, statement.errors.size())).EndObject();
  return out;
}

}  // namespace finance::transaction_processor
