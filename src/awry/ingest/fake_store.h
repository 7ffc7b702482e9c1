// A store for tests of the listeners: keeps spans in memory and fails when it is told to.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "awry/store/trace_store.h"
#include "base/mutex.h"

namespace awry::ingest {

// Thread-safe.
class FakeStore final : public store::TraceStore {
 public:
  // Every later commit answers this.
  void FailWith(base::Status status) {
    const base::MutexLock lock(mutex_);
    answer_ = std::move(status);
  }
  // Waits until that many spans (or commits) are there; false after ten seconds.
  bool WaitForSpans(size_t count) {
    return WaitUntil([&] { return spans_.size() >= count; });
  }
  bool WaitForCommits(size_t count) {
    return WaitUntil([&] { return commits_ >= count; });
  }
  std::vector<trace::Span> spans() {
    const base::MutexLock lock(mutex_);
    return spans_;
  }
  size_t commits() {
    const base::MutexLock lock(mutex_);
    return commits_;
  }

  std::unique_ptr<store::SpanBatch> NewBatch() override { return std::make_unique<Batch>(*this); }
  base::Result<trace::Trace> GetTrace(const trace::TraceId&) override {
    return base::NotFound("fake");
  }
  base::Status GetTraces(std::span<const trace::TraceId>, const store::TraceVisitor&) override {
    return {};
  }
  base::Status FindTraces(const store::SpanFilter&, const store::TraceIdVisitor&) override {
    return {};
  }
  base::Status VisitTraces(const store::SpanFilter&, const store::TraceVisitor&) override {
    return {};
  }
  std::vector<std::string> Services() override { return {}; }
  std::vector<store::Operation> Operations(const std::string&) override { return {}; }
  base::Result<size_t> PutLabels(std::vector<trace::Label>&) override { return size_t{0}; }
  base::Status DeleteLabel(const std::string&) override { return {}; }
  std::vector<trace::Label> LabelsOf(const trace::TraceId&) override { return {}; }
  std::vector<trace::Label> Labels() override { return {}; }
  base::Status PutDocument(const std::string&, const std::string&) override { return {}; }
  base::Result<std::string> GetDocument(const std::string&) override {
    return base::NotFound("fake");
  }
  store::StoreStats Stats() override { return {}; }
  uint64_t generation() const override { return 0; }
  base::Status Flush() override { return {}; }

 private:
  class Batch final : public store::SpanBatch {
   public:
    explicit Batch(FakeStore& store) : store_(store) {}
    void OnResource(const trace::ResourceFields& f) override { spans_.OnResource(f); }
    void OnResourceAttribute(std::string_view k, const trace::ValueView& v) override {
      spans_.OnResourceAttribute(k, v);
    }
    void OnScope(const trace::ScopeFields& f) override { spans_.OnScope(f); }
    void OnScopeAttribute(std::string_view k, const trace::ValueView& v) override {
      spans_.OnScopeAttribute(k, v);
    }
    void OnSpan(const trace::SpanFields& f) override { spans_.OnSpan(f); }
    void OnAttribute(std::string_view k, const trace::ValueView& v) override {
      spans_.OnAttribute(k, v);
    }
    void OnEvent(const trace::EventFields& f) override { spans_.OnEvent(f); }
    void OnEventAttribute(std::string_view k, const trace::ValueView& v) override {
      spans_.OnEventAttribute(k, v);
    }
    void OnLink(const trace::LinkFields& f) override { spans_.OnLink(f); }
    void OnLinkAttribute(std::string_view k, const trace::ValueView& v) override {
      spans_.OnLinkAttribute(k, v);
    }
    void OnWarning(std::string_view text) override { spans_.OnWarning(text); }
    void OnSpanEnd() override { spans_.OnSpanEnd(); }
    size_t span_count() const override {
      return const_cast<trace::SpanCollector&>(spans_).spans().size();
    }
    base::Status Commit() override { return store_.Keep(spans_.spans()); }

   private:
    FakeStore& store_;
    trace::SpanCollector spans_;
  };

  base::Status Keep(const std::vector<trace::Span>& spans) {
    const base::MutexLock lock(mutex_);
    ++commits_;
    if (answer_.ok()) spans_.insert(spans_.end(), spans.begin(), spans.end());
    changed_.NotifyAll();
    return answer_;
  }

  template <typename Condition>
  bool WaitUntil(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    base::MutexLock lock(mutex_);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      changed_.WaitFor(mutex_, std::chrono::milliseconds(100));
    }
    return true;
  }

  base::Mutex mutex_;
  base::CondVar changed_;
  base::Status answer_;
  std::vector<trace::Span> spans_;
  size_t commits_ = 0;
};

}  // namespace awry::ingest
