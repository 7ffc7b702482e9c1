// A TraceStore in memory for tests: traces, labels and documents by key, found by root and time.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "awry/store/trace_store.h"
#include "base/mutex.h"

namespace awry::why {

// Thread-safe.
class MemoryStore final : public store::TraceStore {
 public:
  void Add(const trace::Trace& trace) {
    base::MutexLock lock(mutex_);
    traces_[trace.id] = trace;
    ++generation_;
  }

  std::unique_ptr<store::SpanBatch> NewBatch() override { return nullptr; }
  base::Result<trace::Trace> GetTrace(const trace::TraceId& id) override {
    base::MutexLock lock(mutex_);
    const auto found = traces_.find(id);
    if (found == traces_.end()) return base::NotFound("trace is not in the store: " + trace::ToHex(id));
    return found->second;
  }
  base::Status GetTraces(std::span<const trace::TraceId> ids, const store::TraceVisitor& visit) override {
    for (const trace::TraceId& id : ids) {
      auto trace = GetTrace(id);
      if (trace.ok() && !visit(*trace)) break;
    }
    return base::OkStatus();
  }
  base::Status FindTraces(const store::SpanFilter& filter, const store::TraceIdVisitor& visit) override {
    std::vector<std::pair<int64_t, trace::TraceId>> found;
    for (const trace::Trace& trace : Copy()) {
      int64_t newest = store::kTimeMin;
      for (const trace::Span& span : trace.spans) {
        if (Takes(filter, span)) newest = std::max(newest, span.start_ns);
      }
      if (newest != store::kTimeMin) found.emplace_back(newest, trace.id);
    }
    std::sort(found.rbegin(), found.rend());
    for (const auto& [newest, id] : found) {
      if (!visit(id)) break;
    }
    return base::OkStatus();
  }
  base::Status VisitTraces(const store::SpanFilter& filter, const store::TraceVisitor& visit) override {
    for (trace::Trace& trace : Copy()) {
      const bool takes = std::any_of(trace.spans.begin(), trace.spans.end(),
                                     [&](const trace::Span& span) { return Takes(filter, span); });
      if (takes && !visit(trace)) break;
    }
    return base::OkStatus();
  }
  std::vector<std::string> Services() override { return {}; }
  std::vector<store::Operation> Operations(const std::string&) override { return {}; }

  base::Result<size_t> PutLabels(std::vector<trace::Label>& labels) override {
    base::MutexLock lock(mutex_);
    labels_.insert(labels_.end(), labels.begin(), labels.end());
    return labels.size();
  }
  base::Status DeleteLabel(const std::string& id) override { return base::NotFound("no such label: " + id); }
  std::vector<trace::Label> LabelsOf(const trace::TraceId& id) override {
    std::vector<trace::Label> out = Labels();
    std::erase_if(out, [&](const trace::Label& label) { return label.trace_id != id; });
    return out;
  }
  std::vector<trace::Label> Labels() override {
    base::MutexLock lock(mutex_);
    return labels_;
  }
  base::Status PutDocument(const std::string& name, const std::string& contents) override {
    base::MutexLock lock(mutex_);
    documents_[name] = contents;
    return base::OkStatus();
  }
  base::Result<std::string> GetDocument(const std::string& name) override {
    base::MutexLock lock(mutex_);
    const auto found = documents_.find(name);
    if (found == documents_.end()) return base::NotFound("no such document: " + name);
    return found->second;
  }
  store::StoreStats Stats() override { return {}; }
  uint64_t generation() const override {
    base::MutexLock lock(mutex_);
    return generation_;
  }
  base::Status Flush() override { return base::OkStatus(); }

 private:
  static bool Takes(const store::SpanFilter& filter, const trace::Span& span) {
    return span.start_ns >= filter.start_from_ns && span.start_ns <= filter.start_until_ns &&
           (filter.service.empty() || filter.service == span.resource->service) &&
           (filter.name.empty() || filter.name == span.name);
  }
  std::vector<trace::Trace> Copy() {
    base::MutexLock lock(mutex_);
    std::vector<trace::Trace> out;
    for (const auto& [id, trace] : traces_) out.push_back(trace);
    return out;
  }

  mutable base::Mutex mutex_;
  std::map<trace::TraceId, trace::Trace> traces_ GUARDED_BY(mutex_);
  std::vector<trace::Label> labels_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> documents_ GUARDED_BY(mutex_);
  uint64_t generation_ GUARDED_BY(mutex_) = 0;
};

}  // namespace awry::why
