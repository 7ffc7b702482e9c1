#include "awry/api/attributes_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "awry/api/get_params.h"
#include "awry/api/jaeger_params.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr int64_t kDayNs = 24 * 3'600'000'000'000;
constexpr size_t kAnsweredMax = 1'000;
constexpr size_t kTracesMax = 2'000;
constexpr size_t kLot = 100;  // traces read at once
constexpr int64_t kTimeNs = 200'000'000;
constexpr size_t kDistinctMax = 50'000;
constexpr size_t kKeyBytesMax = 256;
constexpr size_t kValueBytesMax = 512;

constexpr const char* kScopes[] = {"span", "resource", "event", "link", "instrumentation"};

std::string_view TypeName(trace::ValueKind kind) {
  constexpr std::string_view kNames[] = {"null",   "string", "bool",  "int",
                                         "double", "bytes",  "array", "map"};
  return kNames[static_cast<size_t>(kind)];
}

struct Asked {
  store::SpanFilter filter;  // window, service, operation
  std::string prefix;
  std::string key;
  std::string scope;  // "" is any
  size_t limit = 100;
};

struct LookedAt {
  uint64_t spans = 0;
  uint64_t traces = 0;
  bool complete = true;
};

using OnSpan = std::function<void(const trace::Span& span)>;

// Gives the newest spans that fit, as many as time allows.
base::Result<LookedAt> VisitNewest(Context& context, const Asked& asked, const OnSpan& visit) {
  LookedAt looked;
  const int64_t until_ns = base::SystemClock().MonotonicNs() + kTimeNs;
  std::vector<trace::TraceId> lot;
  base::Status failure;
  const auto read_lot = [&] {
    const base::Status read = context.store.GetTraces(lot, [&](const trace::Trace& trace) {
      ++looked.traces;
      for (const trace::Span& span : trace.spans) {
        if (!asked.filter.service.empty() && span.resource->service != asked.filter.service)
          continue;
        if (!asked.filter.name.empty() && span.name != asked.filter.name) continue;
        ++looked.spans;
        visit(span);
      }
      return base::SystemClock().MonotonicNs() < until_ns;
    });
    if (!read.ok()) failure = read;
    lot.clear();
    looked.complete =
        looked.traces < kTracesMax && base::SystemClock().MonotonicNs() < until_ns;
    return failure.ok() && looked.complete;
  };
  bool stopped = false;
  RETURN_IF_ERROR(context.store.FindTraces(asked.filter, [&](const trace::TraceId& id) {
    lot.push_back(id);
    stopped = lot.size() == kLot && !read_lot();
    return !stopped;
  }));
  if (!stopped && !lot.empty()) {
    (void)read_lot();
    looked.complete = failure.ok();
  }
  RETURN_IF_ERROR(failure);
  return looked;
}

// Calls `visit` with every attribute of the span that fits: scope, key, value.
template <typename Visit>
void ForEachAttribute(const trace::Span& span, const std::string& scope, const Visit& visit) {
  const auto all = [&](const char* of, const trace::Attributes& attributes) {
    if (!scope.empty() && scope != of) return;
    for (const trace::Attribute& attribute : attributes)
      visit(of, std::string_view(attribute.key), attribute.value.view());
  };
  all(kScopes[0], span.attributes);
  all(kScopes[1], span.resource->attributes);
  for (const trace::Event& event : span.events) all(kScopes[2], event.attributes);
  for (const trace::Link& link : span.links) all(kScopes[3], link.attributes);
  all(kScopes[4], span.scope->attributes);
}

void AppendLookedAt(const LookedAt& looked, codec::JsonWriter& json) {
  json.Key("looked_at").BeginObject().Key("spans").UInt(looked.spans);
  json.Key("traces").UInt(looked.traces).Key("complete").Bool(looked.complete).EndObject();
}

base::Result<Asked> ParseAsked(const HttpRequest& request, int64_t now_ns) {
  Asked asked;
  ASSIGN_OR_RETURN(const query::Window window, WindowParams(request, now_ns, kDayNs));
  asked.filter.start_from_ns = window.from_ns;
  asked.filter.start_until_ns = window.until_ns;
  asked.filter.service = TextParam(request, "service");
  asked.filter.name = TextParam(request, "operation");
  asked.prefix = TextParam(request, "prefix");
  asked.key = TextParam(request, "key");
  asked.scope = TextParam(request, "scope");
  if (!asked.scope.empty() && std::ranges::find(kScopes, asked.scope) == std::end(kScopes))
    return base::InvalidArgument(
        "'scope' must be span, resource, event, link or instrumentation: '" + asked.scope + "'");
  ASSIGN_OR_RETURN(asked.limit, CountParam(request, "limit", asked.limit, kAnsweredMax));
  return asked;
}

HttpResponse Keys(Context& context, const HttpRequest& request) {
  const auto asked = ParseAsked(request, context.now_ns());
  if (!asked.ok()) return net::ErrorResponse(asked.status());
  struct Counted {
    std::set<std::string_view> types;
    uint64_t count = 0;
  };
  std::map<std::pair<std::string_view, std::string>, Counted, std::less<>> keys;
  bool full = false;
  const auto looked = VisitNewest(context, *asked, [&](const trace::Span& span) {
    ForEachAttribute(span, asked->scope, [&](const char* scope, std::string_view key,
                                             const trace::ValueView& value) {
      if (!key.starts_with(asked->prefix) || key.size() > kKeyBytesMax) return;
      const std::pair<std::string_view, std::string> wanted(scope, key);
      auto at = keys.find(wanted);
      if (at == keys.end()) {
        full |= keys.size() >= kDistinctMax;
        if (full) return;
        at = keys.emplace(wanted, Counted{}).first;
      }
      at->second.types.insert(TypeName(value.kind));
      ++at->second.count;
    });
  });
  if (!looked.ok()) return net::ErrorResponse(looked.status());
  std::vector<std::pair<uint64_t, const std::pair<std::string_view, std::string>*>> sorted;
  for (const auto& [key, counted] : keys) sorted.emplace_back(counted.count, &key);
  std::ranges::stable_sort(sorted, std::greater<>(), [](const auto& entry) { return entry.first; });
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("attributes").BeginArray();
  for (size_t i = 0; i < std::min(asked->limit, sorted.size()); ++i) {
    const auto& key = *sorted[i].second;
    json.BeginObject().Key("scope").String(key.first).Key("key").String(key.second);
    json.Key("types").BeginArray();
    for (const std::string_view type : keys.at(key).types) json.String(type);
    json.EndArray().Key("count").UInt(sorted[i].first).EndObject();
  }
  json.EndArray().Key("more").Bool(full || sorted.size() > asked->limit);
  AppendLookedAt(*looked, json);
  json.EndObject();
  return net::JsonResponse(200, std::move(out));
}

// What the pages complete beside attributes.
std::optional<std::string_view> IntrinsicOf(const trace::Span& span, std::string_view key) {
  if (key == "name") return span.name;
  if (key == "service.name") return span.resource->service;
  if (key == "kind")
    return span.kind == trace::SpanKind::kUnspecified ? "unspecified"
                                                      : trace::SpanKindName(span.kind);
  if (key == "status") {
    return span.status == trace::SpanStatus::kError ? "error"
           : span.status == trace::SpanStatus::kOk  ? "ok"
                                                    : "unset";
  }
  return std::nullopt;
}

HttpResponse Values(Context& context, const HttpRequest& request) {
  const auto asked = ParseAsked(request, context.now_ns());
  if (!asked.ok()) return net::ErrorResponse(asked.status());
  if (asked->key.empty()) return net::ErrorResponse(base::InvalidArgument("'key' is required"));
  std::map<std::pair<std::string, std::string_view>, uint64_t> values;  // text and type
  bool full = false;
  const auto note = [&](std::string text, std::string_view type) {
    if (!text.starts_with(asked->prefix) || text.size() > kValueBytesMax) return;
    std::pair<std::string, std::string_view> value(std::move(text), type);
    const auto at = values.find(value);
    if (at != values.end()) {
      ++at->second;
    } else if (values.size() < kDistinctMax) {
      values.emplace(std::move(value), 1);
    } else {
      full = true;
    }
  };
  const auto looked = VisitNewest(context, *asked, [&](const trace::Span& span) {
    ForEachAttribute(span, asked->scope,
                     [&](const char*, std::string_view key, const trace::ValueView& value) {
                       if (key == asked->key) note(trace::ToText(value), TypeName(value.kind));
                     });
    const auto intrinsic = IntrinsicOf(span, asked->key);
    if (asked->scope.empty() && intrinsic.has_value()) note(std::string(*intrinsic), "string");
  });
  if (!looked.ok()) return net::ErrorResponse(looked.status());
  std::vector<std::pair<uint64_t, const std::pair<std::string, std::string_view>*>> sorted;
  for (const auto& [value, count] : values) sorted.emplace_back(count, &value);
  std::ranges::stable_sort(sorted, std::greater<>(), [](const auto& entry) { return entry.first; });
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("values").BeginArray();
  for (size_t i = 0; i < std::min(asked->limit, sorted.size()); ++i) {
    const auto& [text, type] = *sorted[i].second;
    json.BeginObject().Key("value").String(text).Key("type").String(type);
    json.Key("count").UInt(sorted[i].first).EndObject();
  }
  json.EndArray().Key("more").Bool(full || sorted.size() > asked->limit);
  AppendLookedAt(*looked, json);
  json.EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace

void AddAttributes(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/attributes",
      [context](const HttpRequest& request) { return Keys(*context, request); });
  add("GET", "/api/v1/attributes/values",
      [context](const HttpRequest& request) { return Values(*context, request); });
}

}  // namespace awry::api
