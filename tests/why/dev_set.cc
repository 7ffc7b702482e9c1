#include "dev_set.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <unordered_map>

#include "base/file.h"
#include "codec/json.h"
#include "trace/span_sink.h"
#include "wire/trace_file.h"

namespace awry::made {
namespace {

std::string Text(codec::JsonValue value) { return std::string(value.AsString().value_or("")); }

std::vector<std::string> Texts(codec::JsonValue list) {
  std::vector<std::string> out;
  for (codec::JsonValue item : list.items()) out.push_back(Text(item));
  return out;
}

base::Result<codec::JsonDocument> ReadJson(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, base::RealFileSystem().ReadAll(path));
  return codec::JsonDocument::Parse(text);
}

base::Status ReadLabels(const std::string& path, std::vector<trace::Label>& out) {
  ASSIGN_OR_RETURN(const std::string text, base::RealFileSystem().ReadAll(path));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (line.empty()) continue;
    ASSIGN_OR_RETURN(const auto document, codec::JsonDocument::Parse(line));
    const auto id = trace::TraceIdFromHex(Text(document.root().Find("trace_id")));
    if (!id) return base::InvalidArgument("label without a trace id: " + path);
    const bool wrong = Text(document.root().Find("label")) == "wrong";
    out.push_back({.trace_id = *id, .verdict = wrong ? trace::Verdict::kWrong : trace::Verdict::kRight,
                   .expected = Text(document.root().Find("expected"))});
  }
  return base::OkStatus();
}

}  // namespace

std::vector<std::string> ScenariosOf(const std::string& root) {
  std::vector<std::string> out;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/small", problem)) {
    if (std::filesystem::exists(entry.path() / "tasks.json")) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<trace::Trace> GroupByTrace(std::vector<trace::Span> spans) {
  std::unordered_map<trace::TraceId, size_t> places;
  std::vector<trace::Trace> out;
  for (trace::Span& span : spans) {
    const auto [place, added] = places.emplace(span.trace_id, out.size());
    if (added) out.push_back({.id = span.trace_id});
    out[place->second].spans.push_back(std::move(span));
  }
  for (trace::Trace& trace : out) {
    std::stable_sort(trace.spans.begin(), trace.spans.end(), [](const trace::Span& x, const trace::Span& y) { return x.start_ns < y.start_ns; });
  }
  return out;
}

base::Result<Scenario> ReadScenario(const std::string& folder) {
  Scenario out{.name = std::filesystem::path(folder).filename()};
  trace::SpanCollector collector;
  wire::DecodeReport report;
  RETURN_IF_ERROR(wire::ReadTraceFile(folder + "/traces.jsonl.gz", collector, report));
  out.traces = GroupByTrace(std::move(collector.spans()));
  ASSIGN_OR_RETURN(const auto tasks, ReadJson(folder + "/tasks.json"));
  if (tasks.root().Find("labelled").Find("labels").exists()) {
    RETURN_IF_ERROR(ReadLabels(folder + "/labels.jsonl", out.labels));
    out.questions.push_back({});
  }
  if (const auto id = trace::TraceIdFromHex(Text(tasks.root().Find("single").Find("bad_trace_id")))) {
    out.questions.push_back({.kind = why::QuestionKind::kSingle, .trace = *id});
  }
  const std::string onset = Text(tasks.root().Find("onset").Find("onset_unix_nano"));
  int64_t onset_ns = 0;
  if (!onset.empty() && std::from_chars(onset.data(), onset.data() + onset.size(), onset_ns).ec == std::errc()) {
    out.questions.push_back({.kind = why::QuestionKind::kOnset, .onset_ns = onset_ns});
  }
  ASSIGN_OR_RETURN(const auto truth, ReadJson(folder + "/truth.json"));
  for (codec::JsonValue culprit : truth.root().Find("culprits").items()) {
    out.culprits.push_back({.place = {Text(culprit.Find("service")), Text(culprit.Find("span"))},
                            .any = Texts(culprit.Find("attributes_any")), .ok = Texts(culprit.Find("attributes_ok"))});
  }
  return out;
}

}  // namespace awry::made
