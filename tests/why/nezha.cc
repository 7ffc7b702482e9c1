#include "nezha.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <memory>
#include <unordered_map>

#include <fmt/format.h>

#include "base/file.h"
#include "codec/json.h"
#include "dev_set.h"
#include "trace/ids.h"

namespace awry::made {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTraceFields = 8;
constexpr size_t kLogFields = 8;
constexpr size_t kTemplateMax = 96;

// One record of RFC 4180 off the front of `rest`.
std::vector<std::string> TakeRecord(std::string_view& rest) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  size_t at = 0;
  for (; at < rest.size(); ++at) {
    const char c = rest[at];
    if (quoted && c == '"' && at + 1 < rest.size() && rest[at + 1] == '"') {
      fields.back() += '"';
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      fields.emplace_back();
    } else if (!quoted && c == '\n') {
      ++at;
      break;
    } else if (c != '\r' || quoted) {
      fields.back() += c;
    }
  }
  rest.remove_prefix(at);
  return fields;
}

std::optional<int64_t> Whole(const std::string& text) {
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

base::Status Unreadable(const std::string& file, size_t line) {
  return base::InvalidArgument(fmt::format("record cannot be read: {}, line {}", file, line));
}

class Pods {
 public:
  std::shared_ptr<const trace::Resource> Of(const std::string& pod) {
    auto& place = pods_[pod];
    if (!place) {
      auto resource = std::make_shared<trace::Resource>();
      resource->service = ServiceOfPod(pod);
      resource->attributes.push_back({"k8s.pod.name", trace::Value(trace::ValueView::String(pod))});
      place = std::move(resource);
    }
    return place;
  }

 private:
  std::map<std::string, std::shared_ptr<const trace::Resource>> pods_;
};

base::Result<std::vector<trace::Span>> ReadSpans(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, base::RealFileSystem().ReadAll(file));
  const auto scope = std::make_shared<const trace::Scope>();
  Pods pods;
  std::vector<trace::Span> out;
  std::string_view rest = text;
  (void)TakeRecord(rest);  // header
  for (size_t line = 2; !rest.empty(); ++line) {
    const std::vector<std::string> fields = TakeRecord(rest);
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (fields.size() < kTraceFields) return Unreadable(file, line);
    const auto trace_id = trace::TraceIdFromHex(fields[0]);
    const auto span_id = trace::SpanIdFromHex(fields[1]);
    const auto start = Whole(fields[5]), end = Whole(fields[6]);
    if (!trace_id || !span_id || !start || !end) return Unreadable(file, line);
    const auto parent = fields[2] == "root" ? std::optional<trace::SpanId>(0) : trace::SpanIdFromHex(fields[2]);
    out.push_back({.trace_id = *trace_id, .span_id = *span_id, .parent_id = parent.value_or(0), .name = fields[4], .start_ns = *start,
                   .end_ns = std::max(*start, *end), .resource = pods.Of(fields[3]), .scope = scope});
  }
  return out;
}

// The message inside the container's JSON line, which may be JSON itself.
std::string MessageOf(const std::string& field) {
  const auto outer = codec::JsonDocument::Parse(field);
  if (!outer.ok()) return field;
  const std::string line(outer->root().Find("log").AsString().value_or(""));
  const auto inner = codec::JsonDocument::Parse(line);
  if (!inner.ok()) return line;
  return std::string(inner->root().Find("message").AsString().value_or(line));
}

// "16:42:01 INFO o.s.OrderServiceImpl#532 TraceID: …" → "o.s.OrderServiceImpl#532": the statement that
// wrote the line, which is its template.
std::string_view CodePlace(std::string_view line) {
  const std::string_view head = line.substr(0, line.find(" TraceID: "));
  if (head.size() == line.size()) return {};
  const std::string_view place = head.substr(head.rfind(' ') + 1);
  const size_t hash = place.rfind('#');
  if (hash == std::string_view::npos || hash + 1 == place.size()) return {};
  const bool number = std::all_of(place.begin() + static_cast<long>(hash) + 1, place.end(), [](char c) { return c >= '0' && c <= '9'; });
  return hash > 0 && number ? place : std::string_view{};
}

std::string LogFile(const std::string& folder, const std::string& minute) { return fmt::format("{}/log/{}_log.csv", folder, minute); }

base::Status AddLogs(const std::string& file, std::vector<trace::Span>& spans) {
  const auto text = base::RealFileSystem().ReadAll(file);
  if (!text.ok()) return base::OkStatus();  // some minutes have no logs
  std::unordered_map<trace::SpanId, size_t> by_id;
  for (size_t k = 0; k < spans.size(); ++k) by_id.emplace(spans[k].span_id, k);
  std::string_view rest = *text;
  (void)TakeRecord(rest);
  for (size_t line = 2; !rest.empty(); ++line) {
    const std::vector<std::string> fields = TakeRecord(rest);
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (fields.size() < kLogFields) return Unreadable(file, line);
    const auto id = trace::SpanIdFromHex(fields[6]);
    const auto span = id ? by_id.find(*id) : by_id.end();
    if (span == by_id.end()) continue;
    spans[span->second].events.push_back({.time_ns = Whole(fields[1]).value_or(0), .name = LogTemplate(MessageOf(fields[7]))});
  }
  return base::OkStatus();
}

}  // namespace

std::string ServiceOfPod(std::string_view pod) {
  for (int parts = 0; parts < 2; ++parts) {
    const size_t dash = pod.rfind('-');
    if (dash == std::string_view::npos) break;
    pod = pod.substr(0, dash);
  }
  return std::string(pod);
}

std::string LogTemplate(std::string_view line) {
  if (const std::string_view place = CodePlace(line); !place.empty()) return std::string(place);
  if (const size_t at = line.find("SpanID: "); at != std::string_view::npos) {
    const size_t end = line.find(' ', at + 8);
    line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  }
  line = line.substr(0, line.find_first_of("=({\n"));
  std::string out, word;
  bool varies = false;
  const auto flush = [&] {
    out += varies ? "*" : word;
    word.clear();
    varies = false;
  };
  for (char c : line) {
    const bool ends = c == ' ' || c == '[' || c == ']' || c == ',' || c == ':';
    if (ends) {
      flush();
      out += c;
      if (c == ':') break;  // what follows is a value
      continue;
    }
    word += c;
    varies |= c >= '0' && c <= '9';
  }
  flush();
  return out.substr(0, kTemplateMax);
}

std::string NextMinute(std::string_view minute) {
  const int hour = std::atoi(std::string(minute.substr(0, 2)).c_str()), of_hour = std::atoi(std::string(minute.substr(3)).c_str());
  return fmt::format("{:02}_{:02}", (hour + (of_hour + 1) / 60) % 24, (of_hour + 1) % 60);
}

base::Result<std::vector<NezhaFault>> ReadNezhaFaults(const std::string& root, const std::string& date) {
  ASSIGN_OR_RETURN(const std::string text, base::RealFileSystem().ReadAll(fmt::format("{}/rca_data/{}/{}-fault_list.json", root, date, date)));
  ASSIGN_OR_RETURN(const auto document, codec::JsonDocument::Parse(text));
  std::vector<NezhaFault> out;
  for (codec::JsonMember hour : document.root().members()) {
    for (codec::JsonValue item : hour.value.items()) {
      const std::string_view time = item.Find("inject_time").AsString().value_or("");
      if (time.size() < 16) return base::InvalidArgument("fault without an injection time: " + date);
      out.push_back({.date = date, .minute = std::string(time.substr(11, 2)) + "_" + std::string(time.substr(14, 2)),
                     .service = ServiceOfPod(item.Find("inject_pod").AsString().value_or("")),
                     .kind = std::string(item.Find("inject_type").AsString().value_or(""))});
    }
  }
  return out;
}

base::Result<std::vector<trace::Trace>> ReadNezhaMinute(const std::string& folder, const std::string& minute, bool with_logs) {
  ASSIGN_OR_RETURN(std::vector<trace::Span> spans, ReadSpans(fmt::format("{}/trace/{}_trace.csv", folder, minute)));
  if (with_logs) RETURN_IF_ERROR(AddLogs(LogFile(folder, minute), spans));
  return GroupByTrace(std::move(spans));
}

bool NezhaMinuteHasLogs(const std::string& folder, const std::string& minute) {
  std::error_code problem;
  return fs::exists(LogFile(folder, minute), problem);
}

std::vector<std::string> NezhaMinutes(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder + "/trace", problem)) {
    const std::string name = entry.path().filename();
    if (name.size() > 5 && name.ends_with("_trace.csv")) out.push_back(name.substr(0, 5));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace awry::made
