#include "awry/ingest/intake.h"

#include <string>

namespace awry::ingest {

using base::Status;
using base::StatusCode;

namespace {

// Requests below this take no part in the budget: many of them pass while large ones wait.
constexpr size_t kDecodeBytesFree = size_t{4} << 20;

void Count(const Intake& intake, const Outcome& outcome, size_t spans, IngestStats* stats) {
  if (stats == nullptr) return;
  if (outcome.status.ok()) {
    stats->Accepted(intake.protocol, spans, intake.body_bytes);
    stats->SpansRejected(intake.protocol, outcome.report.rejected);
  } else if (outcome.retryable()) {
    stats->Refused(intake.protocol, Refusal::kOverload);
  } else {
    stats->Refused(intake.protocol, outcome.decoded ? Refusal::kStoreFailed : Refusal::kMalformed);
  }
}

}  // namespace

bool Outcome::retryable() const {
  return overloaded || (decoded && (status.code() == StatusCode::kResourceExhausted ||
                                    status.code() == StatusCode::kUnavailable));
}

Outcome TakeIn(store::TraceStore& store, const ReceiverOptions& options, const Intake& intake,
               const Decode& decode) {
  Outcome outcome;
  net::BudgetShare share(options.decode_budget);
  const size_t bytes = intake.body_bytes * intake.decode_factor;
  if (bytes > kDecodeBytesFree && !share.GrowTo(bytes)) {
    outcome.overloaded = true;
    outcome.status = base::ResourceExhausted(
        "too many large requests at once; try again, or send smaller ones: this one has " +
        std::to_string(intake.body_bytes) + " bytes");
    Count(intake, outcome, 0, options.stats);
    return outcome;
  }
  const auto batch = store.NewBatch();
  outcome.status = decode(*batch, outcome.report);
  outcome.decoded = outcome.status.ok();
  if (outcome.decoded && batch->span_count() > 0) outcome.status = batch->Commit();
  Count(intake, outcome, batch->span_count(), options.stats);
  return outcome;
}

net::HttpResponse PlainAnswer(const Outcome& outcome, std::string_view what,
                              const ReceiverOptions& options) {
  if (outcome.status.ok()) return {.status = 202};
  const std::string& why = outcome.status.message();
  if (!outcome.decoded && !outcome.overloaded)
    return net::TextResponse(400, "Unable to process request body: " + why + "\n");
  net::HttpResponse response = net::TextResponse(
      outcome.retryable() ? 503 : 500, "Cannot submit " + std::string(what) + ": " + why + "\n");
  if (outcome.retryable())
    net::SetHeader(response.headers, "Retry-After", std::to_string(options.retry_after_s));
  return response;
}

std::string MediaType(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  std::string type;
  for (const char c : content_type) {
    if (c != ' ' && c != '\t') type += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return type;
}

}  // namespace awry::ingest
