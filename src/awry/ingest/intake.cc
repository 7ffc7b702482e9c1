#include "awry/ingest/intake.h"

#include <string>

namespace awry::ingest {

using base::Status;
using base::StatusCode;

bool Outcome::retryable() const {
  return decoded && (status.code() == StatusCode::kResourceExhausted ||
                     status.code() == StatusCode::kUnavailable);
}

Outcome TakeIn(store::TraceStore& store, Protocol protocol, size_t body_bytes, IngestStats* stats,
               const Decode& decode) {
  Outcome outcome;
  const auto batch = store.NewBatch();
  outcome.status = decode(*batch, outcome.report);
  outcome.decoded = outcome.status.ok();
  if (outcome.decoded && batch->span_count() > 0) outcome.status = batch->Commit();
  if (stats == nullptr) return outcome;
  if (outcome.status.ok()) {
    stats->Accepted(protocol, batch->span_count(), body_bytes);
    stats->SpansRejected(protocol, outcome.report.rejected);
  } else if (!outcome.decoded) {
    stats->Refused(protocol, Refusal::kMalformed);
  } else {
    stats->Refused(protocol, outcome.retryable() ? Refusal::kOverload : Refusal::kStoreFailed);
  }
  return outcome;
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
