// GET /cases/{user_id}, POST /cases/{user_id}/{id}: what a person has to look at, and their word on it.
#include <charconv>
#include <functional>

#include "finance/fraud_detector/case_list.h"
#include "finance/fraud_detector/fraud_detector.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/traced_sql.h"

namespace finance::fraud_detector {
namespace {

using awry::codec::JsonDocument;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

namespace sql = awry::sql;

std::string QueryText(const HttpRequest& request, const char* name) {
  const std::string* value = request.query_param(name);
  return value == nullptr ? std::string() : *value;
}

base::Result<CaseQuestion> QuestionOf(const HttpRequest& request) {
  CaseQuestion question{.cursor = QueryText(request, "cursor")};
  const std::string state = QueryText(request, "state");
  if (!state.empty() && state != "open" && state != "decided") {
    return base::InvalidArgument("state must be open or decided: " + state.substr(0, 20));
  }
  question.decided = state == "decided";
  const std::string limit = QueryText(request, "limit");
  if (limit.empty()) return question;
  const auto [stop, error] = std::from_chars(limit.data(), limit.data() + limit.size(), question.limit);
  if (error != std::errc() || stop != limit.data() + limit.size() || question.limit < 1 || question.limit > kCasesShownMax) {
    return base::InvalidArgument("limit must be 1 to " + std::to_string(kCasesShownMax) + ": " + limit.substr(0, 20));
  }
  return question;
}

// "fraud", "right", or "open": the label is taken back.
base::Result<std::optional<bool>> VerdictOf(std::string_view body) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(body));
  const std::string_view verdict = document.root().Find("verdict").AsString().value_or("");
  if (verdict == "fraud") return std::optional<bool>(true);
  if (verdict == "right") return std::optional<bool>(false);
  if (verdict == "open") return std::optional<bool>();
  return base::InvalidArgument("verdict must be fraud, right or open: " + std::string(verdict.substr(0, 20)));
}

}  // namespace

void FraudDetector::AddCaseRoutes(net::Router& router) {
  router.Add("GET", "/cases/{user_id}", jobs::Bound(this, &FraudDetector::ListCases));
  router.Add("POST", "/cases/{user_id}/{id}", jobs::ForJson(jobs::Bound(this, &FraudDetector::DecideCase)));
}

HttpResponse FraudDetector::ListCases(const HttpRequest& request) {
  const auto user = UserId::Parse(request.path_param("user_id"));
  if (!user.ok()) return ErrorResponse(user.status());
  const auto question = QuestionOf(request);
  if (!question.ok()) return ErrorResponse(question.status());
  std::string answer;
  const base::Status status = jobs::TracedRead(database_, "SELECT checks", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(answer, CasesJson(connection, *user, *question));
    return {};
  });
  return status.ok() ? net::JsonResponse(200, std::move(answer)) : ErrorResponse(status);
}

HttpResponse FraudDetector::DecideCase(const HttpRequest& request) {
  const auto user = UserId::Parse(request.path_param("user_id"));
  if (!user.ok()) return ErrorResponse(user.status());
  const auto verdict = VerdictOf(request.body);
  if (!verdict.ok()) return ErrorResponse(verdict.status());
  const std::string id(request.path_param("id"));
  base::Result<std::string> answer = base::Unavailable("verdict was not stored");
  const base::Status status = InOneWrite("UPDATE checks", [&](sql::Connection& connection) -> base::Status {
    answer = CaseJson(connection, *user, id);
    if (answer.status().code() == base::StatusCode::kNotFound) return {};  // nothing to undo
    RETURN_IF_ERROR(answer.status());
    RETURN_IF_ERROR(SetLabel(connection, id, *verdict));
    answer = CaseJson(connection, *user, id);
    return answer.status();
  });
  if (!status.ok()) return ErrorResponse(status);
  return answer.ok() ? net::JsonResponse(200, std::move(*answer)) : ErrorResponse(answer.status());
}

}  // namespace finance::fraud_detector
