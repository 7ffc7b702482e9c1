// POST /learn and GET /models: a model made now, and what those that were promoted could do.
#include "finance/fraud_detector/fraud_detector.h"

namespace finance::fraud_detector {

using awry::codec::JsonWriter;
using net::HttpRequest;
using net::HttpResponse;

namespace sql = awry::sql;

void FraudDetector::AddModelRoutes(net::Router& router) {
  router.Add("POST", "/learn", [this](const HttpRequest&) { return LearnNow(); });
  router.Add("GET", "/models", [this](const HttpRequest&) { return Models(); });
}

HttpResponse FraudDetector::LearnNow() {
  const auto report = Learn();
  if (!report.ok()) return net::ErrorResponse(report.status());
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("promoted").Bool(report->promoted).Key("version").String(report->version);
  json.Key("rows").UInt(report->trial.rows).Key("frauds").UInt(report->trial.frauds);
  json.Key("candidate_precision").Double(report->trial.candidate_precision);
  json.Key("current_precision").Double(report->trial.current_precision).EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse FraudDetector::Models() {
  const auto rows = database_.Query("SELECT version, trained_ns, frauds, candidate_precision, current_precision"
                                    " FROM fraud_models ORDER BY number DESC LIMIT 1000");
  if (!rows.ok()) return net::ErrorResponse(rows.status());
  std::string current = "rules";
  {
    const base::MutexLock lock(judge_mutex_);
    if (scorer_->model() != nullptr) current = scorer_->model()->version();
  }
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("current").String(current).Key("threshold").Double(kSuspiciousScore).Key("models").BeginArray();
  for (const sql::Row& row : *rows) {
    json.BeginObject().Key("version").String(row.Text(0)).Key("trained_until_ns").Int(row.Int(1));
    json.Key("frauds").Int(row.Int(2)).Key("candidate_precision").Double(row.Real(3));
    json.Key("current_precision").Double(row.Real(4)).EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace finance::fraud_detector
