#include "awry/columnar/columnar_store.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "awry/columnar/engine.h"

namespace awry::columnar {

using base::Result;
using base::Status;

Result<std::unique_ptr<store::TraceStore>> Open(const ColumnarOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::Open(options));
  return std::unique_ptr<store::TraceStore>(std::move(engine));
}

bool ParseFsync(std::string_view text, ColumnarOptions& options) {
  if (text == "always" || text == "never") {
    options.fsync = text == "always" ? FsyncPolicy::kAlways : FsyncPolicy::kNever;
    return true;
  }
  constexpr std::string_view kInterval = "interval:";
  if (!text.starts_with(kInterval)) return false;
  text.remove_prefix(kInterval.size());
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (error != std::errc() || count <= 0 || count > 3'600'000 || (unit != "s" && unit != "ms"))
    return false;
  options.fsync = FsyncPolicy::kInterval;
  options.fsync_interval =
      unit == "s" ? std::chrono::seconds(count) : std::chrono::milliseconds(count);
  return true;
}

std::shared_ptr<const State> Engine::state() const {
  const base::MutexLock lock(state_mutex_);
  return state_;
}

Snapshot Engine::Read() {
  return Snapshot(state(), options_.trace_bytes_max, [this](const Status& status) { Problem(status); });
}

void Engine::Problem(const std::string& text) {
  constexpr size_t kProblemsMax = 100;
  const base::MutexLock lock(problems_mutex_);
  if (problems_.size() >= kProblemsMax) return;
  if (std::find(problems_.begin(), problems_.end(), text) == problems_.end())
    problems_.push_back(text);
}

Result<trace::Trace> Engine::GetTrace(const trace::TraceId& id) { return Read().GetTrace(id, {}); }

Result<trace::Trace> Engine::GetTraceWithin(const trace::TraceId& id,
                                            const store::ReadLimits& limits) {
  return Read().GetTrace(id, limits);
}

namespace {

class SnapshotTraceView final : public store::TraceView {
 public:
  SnapshotTraceView(Snapshot snapshot, const trace::TraceId& id)
      : snapshot_(std::move(snapshot)), id_(id) {}
  Status Visit(const store::ReadLimits& limits, const store::SpanVisitor& visit) override {
    return snapshot_.VisitSpans(id_, limits, visit);
  }

 private:
  const Snapshot snapshot_;
  const trace::TraceId id_;
};

}  // namespace

Result<std::unique_ptr<store::TraceView>> Engine::OpenTrace(const trace::TraceId& id) {
  Snapshot snapshot = Read();
  if (!snapshot.HasTrace(id)) return base::NotFound("trace not found: " + trace::ToHex(id));
  return std::unique_ptr<store::TraceView>(
      std::make_unique<SnapshotTraceView>(std::move(snapshot), id));
}

Status Engine::GetTraces(std::span<const trace::TraceId> ids, const store::TraceVisitor& visit) {
  return GetTracesWithin(ids, {}, visit);
}

Status Engine::GetTracesWithin(std::span<const trace::TraceId> ids, const store::ReadLimits& limits,
                               const store::TraceVisitor& visit) {
  std::vector<trace::TraceId> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return Read().VisitTraces(sorted, limits, visit);
}

Status Engine::FindTraces(const store::SpanFilter& filter, const store::TraceIdVisitor& visit) {
  return Read().Find(filter, {}, visit);
}

Status Engine::FindTracesWithin(const store::SpanFilter& filter, const store::ReadLimits& limits,
                                const store::TraceIdVisitor& visit) {
  return Read().Find(filter, limits, visit);
}

Status Engine::VisitTraces(const store::SpanFilter& filter, const store::TraceVisitor& visit) {
  return VisitTracesWithin(filter, {}, visit);
}

Status Engine::VisitTracesWithin(const store::SpanFilter& filter, const store::ReadLimits& limits,
                                 const store::TraceVisitor& visit) {
  const Snapshot snapshot = Read();
  const bool all = filter.service.empty() && filter.name.empty() && filter.equals.empty() &&
                   !filter.errors_only && filter.duration_min_ns <= 0 &&
                   filter.duration_max_ns == store::kTimeMax &&
                   filter.start_from_ns == store::kTimeMin &&
                   filter.start_until_ns == store::kTimeMax;
  if (all) return snapshot.VisitAll(limits, visit);
  std::vector<trace::TraceId> ids;
  RETURN_IF_ERROR(snapshot.Find(filter, limits, [&](const trace::TraceId& id) {
    ids.push_back(id);
    return true;
  }));
  std::sort(ids.begin(), ids.end());
  return snapshot.VisitTraces(ids, limits, visit);
}

namespace {

void ForEachSchema(const State& state, const std::function<void(const Schema&)>& visit) {
  for (const auto& table : state.tables) {
    if (table->span_count() > 0) visit(table->schema());
  }
  for (const auto& segment : state.segments) {
    for (const auto& run : segment->runs()) visit(run->schema());
  }
}

}  // namespace

std::vector<std::string> Engine::Services() {
  std::set<std::string> names;
  ForEachSchema(*state(), [&](const Schema& schema) {
    for (uint32_t s = 0; s < schema.shape_count(); ++s)
      names.insert(schema.service(schema.shape(s)));
  });
  return {names.begin(), names.end()};
}

std::vector<store::Operation> Engine::Operations(const std::string& service) {
  std::set<store::Operation> operations;
  ForEachSchema(*state(), [&](const Schema& schema) {
    for (uint32_t s = 0; s < schema.shape_count(); ++s) {
      const Shape& shape = schema.shape(s);
      if (schema.service(shape) != service) continue;
      operations.insert({std::string(schema.name(shape.name)), shape.kind});
    }
  });
  return {operations.begin(), operations.end()};
}

Result<size_t> Engine::PutLabels(std::vector<trace::Label>& labels) {
  ASSIGN_OR_RETURN(const size_t created, labels_->Put(labels));
  if (created > 0) generation_.fetch_add(1);
  return created;
}

Status Engine::DeleteLabel(const std::string& label_id) {
  RETURN_IF_ERROR(labels_->Delete(label_id));
  generation_.fetch_add(1);
  return base::OkStatus();
}

std::vector<trace::Label> Engine::LabelsOf(const trace::TraceId& id) { return labels_->Of(id); }
std::vector<trace::Label> Engine::Labels() { return labels_->All(); }

Status Engine::PutDocument(const std::string& name, const std::string& contents) {
  return documents_->Put(name, contents);
}

Result<std::string> Engine::GetDocument(const std::string& name) { return documents_->Get(name); }

store::StoreStats Engine::Stats() {
  store::StoreStats stats;
  const std::shared_ptr<const State> now = state();
  int64_t oldest = INT64_MAX, newest = INT64_MIN;
  for (const auto& table : now->tables) {
    stats.spans += table->span_count();
    stats.traces += table->trace_count();
    stats.memory_bytes += table->memory_bytes();
    stats.disk_bytes += table->batch_bytes();  // in the log
    oldest = std::min(oldest, table->start_min_ns());
    newest = std::max(newest, table->start_max_ns());
  }
  for (const auto& segment : now->segments) {
    const SegmentFooter& footer = segment->footer();
    stats.spans += footer.spans;
    stats.traces += footer.traces;
    stats.disk_bytes += segment->file_bytes();
    stats.memory_bytes += segment->memory_bytes();
    oldest = std::min(oldest, footer.start_min_ns);
    newest = std::max(newest, footer.start_max_ns);
  }
  stats.segments = now->segments.size();
  stats.memory_bytes += indexes_.bytes();
  stats.disk_bytes += labels_->disk_bytes();
  stats.spans_dropped_by_retention = spans_dropped_.load();
  if (stats.spans > 0) {
    stats.oldest_ns = oldest;
    stats.newest_ns = newest;
  }
  const base::MutexLock lock(problems_mutex_);
  stats.problems = problems_;
  if (!write_problem_.empty()) stats.problems.push_back(write_problem_);
  return stats;
}

}  // namespace awry::columnar
