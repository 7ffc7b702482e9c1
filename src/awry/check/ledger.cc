#include "awry/check/ledger.h"

#include <fmt/format.h>

#include <charconv>

namespace awry::check {

using base::Result;
using base::Status;
using sql::Connection;
using sql::SqlValue;

namespace {

constexpr std::string_view kSchema[] = {R"sql(
CREATE TABLE violations(
  id INTEGER PRIMARY KEY, check_name TEXT NOT NULL, trace_id TEXT NOT NULL, severity TEXT NOT NULL,
  at_ns BIGINT NOT NULL, service TEXT NOT NULL, span TEXT NOT NULL, span_id TEXT NOT NULL,
  UNIQUE(check_name, trace_id));
CREATE INDEX violations_by_time ON violations(at_ns, id);
CREATE INDEX violations_by_check ON violations(check_name, at_ns, id);
CREATE INDEX violations_by_trace ON violations(trace_id);
CREATE TABLE counts(
  check_name TEXT NOT NULL, hour_ns BIGINT NOT NULL, checked BIGINT NOT NULL, violations BIGINT NOT NULL,
  PRIMARY KEY(check_name, hour_ns));
CREATE TABLE remembered(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY, delivery TEXT NOT NULL UNIQUE, body TEXT NOT NULL, made_ns BIGINT NOT NULL,
  attempts BIGINT NOT NULL, next_ns BIGINT NOT NULL, dead BIGINT NOT NULL, problem TEXT NOT NULL);
CREATE INDEX outbox_by_time ON outbox(dead, next_ns);
)sql"};

constexpr std::string_view kColumns = "id, check_name, trace_id, severity, at_ns, service, span, span_id";

Violation ViolationOf(const sql::Row& row) {
  Violation out;
  out.id = static_cast<uint64_t>(row.Int(0));
  out.check = row.Text(1);
  out.trace_id = trace::TraceIdFromHex(row.Text(2)).value_or(trace::TraceId{});
  out.severity = SeverityFromName(row.Text(3)).value_or(Severity::kError);
  out.at_ns = row.Int(4);
  out.service = row.Text(5);
  out.span = row.Text(6);
  out.span_id = trace::SpanIdFromHex(row.Text(7)).value_or(0);
  return out;
}

int64_t HourOf(int64_t at_ns) {
  const int64_t rest = ((at_ns % kCountStepNs) + kCountStepNs) % kCountStepNs;
  return at_ns - rest;
}

Status AddCount(Connection& db, const std::string& check, int64_t hour_ns, const Round::Count& count) {
  return db
      .Execute(
          "INSERT INTO counts VALUES($1, $2, $3, $4) ON CONFLICT(check_name, hour_ns) DO UPDATE SET "
          "checked = counts.checked + excluded.checked, violations = counts.violations + "
          "excluded.violations",
          {check, hour_ns, count.checked, count.violations})
      .status();
}

// Adds it when it is new.
Status Insert(Connection& db, Violation violation, std::vector<Violation>& added) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      db.Query("INSERT INTO violations(check_name, trace_id, severity, at_ns, service, span, span_id) "
               "VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT(check_name, trace_id) DO NOTHING "
               "RETURNING id",
               {violation.check, trace::ToHex(violation.trace_id),
                std::string(SeverityName(violation.severity)), violation.at_ns, violation.service,
                violation.span, violation.span_id == 0 ? "" : trace::SpanIdToHex(violation.span_id)}));
  if (rows.empty()) return base::OkStatus();
  violation.id = static_cast<uint64_t>(rows.front().Int(0));
  RETURN_IF_ERROR(AddCount(db, violation.check, HourOf(violation.at_ns), {.violations = 1}));
  added.push_back(std::move(violation));
  return base::OkStatus();
}

Status Withdraw(Connection& db, const std::string& check, const trace::TraceId& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   db.Query("DELETE FROM violations WHERE check_name = $1 AND trace_id = $2 "
                            "RETURNING at_ns",
                            {check, trace::ToHex(id)}));
  if (rows.empty()) return base::OkStatus();
  return AddCount(db, check, HourOf(rows.front().Int(0)), {.violations = -1});
}

struct Table {
  std::string_view name;
  std::string_view kinds;  // of its columns: i, t
};
constexpr Table kCopied[] = {{"violations", "itttittt"}, {"counts", "tiii"}, {"remembered", "tt"}};
constexpr int64_t kCopiedAtOnce = 5'000;  // rows

Status CopyTable(Connection& from, Connection& to, const Table& table) {
  std::string insert = fmt::format("INSERT INTO {} VALUES(", table.name);
  for (size_t k = 1; k <= table.kinds.size(); ++k) insert += fmt::format("{}${}", k == 1 ? "" : ", ", k);
  insert += ")";
  const std::string select = fmt::format("SELECT rowid, * FROM {} WHERE rowid > $1 ORDER BY rowid LIMIT $2", table.name);
  for (int64_t after = -1;;) {
    ASSIGN_OR_RETURN(const sql::Rows rows, from.Query(select, {after, kCopiedAtOnce}));
    if (rows.empty()) return base::OkStatus();
    for (const sql::Row& row : rows) {
      std::vector<SqlValue> values;
      for (size_t k = 0; k < table.kinds.size(); ++k) {
        values.push_back(table.kinds[k] == 'i' ? SqlValue(row.Int(k + 1)) : SqlValue(row.Text(k + 1)));
      }
      RETURN_IF_ERROR(to.Execute(insert, std::span<const SqlValue>(values)).status());
    }
    after = rows.back().Int(0);
  }
}

struct Place {
  int64_t at_ns = INT64_MAX;
  int64_t id = INT64_MAX;
};
Result<Place> ParseCursor(const std::string& text) {
  Place place;
  if (text.empty()) return place;
  const char* end = text.data() + text.size();
  const auto at = std::from_chars(text.data(), end, place.at_ns);
  if (at.ec == std::errc() && at.ptr != end && *at.ptr == '.') {
    const auto id = std::from_chars(at.ptr + 1, end, place.id);
    if (id.ec == std::errc() && id.ptr == end) return place;
  }
  return base::InvalidArgument("cursor is not one that this list gave: leave it out to begin anew");
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::Open(const std::string& url, const LedgerOptions& options) {
  ASSIGN_OR_RETURN(auto database, sql::Database::Open(url, {.readers = 2}));
  RETURN_IF_ERROR(database->Migrate(kSchema));
  return std::unique_ptr<Ledger>(new Ledger(std::move(database), options));
}

Result<std::vector<Violation>> Ledger::Add(const Round& round, int64_t now_ns) {
  std::vector<Violation> added;
  RETURN_IF_ERROR(database_->Write([&](Connection& db) -> Status {
    added.clear();
    for (const auto& [key, count] : round.counts) RETURN_IF_ERROR(AddCount(db, key.first, key.second, count));
    for (const auto& [check, id] : round.withdrawn) RETURN_IF_ERROR(Withdraw(db, check, id));
    for (const Violation& violation : round.violations) RETURN_IF_ERROR(Insert(db, violation, added));
    return prune_in_ > static_cast<int64_t>(added.size()) ? base::OkStatus() : Prune(db, now_ns);
  }));
  prune_in_ -= static_cast<int64_t>(added.size());
  if (prune_in_ <= 0) prune_in_ = kPruneEvery;
  return added;
}

// Counts all violations, so it runs once in a while.
Status Ledger::Prune(Connection& db, int64_t now_ns) {
  RETURN_IF_ERROR(
      db.Execute("DELETE FROM counts WHERE hour_ns < $1", {now_ns - options_.counts_age_ns}).status());
  const auto most = static_cast<int64_t>(options_.violations_max);
  ASSIGN_OR_RETURN(const sql::Rows crowded,
                   db.Query("SELECT check_name FROM violations GROUP BY check_name HAVING COUNT(*) > $1",
                            {most}));
  for (const sql::Row& row : crowded) {
    RETURN_IF_ERROR(db.Execute("DELETE FROM violations WHERE id IN (SELECT id FROM violations WHERE "
                               "check_name = $1 ORDER BY at_ns DESC, id DESC LIMIT 1000000 OFFSET $2)",
                               {row.Text(0), most})
                        .status());
  }
  return base::OkStatus();
}

Result<ViolationPage> Ledger::List(const ViolationFilter& filter) {
  ASSIGN_OR_RETURN(const Place place, ParseCursor(filter.cursor));
  const std::string trace_id = filter.trace_id.has_value() ? trace::ToHex(*filter.trace_id) : "";
  const std::string where =
      "($1 = '' OR check_name = $1) AND ($2 = '' OR trace_id = $2) AND at_ns >= $3 AND at_ns <= $4";
  ViolationPage page;
  RETURN_IF_ERROR(database_->Read([&](Connection& db) -> Status {
    ASSIGN_OR_RETURN(const sql::Rows total,
                     db.Query("SELECT COUNT(*) FROM violations WHERE " + where,
                              {filter.check, trace_id, filter.from_ns, filter.until_ns}));
    page.total = static_cast<uint64_t>(total.front().Int(0));
    ASSIGN_OR_RETURN(
        const sql::Rows rows,
        db.Query(fmt::format("SELECT {} FROM violations WHERE {} AND (at_ns < $5 OR (at_ns = $5 AND id "
                             "< $6)) ORDER BY at_ns DESC, id DESC LIMIT $7",
                             kColumns, where),
                 {filter.check, trace_id, filter.from_ns, filter.until_ns, place.at_ns, place.id,
                  static_cast<int64_t>(filter.limit) + 1}));
    for (const sql::Row& row : rows) page.violations.push_back(ViolationOf(row));
    return base::OkStatus();
  }));
  if (page.violations.size() > filter.limit) {
    page.violations.resize(filter.limit);
    page.next_cursor = fmt::format("{}.{}", page.violations.back().at_ns, page.violations.back().id);
  }
  return page;
}

Result<std::map<std::string, CheckCounts>> Ledger::Counts(int64_t from_ns) {
  std::map<std::string, CheckCounts> out;
  RETURN_IF_ERROR(database_->Read([&](Connection& db) -> Status {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     db.Query("SELECT check_name, hour_ns, checked, violations FROM counts WHERE "
                              "hour_ns >= $1",
                              {HourOf(from_ns)}));
    for (const sql::Row& row : rows) out[row.Text(0)].by_hour[row.Int(1)] = {row.Int(2), row.Int(3)};
    ASSIGN_OR_RETURN(const sql::Rows last,
                     db.Query("SELECT check_name, MAX(at_ns) FROM violations GROUP BY check_name"));
    for (const sql::Row& row : last) out[row.Text(0)].last_violation_ns = row.Int(1);
    return base::OkStatus();
  }));
  return out;
}

Status Ledger::CopyTo(const std::string& url) {
  ASSIGN_OR_RETURN(const auto copy, Open(url));
  return database_->Read([&](Connection& from) -> Status {
    return copy->database_->Write([&](Connection& to) -> Status {
      for (const Table& table : kCopied) RETURN_IF_ERROR(CopyTable(from, to, table));
      return base::OkStatus();
    });
  });
}

Result<std::string> Ledger::Get(const std::string& name) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database_->Query("SELECT value FROM remembered WHERE name = $1", {name}));
  return rows.empty() ? std::string() : rows.front().Text(0);
}

Status Ledger::Put(const std::string& name, const std::string& value) {
  return database_
      ->Execute("INSERT INTO remembered VALUES($1, $2) ON CONFLICT(name) DO UPDATE SET value = "
                "excluded.value",
                {name, value})
      .status();
}

}  // namespace awry::check
