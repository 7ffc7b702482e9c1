#include "awry/api/query_source.h"

#include "trace/span_sink.h"

namespace awry::api {

base::Result<trace::Trace> ReadTrace(const QuerySource& source, const trace::TraceId& id) {
  auto found = source.store.GetTrace(id);
  if (found.status().code() != base::StatusCode::kNotFound) return found;
  if (source.archive != nullptr) {
    auto archived = source.archive->GetTrace(id);
    if (archived.status().code() != base::StatusCode::kNotFound) return archived;
  }
  return base::NotFound("trace not found");
}

base::Status ArchiveTrace(const QuerySource& source, const trace::TraceId& id) {
  if (source.archive == nullptr) return base::Unimplemented("archive storage was not configured");
  auto found = source.store.GetTrace(id);
  if (found.status().code() == base::StatusCode::kNotFound) {
    return source.archive->GetTrace(id).ok() ? base::OkStatus() : base::NotFound("trace not found");
  }
  RETURN_IF_ERROR(found.status());
  const auto batch = source.archive->NewBatch();
  for (const trace::Span& span : found->spans) trace::Replay(span, *batch);
  return batch->Commit();
}

}  // namespace awry::api
