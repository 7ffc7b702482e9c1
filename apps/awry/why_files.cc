#include "why_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <vector>

#include "awry/query/time_text.h"
#include "awry/why/why.h"
#include "base/clock.h"
#include "label_file.h"
#include "replay_flag.h"
#include "trace/span_sink.h"
#include "wire/trace_file.h"

namespace awry::app {
namespace {

// Spans of one trace may lie far apart in the files.
std::vector<trace::Trace> GroupByTrace(std::vector<trace::Span> spans) {
  std::unordered_map<trace::TraceId, size_t> places;
  std::vector<trace::Trace> traces;
  for (trace::Span& span : spans) {
    const auto [place, is_new] = places.emplace(span.trace_id, traces.size());
    if (is_new) traces.push_back({.id = span.trace_id, .spans = {}});
    traces[place->second].spans.push_back(std::move(span));
  }
  for (trace::Trace& trace : traces) {
    std::ranges::sort(trace.spans, [](const trace::Span& a, const trace::Span& b) {
      return std::pair(a.start_ns, a.span_id) < std::pair(b.start_ns, b.span_id);
    });
  }
  return traces;
}

base::Result<std::vector<trace::Trace>> ReadTraces(const std::vector<std::string>& files) {
  trace::SpanCollector collector;
  for (const std::string& file : files) {
    wire::DecodeReport report;
    RETURN_IF_ERROR(wire::ReadTraceFile(file, collector, report));
    if (report.rejected > 0)
      fmt::print(stderr, "awry: {}: {} spans left out: {}\n", file, report.rejected,
                 report.message);
  }
  return GroupByTrace(std::move(collector.spans()));
}

// Plain digits are Unix ns here.
base::Result<int64_t> OnsetOf(const std::string& text) {
  int64_t ns = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), ns);
  if (problem == std::errc() && end == text.data() + text.size()) return ns;
  return query::ParseTime(text, base::SystemClock().NowUnixNs());
}

base::Result<why::Question> QuestionOf(const WhyOptions& options) {
  why::Question question{
      .bad_query = options.bad, .good_query = options.good, .limit = options.limit};
  if (!options.trace_id.empty()) {
    const auto id = trace::TraceIdFromHex(options.trace_id);
    if (!id.has_value())
      return base::InvalidArgument("trace id must be 1 to 32 hex digits: " + options.trace_id);
    question.kind = why::QuestionKind::kSingle;
    question.trace = *id;
  }
  if (!options.onset.empty()) {
    question.kind = why::QuestionKind::kOnset;
    ASSIGN_OR_RETURN(question.onset_ns, OnsetOf(options.onset));
  }
  const int64_t now_ns = base::SystemClock().NowUnixNs();
  if (!options.since.empty()) {
    ASSIGN_OR_RETURN(question.since_ns, query::ParseTime(options.since, now_ns));
  }
  if (!options.until.empty()) {
    ASSIGN_OR_RETURN(question.until_ns, query::ParseTime(options.until, now_ns));
  }
  return question;
}

}  // namespace

base::Result<std::string> WhyOverFiles(const WhyOptions& options) {
  ASSIGN_OR_RETURN(const why::Question question, QuestionOf(options));
  why::EngineOptions engine;
  ASSIGN_OR_RETURN(engine.replay_endpoints, ParseReplay(options.replay));
  std::vector<trace::Label> labels;
  if (!options.labels.empty()) {
    ASSIGN_OR_RETURN(labels, ReadLabelFile(options.labels));
  }
  ASSIGN_OR_RETURN(std::vector<trace::Trace> traces, ReadTraces(options.traces));
  ASSIGN_OR_RETURN(const why::Answer answer,
                   why::ExplainTraces(std::move(traces), labels, question, engine));
  return why::ToJson(answer);
}

}  // namespace awry::app
