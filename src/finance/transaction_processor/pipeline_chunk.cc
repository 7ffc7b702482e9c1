// Large imports: the services are asked for a thousand rows at once, and what they said is stored in one
// transaction. Each row has its own trace all the same, linked with the import's: the predictor adds the spans
// that say why. The other services' spans are in the chunk's trace.
#include <awry/sdk/tracer.h>
#include <fmt/format.h>

#include "codec/json.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"
#include "finance/transaction_processor/pipeline.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using jobs::Job;
using jobs::JobResult;
using ledger::Category;
using ledger::Processing;

constexpr std::string_view kNdjson = "application/x-ndjson";

// Calls `visit` with each line; kInternal when there are not as many as asked for.
base::Status EachLine(std::string_view body, size_t wanted, std::string_view service,
                      const std::function<base::Status(size_t at, std::string_view line)>& visit) {
  size_t at = 0;
  while (!body.empty()) {
    const size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.empty()) continue;
    if (at == wanted) return base::Internal(fmt::format("{} answered with more lines than rows", service));
    RETURN_IF_ERROR(visit(at++, line));
  }
  if (at != wanted) return base::Internal(fmt::format("{} answered {} lines for {} rows", service, at, wanted));
  return {};
}

// A root span of the row's own, which leads to the import's trace.
awry::sdk::Span StartTrace(const StoredTransaction& stored, Outcome& outcome) {
  static const awry::sdk::Tracer tracer = awry::sdk::get_tracer("finance.transactions");
  const awry::sdk::SpanContext chunk = awry::sdk::Context::current().span_context();
  const awry::sdk::Context root;
  awry::sdk::Span span = tracer.start_span("process_transaction", {.kind = awry::sdk::SpanKind::kConsumer, .parent = &root});
  if (!span.context().is_valid()) return span;
  span.set_attribute("transaction.id", stored.row.id);
  span.set_attribute("user_id", stored.row.user_id.str());
  span.set_attribute("import.id", stored.row.import_id);
  span.add_link(chunk);
  outcome.trace_id = span.context().trace_id.hex();
  outcome.span_id = span.context().span_id.hex();
  return span;
}

void EndTrace(awry::sdk::Span& span, const Outcome& outcome, const base::Status& status) {
  if (!status.ok()) {
    span.set_status(awry::sdk::StatusCode::kError, status.message());
  } else if (outcome.predicted) {
    span.set_attribute("prediction.category", ledger::CategoryId(*outcome.predicted));
    span.set_attribute("prediction.confidence", outcome.confidence);
    span.set_attribute("model.version", outcome.model_version);
  }
  span.end();
}

Category CategoryOf(const StoredTransaction& stored, const Outcome& outcome) {
  const bool open = stored.row.category_source == ledger::CategorySource::kNone;
  return open && outcome.predicted ? *outcome.predicted : stored.row.category;
}

}  // namespace

base::Result<std::vector<StoredTransaction>> Pipeline::LoadChunk(const Job& job) {
  std::vector<StoredTransaction> rows;
  RETURN_IF_ERROR(jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
    size_t begin = 0;
    for (size_t end; (end = job.payload.find('\n', begin)) != std::string::npos; begin = end + 1) {
      ASSIGN_OR_RETURN(std::optional<StoredTransaction> row, FindTransaction(connection, job.payload.substr(begin, end - begin)));
      // Reverted meanwhile, or done by an attempt before.
      if (row && row->row.processing == Processing::kQueued) rows.push_back(std::move(*row));
    }
    return {};
  }));
  return rows;
}

JobResult Pipeline::ProcessChunk(const Job& job) {
  const auto rows = LoadChunk(job);
  if (!rows.ok()) return {.status = rows.status()};
  auto outcomes = std::make_shared<std::vector<Outcome>>();
  std::vector<awry::sdk::Span> spans;
  for (const StoredTransaction& row : *rows) {
    outcomes->push_back({.id = row.row.id, .processing = Processing::kDone});
    spans.push_back(StartTrace(row, outcomes->back()));
  }
  base::Status status = RunChunk(*rows, spans, *outcomes);
  for (size_t i = 0; i < spans.size(); ++i) EndTrace(spans[i], (*outcomes)[i], status);
  if (!status.ok()) return {.status = std::move(status)};
  JobResult result;
  result.commit = [this, outcomes, import_id = job.key](sql::Connection& connection) -> base::Status {
    int64_t ended = 0;
    for (const Outcome& outcome : *outcomes) {
      ASSIGN_OR_RETURN(const bool one, StoreOutcome(connection, outcome));
      ended += one ? 1 : 0;
    }
    return CountEnded(connection, import_id, ended);
  };
  return result;
}

base::Status Pipeline::RunChunk(const std::vector<StoredTransaction>& rows, const std::vector<awry::sdk::Span>& spans,
                                std::vector<Outcome>& outcomes) {
  RETURN_IF_ERROR(CategorizeChunk(rows, spans, outcomes));
  RETURN_IF_ERROR(CheckChunk(rows));
  return CountChunk(rows, outcomes);
}

base::Status Pipeline::CategorizeChunk(const std::vector<StoredTransaction>& rows, const std::vector<awry::sdk::Span>& spans,
                                       std::vector<Outcome>& outcomes) {
  std::string body;
  for (size_t i = 0; i < rows.size(); ++i) {
    body += CategorizeBody(rows[i].row, Text(rows[i].row), nullptr, jobs::ToTraceparent(spans[i].context())) + "\n";
  }
  ASSIGN_OR_RETURN(const std::string answer,
                   Call(*peers_.category_predictor, "category predictor", "POST", "/categorize/batch", std::move(body), kNdjson));
  return EachLine(answer, rows.size(), "category predictor", [&](size_t at, std::string_view line) {
    return ReadPrediction(line, outcomes[at]).WithContext(line.substr(0, 200));
  });
}

base::Status Pipeline::CheckChunk(const std::vector<StoredTransaction>& rows) {
  std::string body;
  for (const StoredTransaction& row : rows) body += FraudBody(row.row, Text(row.row)) + "\n";
  return Call(*peers_.fraud_detector, "fraud detector", "POST", "/check/batch", std::move(body), kNdjson).status();
}

// Rows of one import are all of one user.
base::Status Pipeline::CountChunk(const std::vector<StoredTransaction>& rows, const std::vector<Outcome>& outcomes) {
  if (rows.empty()) return {};
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("transactions").BeginArray();
  for (size_t i = 0; i < rows.size(); ++i) {
    json.BeginObject().Key("id").String(rows[i].row.id);
    if (Counts(rows[i])) {
      WriteCounted(json, rows[i], CategoryOf(rows[i], outcomes[i]), Text(rows[i].row));
    } else {
      json.Key("revision").Int(rows[i].revision).Key("removed").Bool(true);
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
  const std::string user = net::UrlEncode(rows.front().row.user_id.str());
  RETURN_IF_ERROR(Call(*peers_.spending_analyzer, "spending analyzer", "POST", "/statistics/" + user + "/batch", body).status());
  return Call(*peers_.budget_manager, "budget manager", "POST", "/spending/" + user + "/batch", std::move(body)).status();
}

}  // namespace finance::transaction_processor
