#include "finance/fraud_detector/fraud_detector.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/json.h"
#include "finance/ledger/at_time.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/traced_sql.h"
#include "finance/ledger/clean_description.h"
#include "finance/ledger/money.h"

namespace finance::fraud_detector {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using ledger::UserId;
using net::HttpRequest;
using net::HttpResponse;

namespace sql = awry::sql;

constexpr std::string_view kSteps[] = {
    "CREATE TABLE checks (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, merchant TEXT NOT NULL,"
    " terminal TEXT NOT NULL, currency TEXT NOT NULL, amount_minor BIGINT NOT NULL, at_ns BIGINT NOT NULL,"
    " day_only INTEGER NOT NULL, suspicious INTEGER NOT NULL, answer TEXT NOT NULL, fraud INTEGER)",
    "CREATE INDEX checks_by_user ON checks (user_id, at_ns)",
    "CREATE INDEX checks_fraud_by_merchant ON checks (merchant, at_ns) WHERE fraud = 1",
    "CREATE INDEX checks_fraud_by_terminal ON checks (terminal, at_ns) WHERE fraud = 1"};

constexpr int64_t kRiskWindowNs = int64_t{30} * 86'400 * 1'000'000'000;

base::Result<std::string> RequiredText(JsonValue object, std::string_view name) {
  const auto text = object.Find(name).AsString();
  if (!text) return base::InvalidArgument(fmt::format("field is missing or no text: {}", name));
  return std::string(*text);
}

std::string AnswerJson(const std::string& id, const Assessment& assessment) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(id).Key("score").Double(assessment.score);
  json.Key("suspicious").Bool(assessment.suspicious).Key("reasons").BeginArray();
  for (const Reason& reason : assessment.reasons) {
    json.BeginObject().Key("code").String(reason.code).Key("message").String(reason.message);
    json.Key("weight").Double(reason.weight).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

std::string LineError(size_t line, const base::Status& status) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("line").UInt(line).Key("error").BeginObject();
  json.Key("code").String(base::StatusCodeName(status.code())).Key("message").String(status.message());
  json.EndObject().EndObject();
  return out;
}

base::Result<std::vector<History::Entry>> LoadHistory(sql::Database& database, const UserId& user) {
  std::vector<History::Entry> entries;
  RETURN_IF_ERROR(jobs::TracedRead(database, "SELECT checks", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT id, merchant, terminal, currency, amount_minor, at_ns, day_only FROM checks"
                                      " WHERE user_id = $1 AND (fraud IS NULL OR fraud = 0) ORDER BY at_ns DESC LIMIT $2",
                                      {user.str(), static_cast<int64_t>(kHistoryChargesMax)}));
    for (const sql::Row& row : rows) {
      entries.push_back({row.Text(0), {row.Text(1), row.Text(2), row.Text(3), row.Int(4), row.Int(5), row.Int(6) != 0}});
    }
    return {};
  }));
  std::reverse(entries.begin(), entries.end());
  return entries;
}

}  // namespace

FraudDetector::FraudDetector(sql::Database& database)
    : database_(database), shared_(database.system() != "sqlite"),
      history_([&database](const UserId& user) { return LoadHistory(database, user); }) {}

base::Result<std::unique_ptr<FraudDetector>> FraudDetector::Create(sql::Database& database) {
  RETURN_IF_ERROR(database.Migrate(kSteps));
  std::unique_ptr<FraudDetector> service(new FraudDetector(database));
  ASSIGN_OR_RETURN(const sql::Rows frauds, database.Query("SELECT 1 FROM checks WHERE fraud = 1 LIMIT 1"));
  service->has_frauds_ = !frauds.empty();
  return service;
}

void FraudDetector::AddRoutes(net::Router& router) {
  router.Add("POST", "/check", jobs::ForJson([this](const HttpRequest& request) {
    auto answer = Check(request.body);
    return answer.ok() ? net::JsonResponse(200, std::move(*answer)) : net::ErrorResponse(answer.status());
  }));
  const auto lines = [this](auto method) {
    return jobs::ForContentType("application/x-ndjson", [this, method](const HttpRequest& request) {
      HttpResponse response{.headers = {{"Content-Type", "application/x-ndjson"}}};
      response.body = jobs::MapLines(
          request.body,
          [&](size_t number, std::string_view line) {
            auto answer = (this->*method)(line);
            return answer.ok() ? std::move(*answer) : LineError(number, answer.status());
          },
          LineError);
      return response;
    });
  };
  router.Add("POST", "/check/batch", lines(&FraudDetector::Check));
  router.Add("POST", "/feedback", lines(&FraudDetector::Feedback));
  router.Add("GET", "/checks/{id}", [this](const HttpRequest& request) {
    const std::string id(request.path_param("id"));
    auto stored = StoredAnswer(id);
    if (!stored.ok()) return net::ErrorResponse(stored.status());
    if (!*stored) return net::ErrorResponse(base::NotFound("nothing was checked under this id: " + id));
    return net::JsonResponse(200, std::move(**stored));
  });
}

base::Status FraudDetector::Ready() { return database_.Query("SELECT 1").status(); }

base::Result<FraudDetector::CheckRequest> FraudDetector::ReadCheck(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue root = document.root();
  if (!root.is_object()) return base::InvalidArgument("body is no JSON object");
  ASSIGN_OR_RETURN(std::string id, RequiredText(root, "id"));
  RETURN_IF_ERROR(ledger::CheckOpaqueId(id, "id"));
  ASSIGN_OR_RETURN(const std::string user_text, RequiredText(root, "user_id"));
  ASSIGN_OR_RETURN(UserId user, UserId::Parse(user_text));
  ASSIGN_OR_RETURN(const std::string code, RequiredText(root, "currency"));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
  ASSIGN_OR_RETURN(const std::string at_text, RequiredText(root, "at"));
  ASSIGN_OR_RETURN(const ledger::AtTime at, ledger::ParseAt(at_text));
  const auto minor = root.Find("amount_minor").AsInt64();
  if (!minor) return base::InvalidArgument("field is missing or no integer: amount_minor");
  Charge charge{.currency = std::string(currency.str()), .amount_minor = *minor, .at_ns = at.unix_ns, .day_only = at.day_only};
  charge.merchant = ledger::MerchantKey(root.Find("merchant").AsString().value_or(""));
  charge.terminal = std::string(root.Find("terminal_id").AsString().value_or(""));
  return CheckRequest{std::move(id), std::move(user), std::move(charge)};
}

base::Result<std::optional<std::string>> FraudDetector::StoredAnswer(const std::string& id) {
  std::optional<std::string> stored;
  RETURN_IF_ERROR(jobs::TracedRead(database_, "SELECT checks", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT answer FROM checks WHERE id = $1", {id}));
    if (!rows.empty()) stored = rows[0].Text(0);
    return {};
  }));
  return stored;
}

base::Result<PlaceRisk> FraudDetector::RiskAt(const Charge& charge) {
  PlaceRisk risk;
  if (!has_frauds_ && !shared_) return risk;
  RETURN_IF_ERROR(database_.Read([&](sql::Connection& connection) -> base::Status {
    const auto count = [&](std::string_view statement, const std::string& place) -> base::Result<int64_t> {
      if (place.empty()) return int64_t{0};
      ASSIGN_OR_RETURN(const sql::Rows rows,
                       connection.Query(statement, {place, charge.at_ns - kRiskWindowNs, charge.at_ns}));
      return rows[0].Int(0);
    };
    ASSIGN_OR_RETURN(risk.merchant_frauds,
                     count("SELECT COUNT(*) FROM checks WHERE fraud = 1 AND merchant = $1 AND at_ns > $2 AND at_ns < $3", charge.merchant));
    ASSIGN_OR_RETURN(risk.terminal_frauds,
                     count("SELECT COUNT(*) FROM checks WHERE fraud = 1 AND terminal = $1 AND at_ns > $2 AND at_ns < $3", charge.terminal));
    return {};
  }));
  return risk;
}

base::Result<std::string> FraudDetector::Check(std::string_view json) {
  ASSIGN_OR_RETURN(const CheckRequest check, ReadCheck(json));
  ASSIGN_OR_RETURN(std::optional<std::string> known, StoredAnswer(check.id));
  if (known) return std::move(*known);
  if (shared_) history_.Forget(check.user);
  ASSIGN_OR_RETURN(const std::vector<Charge> past, history_.Before(check.user, check.charge.at_ns));
  ASSIGN_OR_RETURN(const PlaceRisk risk, RiskAt(check.charge));
  const Assessment assessment = Assess(check.charge, past, risk);
  std::string answer = AnswerJson(check.id, assessment);
  bool added = false;
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "INSERT checks", [&](sql::Connection& connection) -> base::Status {
    const Charge& charge = check.charge;
    ASSIGN_OR_RETURN(const int64_t rows,
                     connection.Execute("INSERT INTO checks (id, user_id, merchant, terminal, currency, amount_minor, at_ns,"
                                        " day_only, suspicious, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                                        " ON CONFLICT (id) DO NOTHING",
                                        {check.id, check.user.str(), charge.merchant, charge.terminal, charge.currency,
                                         charge.amount_minor, charge.at_ns, int64_t{charge.day_only},
                                         int64_t{assessment.suspicious}, answer}));
    added = rows > 0;
    return {};
  }));
  if (!added) {  // the same id at the same time: the first one counts
    ASSIGN_OR_RETURN(std::optional<std::string> first, StoredAnswer(check.id));
    return first ? std::move(*first) : std::move(answer);
  }
  history_.Add(check.user, check.id, check.charge);
  ++checks_;
  if (assessment.suspicious) ++suspicious_;
  return answer;
}

base::Result<std::string> FraudDetector::Feedback(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  ASSIGN_OR_RETURN(const std::string id, RequiredText(document.root(), "id"));
  const auto fraud = document.root().Find("fraud").AsBool();
  if (!fraud) return base::InvalidArgument("field is missing or no boolean: fraud");
  std::string user_text;
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "UPDATE checks", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT user_id FROM checks WHERE id = $1", {id}));
    if (rows.empty()) return base::NotFound("nothing was checked under this id: " + id.substr(0, 128));
    user_text = rows[0].Text(0);
    return connection.Execute("UPDATE checks SET fraud = $2 WHERE id = $1", {id, int64_t{*fraud}}).status();
  }));
  ASSIGN_OR_RETURN(const UserId user, UserId::Parse(user_text));
  if (*fraud) has_frauds_ = true;
  history_.Forget(user);
  std::string out;
  JsonWriter(out).BeginObject().Key("id").String(id).Key("stored").Bool(true).EndObject();
  return out;
}

std::string FraudDetector::Metrics() const {
  return fmt::format(
      "# TYPE fraud_checks_total counter\nfraud_checks_total {}\n"
      "# TYPE fraud_suspicious_total counter\nfraud_suspicious_total {}\n",
      checks_.load(), suspicious_.load());
}

}  // namespace finance::fraud_detector
