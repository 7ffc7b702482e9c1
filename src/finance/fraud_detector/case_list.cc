#include "finance/fraud_detector/case_list.h"

#include <fmt/format.h>

#include <charconv>

#include "codec/json.h"
#include "finance/fraud_detector/reason_words.h"

namespace finance::fraud_detector {
namespace {

namespace sql = awry::sql;
using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;
constexpr std::string_view kColumns = "SELECT id, merchant, terminal, currency, amount_minor, at_ns, day_only, answer, fraud FROM checks";

// "<at_ns>.<id>" of the last case of a page.
struct Place {
  int64_t at_ns = INT64_MAX;
  std::string id;
};

base::Result<Place> PlaceOfCursor(const std::string& cursor) {
  if (cursor.empty()) return Place{};
  Place place;
  const char* end = cursor.data() + cursor.size();
  const auto [stop, error] = std::from_chars(cursor.data(), end, place.at_ns);
  if (error != std::errc() || stop == end || *stop != '.') {
    return base::InvalidArgument("cursor is none of this list: " + cursor.substr(0, 40));
  }
  place.id.assign(stop + 1, end);
  return place;
}

std::string_view StateOf(const sql::Row& row) {
  if (row.is_null(8)) return "open";
  return row.Int(8) != 0 ? "fraud" : "right";
}

void WriteReason(JsonWriter& json, const JsonValue& reason) {
  const std::string_view message = reason.Find("message").AsString().value_or("");
  const ReasonWords words = ReadReasonWords(message);
  json.BeginObject().Key("code").String(reason.Find("code").AsString().value_or(""));
  json.Key("message").String(message).Key("weight").Double(reason.Find("weight").AsDouble().value_or(0));
  json.Key("says").String(words.says).Key("numbers").BeginObject();
  for (const auto& [name, digits] : words.numbers) json.Key(name).Raw(digits);
  json.EndObject().EndObject();
}

void WriteCharge(JsonWriter& json, const sql::Row& row) {
  json.Key("id").String(row.Text(0)).Key("merchant").String(row.Text(1)).Key("terminal").String(row.Text(2));
  json.Key("currency").String(row.Text(3)).Key("amount_minor").Int(row.Int(4)).Key("at_ns").Int(row.Int(5));
  json.Key("day_only").Bool(row.Int(6) != 0);
}

// The user's own rows of the day before the charge: those at the same merchant first, then the newest.
base::Status WriteRelated(JsonWriter& json, sql::Connection& connection, const ledger::UserId& user, const sql::Row& row) {
  ASSIGN_OR_RETURN(const sql::Rows related,
                   connection.Query(std::string(kColumns) + " WHERE user_id = $1 AND at_ns <= $2 AND at_ns >= $3 AND id <> $4"
                                    " AND currency = $5 ORDER BY CASE WHEN merchant = $6 THEN 0 ELSE 1 END, at_ns DESC, id LIMIT $7",
                                    {user.str(), row.Int(5), row.Int(5) - kDayNs, row.Text(0), row.Text(3), row.Text(1), kRelatedRowsMax}));
  json.Key("related").BeginArray();
  for (const sql::Row& other : related) {
    json.BeginObject();
    WriteCharge(json, other);
    json.EndObject();
  }
  json.EndArray();
  return {};
}

base::Status WriteCase(JsonWriter& json, sql::Connection& connection, const ledger::UserId& user, const sql::Row& row) {
  ASSIGN_OR_RETURN(const JsonDocument answer, JsonDocument::Parse(row.Text(7)));
  json.BeginObject();
  WriteCharge(json, row);
  json.Key("state").String(StateOf(row)).Key("score").Double(answer.root().Find("score").AsDouble().value_or(0));
  json.Key("reasons").BeginArray();
  for (const JsonValue reason : answer.root().Find("reasons").items()) WriteReason(json, reason);
  json.EndArray();
  RETURN_IF_ERROR(WriteRelated(json, connection, user, row));
  json.EndObject();
  return {};
}

base::Result<int64_t> CountOpen(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT COUNT(*) FROM checks WHERE user_id = $1 AND suspicious = 1 AND fraud IS NULL", {user.str()}));
  return rows.empty() ? 0 : rows[0].Int(0);
}

}  // namespace

base::Result<std::string> CasesJson(sql::Connection& connection, const ledger::UserId& user, const CaseQuestion& question) {
  ASSIGN_OR_RETURN(const Place after, PlaceOfCursor(question.cursor));
  const std::string_view which = question.decided ? " AND fraud IS NOT NULL" : " AND fraud IS NULL";
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("{} WHERE user_id = $1 AND suspicious = 1{} AND (at_ns < $2 OR (at_ns = $2 AND id < $3))"
                                                " ORDER BY at_ns DESC, id DESC LIMIT $4",
                                                kColumns, which),
                                    {user.str(), after.at_ns, after.id, question.limit + 1}));
  ASSIGN_OR_RETURN(const int64_t open, CountOpen(connection, user));
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("cases").BeginArray();
  const auto shown = std::min<size_t>(rows.size(), static_cast<size_t>(question.limit));
  for (size_t i = 0; i < shown; ++i) RETURN_IF_ERROR(WriteCase(json, connection, user, rows[i]));
  json.EndArray().Key("open").Int(open);
  if (rows.size() > shown) {
    const sql::Row& last = rows[shown - 1];
    json.Key("next_cursor").String(fmt::format("{}.{}", last.Int(5), last.Text(0)));
  }
  json.EndObject();
  return out;
}

base::Result<std::string> CaseJson(sql::Connection& connection, const ledger::UserId& user, std::string_view id) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(std::string(kColumns) + " WHERE id = $1 AND user_id = $2", {std::string(id), user.str()}));
  if (rows.empty()) return base::NotFound("nothing of this user was checked under this id: " + std::string(id.substr(0, 128)));
  std::string out;
  JsonWriter json(out);
  RETURN_IF_ERROR(WriteCase(json, connection, user, rows[0]));
  return out;
}

}  // namespace finance::fraud_detector
