#include "awry/api/query_source.h"

#include "trace/span_sink.h"

namespace awry::api {

base::Status ArchiveTrace(const QuerySource& source, const trace::TraceId& id) {
  constexpr size_t kSpansABatch = 2'000;  // a large trace is not held whole
  if (source.archive == nullptr) return base::Unimplemented("archive storage was not configured");
  const auto found = source.store.OpenTrace(id);
  if (found.status().code() == base::StatusCode::kNotFound) {
    return source.archive->OpenTrace(id).ok() ? base::OkStatus() : base::NotFound("trace not found");
  }
  RETURN_IF_ERROR(found.status());
  auto batch = source.archive->NewBatch();
  base::Status committed;
  RETURN_IF_ERROR((*found)->Visit({}, [&](trace::Span& span) {
    trace::Replay(span, *batch);
    if (batch->span_count() < kSpansABatch) return true;
    committed = batch->Commit();
    batch = source.archive->NewBatch();
    return committed.ok();
  }));
  RETURN_IF_ERROR(committed);
  return batch->span_count() == 0 ? base::OkStatus() : batch->Commit();
}

}  // namespace awry::api
