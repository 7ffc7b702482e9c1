// A TraceStore that tells which traces got spans; everything else is the store's.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "awry/store/trace_store.h"

namespace awry::check {

// Called after a commit, with each trace of the batch once, on the thread that committed: must be
// quick.
using OnCommitted = std::function<void(std::span<const trace::TraceId> ids)>;
// The same with the Unix minutes in which spans of the batch start, each once.
using OnMinutes = std::function<void(std::span<const int64_t> minutes)>;

// Listeners commit into it. Thread-safe.
class WatchedStore final : public store::TraceStore {
 public:
  // `store` must outlive this.
  WatchedStore(store::TraceStore& store, OnCommitted on_committed, OnMinutes on_minutes = {})
      : store_(store),
        on_committed_(std::move(on_committed)),
        on_minutes_(std::move(on_minutes)) {}

  std::unique_ptr<store::SpanBatch> NewBatch() override;

  base::Result<trace::Trace> GetTrace(const trace::TraceId& id) override {
    return store_.GetTrace(id);
  }
  base::Status GetTraces(std::span<const trace::TraceId> ids,
                         const store::TraceVisitor& visit) override {
    return store_.GetTraces(ids, visit);
  }
  base::Status FindTraces(const store::SpanFilter& filter,
                          const store::TraceIdVisitor& visit) override {
    return store_.FindTraces(filter, visit);
  }
  base::Status VisitTraces(const store::SpanFilter& filter,
                           const store::TraceVisitor& visit) override {
    return store_.VisitTraces(filter, visit);
  }
  base::Status FindTracesWithin(const store::SpanFilter& filter, const store::ReadLimits& limits,
                                const store::TraceIdVisitor& visit) override {
    return store_.FindTracesWithin(filter, limits, visit);
  }
  bool SettlesEquals() const override { return store_.SettlesEquals(); }
  base::Status VisitTracesWithin(const store::SpanFilter& filter, const store::ReadLimits& limits,
                                 const store::TraceVisitor& visit) override {
    return store_.VisitTracesWithin(filter, limits, visit);
  }
  base::Result<std::vector<store::ServiceCalls>> CountServiceCalls(
      int64_t from_ns, int64_t until_ns, const store::ReadLimits& limits,
      const store::TraceIdVisitor& uncounted) override {
    return store_.CountServiceCalls(from_ns, until_ns, limits, uncounted);
  }
  base::Status Backup(const std::string& path) override { return store_.Backup(path); }
  std::vector<std::string> Services() override { return store_.Services(); }
  std::vector<store::Operation> Operations(const std::string& service) override {
    return store_.Operations(service);
  }
  base::Result<size_t> PutLabels(std::vector<trace::Label>& labels) override {
    return store_.PutLabels(labels);
  }
  base::Status DeleteLabel(const std::string& id) override { return store_.DeleteLabel(id); }
  std::vector<trace::Label> LabelsOf(const trace::TraceId& id) override {
    return store_.LabelsOf(id);
  }
  std::vector<trace::Label> Labels() override { return store_.Labels(); }
  base::Status PutDocument(const std::string& name, const std::string& contents) override {
    return store_.PutDocument(name, contents);
  }
  base::Result<std::string> GetDocument(const std::string& name) override {
    return store_.GetDocument(name);
  }
  store::StoreStats Stats() override { return store_.Stats(); }
  uint64_t generation() const override { return store_.generation(); }
  base::Status Flush() override { return store_.Flush(); }

 private:
  store::TraceStore& store_;
  const OnCommitted on_committed_;
  const OnMinutes on_minutes_;  // may be empty
};

}  // namespace awry::check
