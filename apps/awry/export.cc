// awry export: the traces that a query matches, to a file or standard output.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "awry/api/label_json.h"
#include "awry/query/search.h"
#include "awry/query/time_text.h"
#include "backend.h"
#include "base/clock.h"
#include "codec/json.h"
#include "commands.h"
#include "export_writer.h"
#include "terminal.h"
#include "trace/span_sink.h"
#include "wire/otlp_json.h"

namespace awry::app {
namespace {

using base::Status;

constexpr size_t kTracesAPage = 500;

base::Result<query::Window> WindowOf(const ExportOptions& options) {
  const int64_t now_ns = base::SystemClock().NowUnixNs();
  query::Window window;
  if (!options.since.empty()) {
    ASSIGN_OR_RETURN(window.from_ns, query::ParseTime(options.since, now_ns));
  }
  if (!options.until.empty()) {
    ASSIGN_OR_RETURN(window.until_ns, query::ParseTime(options.until, now_ns));
  }
  return window;
}

Status FromStore(const ExportOptions& options, store::TraceStore& store, ExportWriter& writer) {
  ASSIGN_OR_RETURN(const query::Query query, query::Parse(options.query));
  ASSIGN_OR_RETURN(const query::Window window, WindowOf(options));
  Status written;
  RETURN_IF_ERROR(query::VisitMatches(
      store, query, window, {.time = std::chrono::hours(24 * 365)},
      [&](trace::Trace& trace, const std::vector<size_t>&) {
        written = writer.Add(trace, writer.takes_labels() ? store.LabelsOf(trace.id) : std::vector<trace::Label>());
        return written.ok();
      }));
  return written;
}

base::Result<std::vector<trace::Label>> LabelsOfServer(Backend& backend, std::string_view id) {
  ASSIGN_OR_RETURN(const std::string answer, backend.Get(fmt::format("/api/v1/labels?trace_id={}", id)));
  ASSIGN_OR_RETURN(const codec::JsonDocument json, codec::JsonDocument::Parse(answer));
  const codec::JsonValue items = json.root().Find("labels");
  ASSIGN_OR_RETURN(std::vector<trace::Label> labels, api::LabelsFromJson(items));
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto created = items.At(i).Find("created_at").AsString();
    if (!created.has_value()) continue;
    ASSIGN_OR_RETURN(labels[i].created_ns, query::ParseRfc3339(*created));
  }
  return labels;
}

Status AddTraceOfServer(Backend& backend, std::string_view id, ExportWriter& writer) {
  const auto json = backend.Get(fmt::format("/api/v3/traces/{}?rawTraces=true", id));
  // Retention may have dropped it since the page was read.
  if (json.status().code() == base::StatusCode::kNotFound) return base::OkStatus();
  RETURN_IF_ERROR(json.status());
  trace::SpanCollector collector;
  wire::DecodeReport report;
  RETURN_IF_ERROR(wire::DecodeOtlpJson(*json, collector, report));
  if (collector.spans().empty()) return base::OkStatus();
  const trace::TraceId trace_id = collector.spans().front().trace_id;
  std::vector<trace::Label> labels;
  if (writer.takes_labels()) {
    ASSIGN_OR_RETURN(labels, LabelsOfServer(backend, id));
  }
  return writer.Add({.id = trace_id, .spans = std::move(collector.spans())}, labels);
}

Status FromServer(const ExportOptions& options, Backend& backend, ExportWriter& writer) {
  std::string cursor;
  do {
    std::string body;
    codec::JsonWriter json(body);
    json.BeginObject().Key("query").String(options.query).Key("limit").UInt(kTracesAPage);
    if (!cursor.empty()) json.Key("cursor").String(cursor);
    RETURN_IF_ERROR(AppendWindow(options.since, options.until, json));
    json.EndObject();
    ASSIGN_OR_RETURN(const std::string answer, backend.Post("/api/v1/search", std::move(body)));
    ASSIGN_OR_RETURN(const codec::JsonDocument page, codec::JsonDocument::Parse(answer));
    for (const codec::JsonValue hit : page.root().Find("traces").items()) {
      RETURN_IF_ERROR(
          AddTraceOfServer(backend, hit.Find("trace_id").AsString().value_or(""), writer));
    }
    cursor = page.root().Find("next_cursor").AsString().value_or("");
  } while (!cursor.empty());
  return base::OkStatus();
}

Status Export(const ExportOptions& options, uint64_t& traces, uint64_t& spans) {
  ASSIGN_OR_RETURN(const ExportFormat format, ParseExportFormat(options.format));
  ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend, Backend::Open(options.place, {}));
  ASSIGN_OR_RETURN(const std::unique_ptr<ExportWriter> writer,
                   ExportWriter::Create(options.out, format));
  RETURN_IF_ERROR(backend->store() != nullptr ? FromStore(options, *backend->store(), *writer)
                                              : FromServer(options, *backend, *writer));
  traces = writer->traces();
  spans = writer->spans();
  return writer->Finish();
}

}  // namespace

int RunExport(const ExportOptions& options) {
  uint64_t traces = 0, spans = 0;
  if (const Status done = Export(options, traces, spans); !done.ok()) return Fail(done);
  fmt::print(stderr, "{} spans of {} traces exported\n", Grouped(spans), Grouped(traces));
  return 0;
}

}  // namespace awry::app
