// A TraceStore over a vector, for tests: the plainest thing that keeps the contract.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "awry/query/plan.h"
#include "awry/store/trace_store.h"

namespace awry::query {

// Used by one thread, but for reading.
class VectorStore : public store::TraceStore {
 public:
  void Add(trace::Trace trace) { traces_.push_back(std::move(trace)); }
  // In place of the trace with the same id.
  void Replace(trace::Trace trace) {
    std::erase_if(traces_, [&](const trace::Trace& old) { return old.id == trace.id; });
    Add(std::move(trace));
  }

  std::unique_ptr<store::SpanBatch> NewBatch() override { return nullptr; }
  base::Result<trace::Trace> GetTrace(const trace::TraceId& id) override {
    for (const trace::Trace& trace : traces_) {
      if (trace.id == id) return trace;
    }
    return base::NotFound("trace is not in the store: " + trace::ToHex(id));
  }
  base::Status GetTraces(std::span<const trace::TraceId> ids,
                         const store::TraceVisitor& visit) override {
    ++reads;
    for (const trace::TraceId& id : ids) {
      auto trace = GetTrace(id);
      ++traces_read;
      if (trace.ok() && !visit(*trace)) break;
    }
    return base::OkStatus();
  }
  bool SettlesEquals() const override { return settles_equals; }
  base::Status FindTraces(const store::SpanFilter& filter,
                          const store::TraceIdVisitor& visit) override {
    std::vector<std::pair<int64_t, trace::TraceId>> found;
    for (const trace::Trace& trace : traces_) {
      int64_t newest_ns = 0;
      if (Satisfies(filter, trace, &newest_ns)) found.emplace_back(newest_ns, trace.id);
    }
    std::ranges::sort(found, std::greater<>());
    for (const auto& [newest_ns, id] : found) {
      if (!visit(id)) break;
    }
    return base::OkStatus();
  }
  base::Status VisitTraces(const store::SpanFilter& filter,
                           const store::TraceVisitor& visit) override {
    for (const trace::Trace& trace : traces_) {
      trace::Trace copy = trace;
      if (Satisfies(filter, trace) && !visit(copy)) break;
    }
    return base::OkStatus();
  }
  std::vector<std::string> Services() override {
    std::set<std::string> out;
    for (const trace::Trace& trace : traces_) {
      for (const trace::Span& span : trace.spans) out.insert(span.resource->service);
    }
    return {out.begin(), out.end()};
  }
  std::vector<store::Operation> Operations(const std::string& service) override {
    std::set<store::Operation> out;
    for (const trace::Trace& trace : traces_) {
      for (const trace::Span& span : trace.spans) {
        if (span.resource->service == service) out.insert({span.name, span.kind});
      }
    }
    return {out.begin(), out.end()};
  }
  base::Result<size_t> PutLabels(std::vector<trace::Label>& labels) override {
    size_t created = 0;
    for (trace::Label& label : labels) {
      label.id = trace::ToHex(label.trace_id) + "-" + std::to_string(label.span_id) + label.source;
      created += by_id_.emplace(label.id, label).second ? 1 : 0;
    }
    return created;
  }
  base::Status DeleteLabel(const std::string& id) override {
    return by_id_.erase(id) > 0 ? base::OkStatus()
                                : base::NotFound("label is not in the store: " + id);
  }
  std::vector<trace::Label> LabelsOf(const trace::TraceId& id) override {
    std::vector<trace::Label> out;
    for (const auto& [key, label] : by_id_) {
      if (label.trace_id == id) out.push_back(label);
    }
    return out;
  }
  std::vector<trace::Label> Labels() override {
    std::vector<trace::Label> out;
    for (const auto& [key, label] : by_id_) out.push_back(label);
    return out;
  }
  base::Status PutDocument(const std::string& name, const std::string& contents) override {
    documents_[name] = contents;
    return base::OkStatus();
  }
  base::Result<std::string> GetDocument(const std::string& name) override {
    const auto found = documents_.find(name);
    if (found == documents_.end()) return base::NotFound("document is not in the store: " + name);
    return found->second;
  }
  store::StoreStats Stats() override { return {.traces = traces_.size()}; }
  uint64_t generation() const override { return traces_.size(); }
  base::Status Flush() override { return base::OkStatus(); }

  std::atomic<size_t> reads = 0;        // calls of GetTraces
  std::atomic<size_t> traces_read = 0;  // by it
  bool settles_equals = false;

 private:
  std::vector<trace::Trace> traces_;
  std::map<std::string, trace::Label> by_id_;
  std::map<std::string, std::string> documents_;
};

}  // namespace awry::query
