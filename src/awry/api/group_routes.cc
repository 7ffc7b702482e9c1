#include "awry/api/group_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "awry/api/get_params.h"
#include "awry/api/request_json.h"
#include "awry/query/evaluator.h"
#include "awry/query/search.h"
#include "awry/stats/histogram.h"
#include "trace/label.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr size_t kGroupsMax = 1'000;       // answered
constexpr size_t kValuesMax = 100'000;     // told apart; traces of further ones are in `other`
constexpr size_t kValueBytesMax = 1'024;  // of a value's text

// A trace counts once in each group whose value one of its matched spans has.
struct Group {
  std::string type;
  uint64_t traces = 0;
  uint64_t errors = 0;  // traces with an error span
  uint64_t wrong = 0;   // labelled so
  uint64_t right = 0;
  stats::Histogram durations;  // of whole traces
};

struct Request {
  query::Query query;
  query::Field by;
  query::Window window;
  size_t limit = 20;
};

std::string TypeOf(const query::Datum& datum) {
  using enum query::Datum::Kind;
  switch (datum.kind) {
    case kString:
      return "string";
    case kBool:
      return "bool";
    case kInt:
      return "int";
    case kDouble:
      return "double";
    case kEnum:
      return "string";
    case kOther:
      return datum.is_array ? "array" : "bytes";
  }
  return "string";
}

struct TraceFigures {
  int64_t duration_ns = 0;
  bool error = false;
  bool wrong = false;
  bool right = false;
};

using LabelMap = std::unordered_map<trace::TraceId, std::vector<trace::Label>>;

TraceFigures FiguresOf(const trace::Trace& trace, const std::vector<trace::Label>& labels) {
  TraceFigures out;
  int64_t first_ns = trace.spans.front().start_ns;
  int64_t last_ns = trace.spans.front().end_ns;
  for (const trace::Span& span : trace.spans) {
    first_ns = std::min(first_ns, span.start_ns);
    last_ns = std::max(last_ns, span.end_ns);
    out.error |= span.status == trace::SpanStatus::kError;
  }
  out.duration_ns = last_ns - first_ns;
  for (const trace::Label& label : labels)
    (label.verdict == trace::Verdict::kWrong ? out.wrong : out.right) = true;
  return out;
}

// Used by one thread.
class Grouping {
 public:
  Grouping(const query::Field& by, LabelMap labels) : by_(by), labels_(std::move(labels)) {}

  void Take(const trace::Trace& trace, const std::vector<size_t>& matched) {
    ++total_;
    const auto found = labels_.find(trace.id);
    const std::vector<trace::Label>& labels = found == labels_.end() ? none_ : found->second;
    query::Evaluator evaluator(trace, labels);
    values_.clear();
    for (const size_t span : matched) {
      for (const query::Datum& datum : evaluator.Values(by_, span))
        values_.try_emplace(query::TextOf(datum).substr(0, kValueBytesMax), TypeOf(datum));
    }
    if (values_.empty()) ++missing_;
    const TraceFigures figures = FiguresOf(trace, labels);
    for (const auto& [value, type] : values_) Count(value, type, figures);
  }

  std::string ToJson(size_t limit) const {
    std::vector<std::pair<const std::string*, const Group*>> sorted;
    for (const auto& [value, group] : groups_) sorted.emplace_back(&value, &group);
    std::ranges::sort(sorted, [](const auto& a, const auto& b) {
      return a.second->traces != b.second->traces ? a.second->traces > b.second->traces
                                                  : *a.first < *b.first;
    });
    uint64_t other = beyond_;
    std::string out;
    codec::JsonWriter json(out);
    json.BeginObject().Key("groups").BeginArray();
    for (size_t i = 0; i < sorted.size(); ++i) {
      if (i < limit) {
        Append(*sorted[i].first, *sorted[i].second, json);
      } else {
        other += sorted[i].second->traces;
      }
    }
    json.EndArray().Key("total").UInt(total_).Key("other").UInt(other);
    json.Key("missing").UInt(missing_).Key("complete").Bool(beyond_ == 0).EndObject();
    return out;
  }

 private:
  void Count(const std::string& value, const std::string& type, const TraceFigures& figures) {
    auto at = groups_.find(value);
    if (at == groups_.end()) {
      if (groups_.size() >= kValuesMax) {
        ++beyond_;
        return;
      }
      at = groups_.emplace(value, Group{.type = type, .durations = {}}).first;
    }
    Group& group = at->second;
    ++group.traces;
    group.errors += figures.error ? 1 : 0;
    group.wrong += figures.wrong ? 1 : 0;
    group.right += figures.right ? 1 : 0;
    group.durations.Add(figures.duration_ns);
  }

  static void Append(const std::string& value, const Group& group, codec::JsonWriter& json) {
    json.BeginObject().Key("value").String(value).Key("type").String(group.type);
    json.Key("traces").UInt(group.traces).Key("errors").UInt(group.errors).Key("p50_ms");
    AppendMs(group.durations.QuantileNs(0.5), json);
    json.Key("p95_ms");
    AppendMs(group.durations.QuantileNs(0.95), json);
    json.Key("wrong").UInt(group.wrong).Key("right").UInt(group.right).EndObject();
  }

  const query::Field& by_;
  const LabelMap labels_;
  const std::vector<trace::Label> none_;
  std::unordered_map<std::string, Group> groups_;
  std::map<std::string, std::string> values_;  // of one trace
  uint64_t total_ = 0;
  uint64_t missing_ = 0;  // traces without the field
  uint64_t beyond_ = 0;   // traces of values beyond kValuesMax
};

// A field by itself, read as the query `{} | select(FIELD)`.
base::Result<query::Field> ParseField(const std::string& text, query::ParseError& error) {
  constexpr std::string_view kBefore = "{} | select(";
  if (text.empty())
    return base::InvalidArgument("'by' is required: a field such as span.http.route");
  auto parsed = query::Parse(fmt::format("{}{})", kBefore, text), &error);
  if (!parsed.ok()) {
    error.column -= std::min(error.column, kBefore.size());
    return parsed.status().WithContext("'by'");
  }
  const auto& stages = parsed->pipeline().stages;
  if (stages.size() != 1 || stages[0].select.size() != 1)
    return base::InvalidArgument("'by' must be one field: '" + text + "'");
  return stages[0].select[0];
}

base::Result<Request> ParseRequest(const HttpRequest& request, query::ParseError& error) {
  ASSIGN_OR_RETURN(const codec::JsonDocument json, ParseBody(request));
  const codec::JsonValue body = json.root();
  if (!body.is_object())
    return base::InvalidArgument("request body must be an object with 'query' and 'by'");
  ASSIGN_OR_RETURN(const std::string text, TextMember(body, "query"));
  ASSIGN_OR_RETURN(query::Query query, query::Parse(text.empty() ? "{}" : text, &error));
  Request out{.query = std::move(query), .by = {}, .window = {}};
  ASSIGN_OR_RETURN(const std::string by, TextMember(body, "by"));
  ASSIGN_OR_RETURN(out.by, ParseField(by, error));
  ASSIGN_OR_RETURN(out.window, WindowMembers(body));
  ASSIGN_OR_RETURN(out.limit, LimitMember(body, out.limit, kGroupsMax));
  return out;
}

LabelMap LabelsOf(store::TraceStore& store) {
  LabelMap out;
  for (trace::Label& label : store.Labels()) {
    const trace::TraceId id = label.trace_id;
    out[id].push_back(std::move(label));
  }
  return out;
}

HttpResponse Groups(Context& context, const HttpRequest& request) {
  query::ParseError error;
  const auto asked = ParseRequest(request, error);
  if (!asked.ok()) return QueryFailure(asked.status(), error);
  Grouping grouping(asked->by, LabelsOf(context.store));
  const base::Status read =
      query::VisitMatches(context.store, asked->query, asked->window, context.options.limits,
                          [&](trace::Trace& trace, const std::vector<size_t>& matched) {
                            grouping.Take(trace, matched);
                            return true;
                          });
  if (!read.ok()) return net::ErrorResponse(read);
  return net::JsonResponse(200, grouping.ToJson(asked->limit));
}

}  // namespace

void AddGroups(const ContextPtr& context, const AddRoute& add) {
  add("POST", "/api/v1/search/groups",
      [context](const HttpRequest& request) { return Groups(*context, request); });
}

}  // namespace awry::api
