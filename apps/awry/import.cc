// awry import: files of traces into a store, or to a server in pieces.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "awry/store/trace_store.h"
#include "backend.h"
#include "codec/json.h"
#include "commands.h"
#include "trace/span_sink.h"
#include "wire/otlp_proto.h"
#include "wire/trace_file.h"

namespace awry::app {
namespace {

constexpr size_t kSpansAtOnce = 20'000;

// Passes every call on to a batch of the store, which can be replaced between documents.
class BatchSink final : public trace::SpanSink {
 public:
  explicit BatchSink(store::TraceStore& store) : store_(store), batch_(store.NewBatch()) {}

  base::Status Commit() {
    if (batch_->span_count() == 0) return base::OkStatus();
    RETURN_IF_ERROR(batch_->Commit());
    batch_ = store_.NewBatch();
    return base::OkStatus();
  }
  size_t span_count() const { return batch_->span_count(); }

  void OnResource(const trace::ResourceFields& f) override { batch_->OnResource(f); }
  void OnResourceAttribute(std::string_view k, const trace::ValueView& v) override {
    batch_->OnResourceAttribute(k, v);
  }
  void OnScope(const trace::ScopeFields& f) override { batch_->OnScope(f); }
  void OnScopeAttribute(std::string_view k, const trace::ValueView& v) override {
    batch_->OnScopeAttribute(k, v);
  }
  void OnSpan(const trace::SpanFields& f) override { batch_->OnSpan(f); }
  void OnAttribute(std::string_view k, const trace::ValueView& v) override {
    batch_->OnAttribute(k, v);
  }
  void OnEvent(const trace::EventFields& f) override { batch_->OnEvent(f); }
  void OnEventAttribute(std::string_view k, const trace::ValueView& v) override {
    batch_->OnEventAttribute(k, v);
  }
  void OnLink(const trace::LinkFields& f) override { batch_->OnLink(f); }
  void OnLinkAttribute(std::string_view k, const trace::ValueView& v) override {
    batch_->OnLinkAttribute(k, v);
  }
  void OnWarning(std::string_view t) override { batch_->OnWarning(t); }
  void OnSpanEnd() override { batch_->OnSpanEnd(); }

 private:
  store::TraceStore& store_;
  std::unique_ptr<store::SpanBatch> batch_;
};

void ShowProgress(const std::string& file, const wire::TraceFileProgress& progress) {
  if (isatty(STDERR_FILENO) == 0) return;
  const double share = progress.bytes_total == 0
                           ? 0
                           : 100.0 * static_cast<double>(progress.bytes_read) /
                                 static_cast<double>(progress.bytes_total);
  fmt::print(stderr, "\r{}: {:.0f} %, {} spans ", file, share, progress.spans);
}

base::Status SendSpans(Backend& backend, std::vector<trace::Span>& spans) {
  if (spans.empty()) return base::OkStatus();
  const auto answer =
      backend.Post("/api/v1/spans", wire::EncodeOtlpProto(spans), "application/x-protobuf");
  spans.clear();
  return answer.ok() ? base::OkStatus() : answer.status();
}

base::Status ToServer(Backend& backend, const std::string& file, wire::DecodeReport& report) {
  trace::SpanCollector collector;
  const auto send_when_full = [&]() -> base::Status {
    return collector.spans().size() < kSpansAtOnce ? base::OkStatus()
                                                   : SendSpans(backend, collector.spans());
  };
  RETURN_IF_ERROR(wire::ReadTraceFile(file, collector, report,
                                      {.on_progress =
                                           [&](const wire::TraceFileProgress& p) {
                                             ShowProgress(file, p);
                                             return true;
                                           },
                                       .on_document = send_when_full}));
  while (collector.spans().size() > kSpansAtOnce) {  // one huge document
    std::vector<trace::Span> part(std::make_move_iterator(collector.spans().end() - kSpansAtOnce),
                                  std::make_move_iterator(collector.spans().end()));
    collector.spans().resize(collector.spans().size() - kSpansAtOnce);
    RETURN_IF_ERROR(SendSpans(backend, part));
  }
  return SendSpans(backend, collector.spans());
}

base::Status ToStore(store::TraceStore& store, const std::string& file,
                     wire::DecodeReport& report) {
  BatchSink sink(store);
  const auto commit_when_full = [&]() -> base::Status {
    return sink.span_count() < kSpansAtOnce ? base::OkStatus() : sink.Commit();
  };
  RETURN_IF_ERROR(wire::ReadTraceFile(file, sink, report,
                                      {.on_progress =
                                           [&](const wire::TraceFileProgress& p) {
                                             ShowProgress(file, p);
                                             return true;
                                           },
                                       .on_document = commit_when_full}));
  return sink.Commit();
}

}  // namespace

int RunImport(const ImportOptions& options) {
  auto backend = Backend::Open(options.place, {.create = true});
  if (!backend.ok()) return Fail(backend.status());
  store::TraceStore* store = (*backend)->store();
  for (const std::string& file : options.files) {
    wire::DecodeReport report;
    const base::Status read =
        store != nullptr ? ToStore(*store, file, report) : ToServer(**backend, file, report);
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\n");
    if (!read.ok()) return Fail(read);
    fmt::print("{}: {} spans imported", file, report.accepted);
    if (report.rejected > 0) fmt::print(", {} left out: {}", report.rejected, report.message);
    fmt::print("\n");
  }
  if (store != nullptr) {
    if (const base::Status flushed = store->Flush(); !flushed.ok()) return Fail(flushed);
  }
  return 0;
}

}  // namespace awry::app
