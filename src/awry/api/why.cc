// POST /api/v1/why with its progress, unusual facts and invariants.
#include "awry/why/why.h"

#include <fmt/format.h>

#include "awry/api/context.h"
#include "awry/api/request_json.h"
#include "awry/api/trace_id_text.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr size_t kCausesMax = 100;

base::Status ReadSubject(codec::JsonValue body, why::Question& question) {
  ASSIGN_OR_RETURN(const std::string trace_id, TextMember(body, "trace_id"));
  ASSIGN_OR_RETURN(question.bad_query, TextMember(body, "bad"));
  ASSIGN_OR_RETURN(question.good_query, TextMember(body, "good"));
  ASSIGN_OR_RETURN(const auto onset, TimeMember(body, "onset"));
  if (!question.good_query.empty() && question.bad_query.empty())
    return base::InvalidArgument("'good' needs 'bad' beside it");
  if ((trace_id.empty() ? 0 : 1) + (question.bad_query.empty() ? 0 : 1) +
          (onset.has_value() ? 1 : 0) >
      1) {
    return base::InvalidArgument("ask one question at a time: 'trace_id', 'bad' or 'onset'");
  }
  if (!trace_id.empty()) {
    const auto id = ParseTraceId(trace_id);
    if (!id.has_value()) return base::InvalidArgument("'trace_id' must be 1 to 32 hex digits");
    question.kind = why::QuestionKind::kSingle;
    question.trace = *id;
  }
  if (onset.has_value()) {
    question.kind = why::QuestionKind::kOnset;
    question.onset_ns = *onset;
  }
  return base::OkStatus();
}

base::Result<why::Question> QuestionOf(codec::JsonValue body) {
  if (!body.is_object()) return base::InvalidArgument("request body must be an object");
  why::Question question;
  RETURN_IF_ERROR(ReadSubject(body, question));
  ASSIGN_OR_RETURN(const query::Window window, WindowMembers(body));
  question.since_ns = window.from_ns;
  question.until_ns = window.until_ns;
  ASSIGN_OR_RETURN(question.limit, LimitMember(body, question.limit, kCausesMax));
  return question;
}

// The first query that does not parse, with its place.
base::Status CheckQueries(const why::Question& question, query::ParseError& error) {
  for (const std::string* text : {&question.bad_query, &question.good_query}) {
    if (text->empty()) continue;
    const auto parsed = query::Parse(*text, &error);
    if (!parsed.ok()) return parsed.status();
  }
  return base::OkStatus();
}

std::string SseEvent(std::string_view name, std::string_view json) {
  return fmt::format("event: {}\ndata: {}\n\n", name, json);
}

// One question takes a processor for seconds; beyond these the other routes would wait.
constexpr int kQuestionsMax = 4;

// Answers, unless too many are being answered already.
base::Result<why::Answer> Answer(Context& context, const why::Question& question,
                                 const why::Progress& progress) {
  if (context.questions.fetch_add(1) >= kQuestionsMax) {
    --context.questions;
    return base::ResourceExhausted(fmt::format(
        "{} questions are being answered already: ask again in a moment", kQuestionsMax));
  }
  auto answer = context.engine.Explain(question, progress);
  --context.questions;
  return answer;
}

HttpResponse Streamed(const ContextPtr& context, why::Question question) {
  HttpResponse response;
  net::SetHeader(response.headers, "Content-Type", "text/event-stream");
  net::SetHeader(response.headers, "Cache-Control", "no-store");
  response.stream = [context, question = std::move(question)](const net::BodyWriter& write) {
    const auto progress = [&](std::string_view step, double done) {
      std::string json;
      codec::JsonWriter(json)
          .BeginObject()
          .Key("step")
          .String(step)
          .Key("done")
          .Double(done)
          .EndObject();
      return write(SseEvent("progress", json));
    };
    const auto answer = Answer(*context, question, progress);
    return write(answer.ok() ? SseEvent("answer", why::ToJson(*answer))
                            : SseEvent("error", net::ErrorResponse(answer.status()).body));
  };
  return response;
}

HttpResponse Why(const ContextPtr& context, const HttpRequest& request) {
  const auto json = ParseBody(request);
  if (!json.ok()) return net::ErrorResponse(json.status());
  auto question = QuestionOf(json->root());
  if (!question.ok()) return net::ErrorResponse(question.status());
  query::ParseError error;
  if (const base::Status parsed = CheckQueries(*question, error); !parsed.ok())
    return QueryFailure(parsed, error);
  if (request.header("Accept").find("text/event-stream") != std::string_view::npos) {
    return Streamed(context, *std::move(question));
  }
  const auto answer = Answer(*context, *question, {});
  if (!answer.ok()) return net::ErrorResponse(answer.status());
  return net::JsonResponse(200, why::ToJson(*answer));
}

HttpResponse Unusual(Context& context, const HttpRequest& request) {
  const auto id = ParseTraceId(request.path_param("id"));
  if (!id.has_value())
    return net::ErrorResponse(base::InvalidArgument("trace id must be 1 to 32 hex digits"));
  const auto facts = context.engine.UnusualFacts(*id);
  if (!facts.ok()) return net::ErrorResponse(facts.status());
  return net::JsonResponse(200, why::ToJson(*facts));
}

HttpResponse Invariants(Context& context) {
  const auto invariants = context.engine.Invariants();
  if (!invariants.ok()) return net::ErrorResponse(invariants.status());
  return net::JsonResponse(200, why::ToJson(*invariants));
}

}  // namespace

void AddWhy(const ContextPtr& context, const AddRoute& add) {
  add("POST", "/api/v1/why",
      [context](const HttpRequest& request) { return Why(context, request); });
  add("GET", "/api/v1/traces/{id}/unusual",
      [context](const HttpRequest& request) { return Unusual(*context, request); });
  add("GET", "/api/v1/invariants", [context](const HttpRequest&) { return Invariants(*context); });
}

}  // namespace awry::api
