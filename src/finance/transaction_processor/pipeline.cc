#include "finance/transaction_processor/pipeline.h"

#include <fmt/format.h>


#include "codec/json.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"
#include "finance/ledger/mask.h"
#include "finance/transaction_processor/transaction_json.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::sdk::ScopedSpan;
using jobs::Job;
using jobs::JobResult;
using ledger::Category;
using ledger::Processing;
using ledger::Transaction;

constexpr int kLinksMax = 128;

// A process job's payload is the traceparent of its import, or "".
awry::sdk::SpanContext LinkOf(const Job& job) { return jobs::FromTraceparent(job.payload); }

void DescribeSpan(ScopedSpan& span, const Transaction& row) {
  span.set_attribute("transaction.id", row.id);
  span.set_attribute("user_id", row.user_id.str());
  if (!row.import_id.empty()) span.set_attribute("import.id", row.import_id);
}

}  // namespace

std::string FraudBody(const Transaction& row, const std::string& text) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(row.id).Key("user_id").String(row.user_id.str());
  json.Key("account").String(row.account).Key("merchant").String(text).Key("amount_minor").Int(row.amount.minor);
  json.Key("currency").String(row.amount.currency.str()).Key("at").String(AtText(row)).EndObject();
  return out;
}

void WriteCounted(JsonWriter& json, const StoredTransaction& stored, Category category, const std::string& text) {
  const Transaction& row = stored.row;
  const int64_t revision = stored.revision;
  json.Key("date").String(row.date.ToString()).Key("amount_minor").Int(row.amount.minor);
  json.Key("currency").String(row.amount.currency.str()).Key("category").String(ledger::CategoryId(category));
  json.Key("description").String(text).Key("revision").Int(revision);
  json.Key("account").String(row.account).Key("status").String(ledger::BankStatusName(row.status));
  if (!stored.tags.empty()) {
    json.Key("tags").BeginArray();
    for (const std::string& tag : stored.tags) json.String(tag);
    json.EndArray();
  }
  if (!stored.transfer_id.empty()) json.Key("transfer").Bool(true);
  if (!row.import_id.empty()) json.Key("import_id").String(row.import_id);
}

bool Counts(const StoredTransaction& stored) { return stored.deleted_ns == 0 && stored.part_count == 0; }

std::string CategorizeBody(const Transaction& row, const std::string& text, const Category* correction,
                           const std::string& traceparent) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(row.id).Key("user_id").String(row.user_id.str());
  json.Key("description").String(text).Key("amount_minor").Int(row.amount.minor);
  json.Key("currency").String(row.amount.currency.str()).Key("date").String(row.date.ToString());
  json.Key("account").String(row.account);
  if (row.mcc) json.Key("mcc").Int(*row.mcc);
  if (correction != nullptr) json.Key("category").String(ledger::CategoryId(*correction));
  if (!traceparent.empty()) json.Key("traceparent").String(traceparent);
  json.EndObject();
  return out;
}

base::Status ReadPrediction(std::string_view body, Outcome& outcome) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(body));
  const JsonValue root = document.root();
  const auto category = ledger::CategoryFromId(root.Find("category").AsString().value_or(""));
  const auto confidence = root.Find("confidence").AsDouble();
  if (!category || !confidence) return base::Internal("category predictor gave an answer without category or confidence");
  outcome.confidence = *confidence;
  outcome.model_version = std::string(root.Find("model_version").AsString().value_or(""));
  if (const JsonValue alternatives = root.Find("alternatives"); alternatives.is_array()) {
    JsonWriter(outcome.alternatives_json).Value(alternatives);
  }
  outcome.predicted = *category;
  return {};
}

// --- Arrivals ---

void Arrivals::Expect(const std::string& id) {
  base::MutexLock lock(mutex_);
  ++expected_[id].waiting;
}

void Arrivals::Announce(const std::string& id) {
  base::MutexLock lock(mutex_);
  const auto found = expected_.find(id);
  if (found == expected_.end()) return;
  found->second.arrived = true;
  arrived_.NotifyAll();
}

bool Arrivals::Wait(const std::string& id, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  base::MutexLock lock(mutex_);
  Expected& mine = expected_[id];
  while (!mine.arrived) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left.count() <= 0) break;
    arrived_.WaitFor(mutex_, left);
  }
  const bool arrived = mine.arrived;
  if (--mine.waiting <= 0) expected_.erase(id);
  return arrived;
}

// --- jobs ---

std::map<std::string, jobs::JobKind> Pipeline::JobKinds() {
  const auto bury = [this](sql::Connection& connection, const Job& job, const base::Status&) -> base::Status {
    ASSIGN_OR_RETURN(const std::optional<StoredTransaction> stored, FindTransaction(connection, job.key));
    if (!stored) return {};
    return End(connection, {.id = job.key, .processing = Processing::kFailed}, stored->row.import_id);
  };
  std::map<std::string, jobs::JobKind> kinds;
  kinds[std::string(kProcess)] = {"process_transaction", [this](const Job& j, ScopedSpan& s) { return Process(j, s); }, bury, LinkOf};
  kinds[std::string(kProcessChunk)] = {"process_transactions", [this](const Job& j, ScopedSpan&) { return ProcessChunk(j); },
                                       [this](sql::Connection& c, const Job& job, const base::Status&) -> base::Status {
                                         size_t begin = 0;
                                         for (size_t end; (end = job.payload.find('\n', begin)) != std::string::npos; begin = end + 1) {
                                           const Outcome failed{.id = job.payload.substr(begin, end - begin), .processing = Processing::kFailed};
                                           RETURN_IF_ERROR(End(c, failed, job.key));
                                         }
                                         return {};
                                       },
                                       {}};
  kinds[std::string(kRetract)] = {"retract_transaction", [this](const Job& j, ScopedSpan&) { return Retract(j); }, {}, {}};
  kinds[std::string(kRecategorize)] = {"recategorize_transaction", [this](const Job& j, ScopedSpan& s) { return Recategorize(j, s); }, {}, {}};
  kinds[std::string(kFeedback)] = {"send_feedback", [this](const Job& j, ScopedSpan& s) { return Feedback(j, s); }, {}, {}};
  kinds[std::string(kLabel)] = {"label_trace", [this](const Job& j, ScopedSpan&) { return Label(j); }, {}, {}};
  kinds[std::string(kFinishImport)] = {"finish_import", [this](const Job& j, ScopedSpan& s) { return FinishImport(j, s); }, {}, {}};
  for (auto& [name, kind] : kinds) {
    kind.run = [this, run = std::move(kind.run)](const Job& job, ScopedSpan& span) {
      const RunningJobs::Mark mark(running_);
      return run(job, span);
    };
  }
  return kinds;
}

base::Result<std::optional<StoredTransaction>> Pipeline::Load(const std::string& id) {
  std::optional<StoredTransaction> stored;
  RETURN_IF_ERROR(jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(stored, FindTransaction(connection, id));
    return {};
  }));
  return stored;
}

std::string Pipeline::Text(const Transaction& row) const {
  return options_.mask ? ledger::MaskText(row.description) : row.description;
}

base::Result<std::string> Pipeline::Call(net::HttpClient& peer, std::string_view name, std::string method,
                                         std::string target, std::string body, std::string_view content_type) {
  net::HttpRequest request{.method = std::move(method), .target = std::move(target), .body = std::move(body)};
  if (&peer != peers_.awry) request.headers = peers_.headers;
  request.headers.emplace_back("content-type", content_type);
  auto response = peer.Send(std::move(request));
  if (!response.ok()) return response.status().WithContext(name);
  if (response->status >= 200 && response->status < 300) return std::move(response->body);
  // A wrong token or a route that is not there yet may be put right: the job must not die of it.
  const bool later = response->status == 401 || response->status == 403 || response->status == 404 || response->status == 405;
  const base::StatusCode code = later ? base::StatusCode::kUnavailable : base::StatusCodeOfHttp(response->status);
  return base::Status(code, fmt::format("{} answered {}: {}", name, response->status, response->body.substr(0, 200)));
}

JobResult Pipeline::Process(const Job& job, ScopedSpan& span) {
  const auto stored = Load(job.key);
  if (!stored.ok()) return {.status = stored.status()};
  if (!*stored) return {};  // reverted meanwhile
  const Transaction& row = (*stored)->row;
  DescribeSpan(span, row);
  auto outcome = std::make_shared<Outcome>(Outcome{.id = row.id});
  if (span.context().is_valid()) {
    outcome->trace_id = span.context().trace_id.hex();
    outcome->span_id = span.context().span_id.hex();
  }
  JobResult result{.status = RunSteps(**stored, *outcome)};
  outcome->processing = result.status.ok() ? Processing::kDone : Processing::kQueued;
  result.commit = [this, outcome, import_id = row.import_id](sql::Connection& connection) {
    return End(connection, *outcome, import_id);
  };
  result.after = [this, id = row.id, ended = result.status.ok()] {
    if (ended) arrivals_.Announce(id);
  };
  return result;
}

base::Status Pipeline::RunSteps(const StoredTransaction& stored, Outcome& outcome) {
  const Transaction& row = stored.row;
  Category category = row.category;
  if (!stored.predicted) {
    RETURN_IF_ERROR(Categorize(row, outcome));
    if (row.category_source == ledger::CategorySource::kNone) category = *outcome.predicted;
  }
  RETURN_IF_ERROR(CheckFraud(row));
  return Count(stored, category);
}

base::Status Pipeline::Categorize(const Transaction& row, Outcome& outcome) {
  ASSIGN_OR_RETURN(const std::string body, Call(*peers_.category_predictor, "category predictor", "POST", "/categorize",
                                                CategorizeBody(row, Text(row), nullptr)));
  return ReadPrediction(body, outcome);
}

base::Status Pipeline::Uncount(const std::string& place) {
  RETURN_IF_ERROR(Call(*peers_.spending_analyzer, "spending analyzer", "DELETE", "/statistics" + place, "").status());
  return Call(*peers_.budget_manager, "budget manager", "DELETE", "/spending" + place, "").status();
}

base::Status Pipeline::CheckFraud(const Transaction& row) {
  return Call(*peers_.fraud_detector, "fraud detector", "POST", "/check", FraudBody(row, Text(row))).status();
}

// A deleted row counts nowhere, and of a split one its parts count.
base::Status Pipeline::Count(const StoredTransaction& stored, Category category) {
  const Transaction& row = stored.row;
  const std::string place = fmt::format("/{}/transactions/{}", net::UrlEncode(row.user_id.str()), net::UrlEncode(row.id));
  if (!Counts(stored)) return Uncount(fmt::format("{}?revision={}", place, stored.revision));
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  WriteCounted(json, stored, category, Text(row));
  json.EndObject();
  RETURN_IF_ERROR(Call(*peers_.spending_analyzer, "spending analyzer", "PUT", "/statistics" + place, body).status());
  return Call(*peers_.budget_manager, "budget manager", "PUT", "/spending" + place, body).status();
}

// Runs in the transaction that ends the job.
base::Status Pipeline::End(sql::Connection& connection, const Outcome& outcome, const std::string& import_id) {
  ASSIGN_OR_RETURN(const bool ended, StoreOutcome(connection, outcome));
  return ended ? CountEnded(connection, import_id, 1) : base::OkStatus();
}

base::Status Pipeline::CountEnded(sql::Connection& connection, const std::string& import_id, int64_t rows) {
  if (rows == 0 || import_id.empty()) return {};
  ASSIGN_OR_RETURN(const std::optional<Import> import, CountDone(connection, import_id, rows));
  jobs::JobQueue* queue = queue_.load();
  if (!import || import->state != ImportState::kDone || queue == nullptr) return {};
  RETURN_IF_ERROR(queue->Enqueue(connection, {std::string(kFinishImport), import_id, "", import->traceparent}));
  queue->Wake();
  return {};
}

// Payload: "USER REVISION".
JobResult Pipeline::Retract(const Job& job) {
  const size_t blank = job.payload.rfind(' ');
  if (blank == std::string::npos) return {.status = base::InvalidArgument("payload of a retraction is broken")};
  const std::string place = fmt::format("/{}/transactions/{}?revision={}", net::UrlEncode(job.payload.substr(0, blank)),
                                        net::UrlEncode(job.key), job.payload.substr(blank + 1));
  return {.status = Uncount(place)};
}

JobResult Pipeline::Recategorize(const Job& job, ScopedSpan& span) {
  const auto stored = Load(job.key);
  if (!stored.ok()) return {.status = stored.status()};
  if (!*stored) return {};
  DescribeSpan(span, (*stored)->row);
  return {.status = Count(**stored, (*stored)->row.category)};
}

JobResult Pipeline::Feedback(const Job& job, ScopedSpan& span) {
  const auto stored = Load(job.key);
  if (!stored.ok()) return {.status = stored.status()};
  if (!*stored) return {};
  const Transaction& row = (*stored)->row;
  DescribeSpan(span, row);
  const std::string line = CategorizeBody(row, Text(row), &row.category) + "\n";
  return {.status = Call(*peers_.category_predictor, "category predictor", "POST", "/feedback", line, "application/x-ndjson").status()};
}

// Payload: the body of POST /api/v1/labels.
JobResult Pipeline::Label(const Job& job) {
  return {.status = Call(*peers_.awry, "Awry", "POST", "/api/v1/labels", job.payload).status()};
}

JobResult Pipeline::FinishImport(const Job& job, ScopedSpan& span) {
  std::vector<ImportedRow> rows;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(rows, ReadImportedRows(connection, job.key, kLinksMax));
        return {};
      });
  span.set_attribute("import.id", job.key);
  for (const ImportedRow& row : rows) {
    const auto trace = awry::sdk::TraceId::from_hex(row.trace_id);
    const auto first = awry::sdk::SpanId::from_hex(row.span_id);
    if (trace && first) span.add_link({.trace_id = *trace, .span_id = *first, .trace_flags = 1}, {{"transaction.id", row.id}});
  }
  return {.status = status};
}

}  // namespace finance::transaction_processor
