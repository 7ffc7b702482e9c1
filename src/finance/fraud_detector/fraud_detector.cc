#include "finance/fraud_detector/fraud_detector.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/json.h"
#include "finance/fraud_detector/case_list.h"
#include "finance/ledger/at_time.h"
#include "finance/jobs/erase_route.h"
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
    "CREATE INDEX checks_fraud_by_terminal ON checks (terminal, at_ns) WHERE fraud = 1",
    kModelSteps[0],
    kModelSteps[1],
    kCaseSteps[0],
    kCaseSteps[1],
    kCaseSteps[2]};

// Older checks say nothing of a place or of a user's frauds any more.
constexpr int64_t kReloadNs = int64_t{kPlaceDaysMax + 15} * 86'400 * 1'000'000'000;
constexpr size_t kNewFraudsMin = 10;  // and a tenth of those known: then it is worth to learn again

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

// The caller's fault concerns one line; anything else the whole transaction.
bool IsCallersFault(const base::Status& status) {
  return status.code() == base::StatusCode::kInvalidArgument || status.code() == base::StatusCode::kNotFound ||
         status.code() == base::StatusCode::kResourceExhausted;
}

Charge ChargeOf(const sql::Row& row, size_t first) {
  return {row.Text(first),    row.Text(first + 1), row.Text(first + 2),
          row.Int(first + 3), row.Int(first + 4),  row.Int(first + 5) != 0};
}

// Of a check made before signals were kept, nothing is known.
Signals SignalsOf(const sql::Row& row, size_t column) {
  auto signals = DecodeSignals(row.Text(column));
  if (signals.ok()) return *signals;
  Signals unknown;
  unknown[Signal::kAmountRatio] = -1;
  return unknown;
}

}  // namespace

FraudDetector::FraudDetector(sql::Database& database, const DetectorOptions& options)
    : database_(database), options_(options), shared_(database.system() != "sqlite"), models_(database, options.learn),
      history_([this](const UserId& user) { return LoadHistory(user); }) {}

base::Result<std::unique_ptr<FraudDetector>> FraudDetector::Create(sql::Database& database,
                                                                   const DetectorOptions& options) {
  RETURN_IF_ERROR(database.Migrate(kSteps));
  std::unique_ptr<FraudDetector> service(new FraudDetector(database, options));
  {
    const base::MutexLock lock(service->judge_mutex_);
    RETURN_IF_ERROR(service->Reload());
  }
  if (options.learn_in_background) {
    service->learner_ = std::jthread([raw = service.get()](const std::stop_token& stop) { raw->LearnWhenWorthIt(stop); });
  }
  return service;
}

FraudDetector::~FraudDetector() {
  learner_.request_stop();
  const base::MutexLock lock(wish_mutex_);
  wish_.NotifyAll();
}

base::Result<std::vector<History::Entry>> FraudDetector::LoadHistory(const UserId& user) {
  std::vector<History::Entry> entries;
  const auto read = [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT id, merchant, terminal, currency, amount_minor, at_ns, day_only FROM checks"
                                      " WHERE user_id = $1 AND (fraud IS NULL OR fraud = 0) ORDER BY at_ns DESC LIMIT $2",
                                      {user.str(), static_cast<int64_t>(kHistoryChargesMax)}));
    for (const sql::Row& row : rows) entries.push_back({row.Text(0), ChargeOf(row, 1)});
    return {};
  };
  // Inside a transaction its own rows count.
  RETURN_IF_ERROR(connection_ != nullptr ? read(*connection_) : jobs::TracedRead(database_, "SELECT checks", read));
  std::reverse(entries.begin(), entries.end());
  return entries;
}

base::Status FraudDetector::Reload() {
  history_.ForgetAll();
  auto scorer = std::make_unique<Scorer>(history_);
  size_t frauds = 0;
  const auto read = [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows newest, connection.Query("SELECT MAX(at_ns) FROM checks"));
    if (newest.empty() || newest[0].is_null(0)) return {};
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT id, user_id, merchant, terminal, currency, amount_minor, at_ns, day_only,"
                                      " fraud, signals FROM checks WHERE at_ns > $1 ORDER BY at_ns",
                                      {newest[0].Int(0) - kReloadNs}));
    for (const sql::Row& row : rows) scorer->Restore(ChargeOf(row, 2));
    for (const sql::Row& row : rows) {
      if (row.is_null(8)) continue;
      ASSIGN_OR_RETURN(UserId user, UserId::Parse(row.Text(1)));
      frauds += row.Int(8) != 0 ? 1 : 0;
      scorer->Learn({row.Text(0), std::move(user), ChargeOf(row, 2), SignalsOf(row, 9), row.Int(8) != 0, false});
    }
    return {};
  };
  RETURN_IF_ERROR(database_.Read(read));
  ASSIGN_OR_RETURN(std::shared_ptr<const FraudModel> model, models_.Newest());
  const bool has_model = model != nullptr;
  scorer->set_model(std::move(model));
  scorer_ = std::move(scorer);
  const base::MutexLock lock(wish_mutex_);
  frauds_known_ = frauds;
  if (frauds_wanted_ == 0) {
    frauds_wanted_ = std::max(options_.learn.frauds_min + kNewFraudsMin, has_model ? frauds + frauds / 10 + kNewFraudsMin : 0);
  }
  return {};
}

base::Status FraudDetector::InOneWrite(std::string_view summary,
                                       const std::function<base::Status(sql::Connection&)>& body) {
  const base::MutexLock lock(judge_mutex_);
  bool again = false;
  const base::Status status = jobs::TracedWrite(database_, summary, [&](sql::Connection& connection) -> base::Status {
    if (again) RETURN_IF_ERROR(Reload());  // the first run was rolled back
    again = true;
    connection_ = &connection;
    base::Status done = body(connection);
    connection_ = nullptr;
    return done;
  });
  if (!status.ok()) RETURN_IF_ERROR(Reload().WithContext("after a write that failed"));
  return status;
}

HttpResponse FraudDetector::Lines(std::string_view body, std::string_view summary, LineMethod method) {
  HttpResponse response{.headers = {{"Content-Type", "application/x-ndjson"}}};
  size_t before = 0;  // lines
  while (!body.empty()) {
    size_t end = 0;
    size_t lines = 0;
    for (; end < body.size() && lines < kBatchLinesPerWrite; ++lines) {
      end = std::min(body.find('\n', end), body.size() - 1) + 1;
    }
    std::string answers;
    const base::Status status = InOneWrite(summary, [&](sql::Connection& connection) {
      base::Status broken;
      answers = jobs::MapLines(
          body.substr(0, end),
          [&](size_t number, std::string_view line) {
            if (!broken.ok()) return std::string();
            auto answer = (this->*method)(connection, line);
            if (answer.ok()) return std::move(*answer);
            if (!IsCallersFault(answer.status())) broken = answer.status();
            return LineError(before + number, answer.status());
          },
          [&](size_t number, const base::Status& failed) { return LineError(before + number, failed); });
      return broken;
    });
    if (!status.ok()) {
      // Earlier pieces are stored; of this one nothing is.
      answers = jobs::MapLines(
          body.substr(0, end), [&](size_t number, std::string_view) { return LineError(before + number, status); },
          [&](size_t number, const base::Status&) { return LineError(before + number, status); });
    }
    response.body += answers;
    before += lines;
    body.remove_prefix(end);
  }
  return response;
}

HttpResponse FraudDetector::One(std::string_view body) {
  base::Result<std::string> answer = base::Unavailable("check was not stored");
  const base::Status status = InOneWrite("INSERT checks", [&](sql::Connection& connection) {
    answer = Check(connection, body);
    return answer.ok() || IsCallersFault(answer.status()) ? base::Status() : answer.status();
  });
  if (!status.ok()) return net::ErrorResponse(status);
  return answer.ok() ? net::JsonResponse(200, std::move(*answer)) : net::ErrorResponse(answer.status());
}

void FraudDetector::AddRoutes(net::Router& router) {
  router.Add("POST", "/check", jobs::ForJson([this](const HttpRequest& request) { return One(request.body); }));
  const auto lines = [this](std::string_view summary, LineMethod method) {
    return jobs::ForContentType("application/x-ndjson", [this, summary, method](const HttpRequest& request) {
      return Lines(request.body, summary, method);
    });
  };
  router.Add("POST", "/check/batch", lines("INSERT checks", &FraudDetector::Check));
  router.Add("POST", "/feedback", lines("UPDATE checks", &FraudDetector::Feedback));
  router.Add("GET", "/checks/{id}", [this](const HttpRequest& request) {
    const std::string id(request.path_param("id"));
    std::optional<std::string> stored;
    const base::Status status = jobs::TracedRead(database_, "SELECT checks", [&](sql::Connection& connection) -> base::Status {
      ASSIGN_OR_RETURN(stored, StoredAnswer(connection, id));
      return {};
    });
    if (!status.ok()) return net::ErrorResponse(status);
    if (!stored) return net::ErrorResponse(base::NotFound("nothing was checked under this id: " + id));
    return net::JsonResponse(200, std::move(*stored));
  });
  AddModelRoutes(router);
  AddCaseRoutes(router);
  jobs::AddEraseRoute(router, database_,
                      {{"DELETE FROM checks WHERE user_id = $1"}, [this](const std::string&) {
                         // What places know came from this user, too: it is counted anew.
                         const base::MutexLock lock(judge_mutex_);
                         if (!Reload().ok()) ++failures_;
                       }});
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

base::Result<std::optional<std::string>> FraudDetector::StoredAnswer(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT answer FROM checks WHERE id = $1", {id}));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional<std::string>(rows[0].Text(0));
}

base::Result<std::string> FraudDetector::Check(sql::Connection& connection, std::string_view json) {
  ASSIGN_OR_RETURN(const CheckRequest check, ReadCheck(json));
  ASSIGN_OR_RETURN(std::optional<std::string> known, StoredAnswer(connection, check.id));
  if (known) return std::move(*known);
  if (shared_) history_.Forget(check.user);
  ASSIGN_OR_RETURN(const Judgement judgement, scorer_->Judge(check.user, check.charge));
  std::string answer = AnswerJson(check.id, judgement.assessment);
  const Charge& charge = check.charge;
  ASSIGN_OR_RETURN(const int64_t rows,
                   connection.Execute("INSERT INTO checks (id, user_id, merchant, terminal, currency, amount_minor, at_ns,"
                                      " day_only, suspicious, answer, signals)"
                                      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
                                      {check.id, check.user.str(), charge.merchant, charge.terminal, charge.currency,
                                       charge.amount_minor, charge.at_ns, int64_t{charge.day_only},
                                       int64_t{judgement.assessment.suspicious}, answer, EncodeSignals(judgement.signals)}));
  if (rows == 0) {  // another process was first: its answer counts
    ASSIGN_OR_RETURN(std::optional<std::string> first, StoredAnswer(connection, check.id));
    return first ? std::move(*first) : std::move(answer);
  }
  scorer_->Add(check.user, check.id, charge);
  ++checks_;
  if (judgement.assessment.suspicious) ++suspicious_;
  return answer;
}

base::Result<std::string> FraudDetector::Feedback(sql::Connection& connection, std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  ASSIGN_OR_RETURN(const std::string id, RequiredText(document.root(), "id"));
  const auto fraud = document.root().Find("fraud").AsBool();
  if (!fraud) return base::InvalidArgument("field is missing or no boolean: fraud");
  RETURN_IF_ERROR(SetLabel(connection, id, *fraud));
  std::string out;
  JsonWriter(out).BeginObject().Key("id").String(id).Key("stored").Bool(true).EndObject();
  return out;
}

base::Status FraudDetector::SetLabel(sql::Connection& connection, const std::string& id, std::optional<bool> fraud) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, user_id, merchant, terminal, currency, amount_minor, at_ns, day_only, fraud,"
                                    " signals FROM checks WHERE id = $1",
                                    {id}));
  if (rows.empty()) return base::NotFound("nothing was checked under this id: " + id.substr(0, 128));
  ASSIGN_OR_RETURN(UserId user, UserId::Parse(rows[0].Text(1)));
  const auto stored = fraud ? connection.Execute("UPDATE checks SET fraud = $2 WHERE id = $1", {id, int64_t{*fraud}})
                            : connection.Execute("UPDATE checks SET fraud = NULL WHERE id = $1", {id});
  RETURN_IF_ERROR(stored.status());
  const bool was_fraud = rows[0].Int(8) != 0;
  const bool is_fraud = fraud.value_or(false);
  scorer_->Learn({id, std::move(user), ChargeOf(rows[0], 2), SignalsOf(rows[0], 9), is_fraud, was_fraud});
  if (is_fraud && !was_fraud) {
    const base::MutexLock lock(wish_mutex_);
    if (++frauds_known_ >= frauds_wanted_) wish_.NotifyAll();
  }
  return {};
}

base::Result<LearnReport> FraudDetector::Learn() {
  const base::MutexLock one_at_a_time(learn_mutex_);
  std::shared_ptr<const FraudModel> current;
  int32_t known_day = 0;
  {
    const base::MutexLock lock(judge_mutex_);
    current = scorer_->model();
    known_day = scorer_->known_day();
  }
  if (known_day == kNothingKnown) {
    return base::FailedPrecondition("nothing to learn from yet; send labels to /feedback first");
  }
  std::shared_ptr<const FraudModel> promoted;
  ASSIGN_OR_RETURN(LearnReport report, models_.Learn(current.get(), known_day, promoted));
  if (promoted != nullptr) {
    const base::MutexLock lock(judge_mutex_);
    scorer_->set_model(std::move(promoted));
  }
  return report;
}

void FraudDetector::LearnWhenWorthIt(const std::stop_token& stop) {
  while (true) {
    {
      const base::MutexLock lock(wish_mutex_);
      while (!stop.stop_requested() && frauds_known_ < frauds_wanted_) wish_.Wait(wish_mutex_);
      if (stop.stop_requested()) return;
      frauds_wanted_ = frauds_known_ + std::max(kNewFraudsMin, frauds_known_ / 10);
    }
    const auto report = Learn();
    if (!report.ok() && report.status().code() != base::StatusCode::kFailedPrecondition) ++failures_;
  }
}

std::string FraudDetector::Metrics() const {
  return fmt::format(
      "# TYPE fraud_checks_total counter\nfraud_checks_total {}\n"
      "# TYPE fraud_suspicious_total counter\nfraud_suspicious_total {}\n"
      "# TYPE fraud_failures_total counter\nfraud_failures_total {}\n",
      checks_.load(), suspicious_.load(), failures_.load());
}

}  // namespace finance::fraud_detector
