#include "awry/api/compare_routes.h"

#include <fmt/format.h>

#include <cmath>

#include "awry/api/group_difference.h"
#include "awry/api/request_json.h"
#include "awry/query/search.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr size_t kAnsweredMax = 1'000;

struct Asked {
  std::vector<query::Query> queries;  // a, b
  query::Window window;
  size_t limit = 100;
};

base::Result<Asked> ParseAsked(const HttpRequest& request, query::ParseError& error) {
  ASSIGN_OR_RETURN(const codec::JsonDocument json, ParseBody(request));
  const codec::JsonValue body = json.root();
  if (!body.is_object())
    return base::InvalidArgument("request body must be an object with 'a' and 'b'");
  Asked asked;
  for (const char* side : {"a", "b"}) {
    ASSIGN_OR_RETURN(const std::string text, TextMember(body, side));
    if (text.empty()) return base::InvalidArgument(fmt::format("'{}' is required: a query", side));
    auto parsed = query::Parse(text, &error);
    if (!parsed.ok()) return parsed.status().WithContext(fmt::format("'{}'", side));
    asked.queries.push_back(*std::move(parsed));
  }
  ASSIGN_OR_RETURN(asked.window, WindowMembers(body));
  ASSIGN_OR_RETURN(asked.limit, LimitMember(body, asked.limit, kAnsweredMax));
  return asked;
}

void AppendCounts(const AttributeDifference& difference, size_t side, codec::JsonWriter& json) {
  using Kind = AttributeDifference::Value::Kind;
  json.BeginArray();
  for (const AttributeDifference::Value& value : difference.values) {
    json.BeginObject().Key("value");
    if (value.kind == Kind::kValue) {
      json.String(value.text);
    } else if (value.kind == Kind::kOther) {
      json.String("…");
    } else {
      json.Null();
    }
    json.Key("count").UInt(value.counts[side]);
    if (value.kind == Kind::kOther) json.Key("other").Bool(true);
    json.EndObject();
  }
  json.EndArray();
}

void AppendQuantiles(const std::vector<double>& sorted, codec::JsonWriter& json) {
  json.BeginObject().Key("count").UInt(sorted.size());
  constexpr std::pair<const char*, double> kQuantiles[] = {
      {"min", 0}, {"p10", 0.1}, {"p25", 0.25}, {"p50", 0.5}, {"p75", 0.75}, {"p90", 0.9}, {"max", 1}};
  double sum = 0;
  for (const double value : sorted) sum += value;
  for (const auto& [name, quantile] : kQuantiles) {
    json.Key(name);
    if (sorted.empty()) {
      json.Null();
    } else {
      json.Double(sorted[static_cast<size_t>(quantile * static_cast<double>(sorted.size() - 1))]);
    }
  }
  json.Key("mean");
  if (sorted.empty()) {
    json.Null();
  } else {
    json.Double(sum / static_cast<double>(sorted.size()));
  }
  json.EndObject();
}

void AppendDifference(const AttributeDifference& difference, codec::JsonWriter& json) {
  json.BeginObject().Key("span").BeginObject().Key("service").String(difference.service);
  json.Key("name").String(difference.span).EndObject().Key("key").String(difference.key);
  json.Key("kind").String(difference.numeric ? "numeric" : "categorical");
  for (size_t side = 0; side < 2; ++side) {
    json.Key(side == 0 ? "a" : "b");
    if (difference.numeric) {
      AppendQuantiles(difference.sorted[side], json);
    } else {
      AppendCounts(difference, side, json);
    }
  }
  json.Key("p_value").Double(std::exp(difference.log_p));
  json.Key("q_value").Double(std::exp(std::min(0.0, difference.log_q)));
  json.Key("effect").Double(difference.effect).EndObject();
}

HttpResponse Compare(Context& context, const HttpRequest& request) {
  query::ParseError error;
  const auto asked = ParseAsked(request, error);
  if (!asked.ok()) return QueryFailure(asked.status(), error);
  GroupDifference difference;
  std::vector<std::string> notes;
  bool complete = true;
  for (size_t side = 0; side < 2; ++side) {
    bool more = false;
    const base::Status read = query::VisitMatches(
        context.store, asked->queries[side], asked->window, context.options.limits,
        [&](trace::Trace& trace, const std::vector<size_t>&) {
          more = !difference.Take(side, trace);
          return !more;
        });
    if (!read.ok()) return net::ErrorResponse(read);
    if (more)
      notes.push_back(fmt::format("'{}' has more than {} traces: the rest was left out",
                                  side == 0 ? "a" : "b", GroupDifference::kTracesMax));
    if (difference.traces(side) == 0)
      return net::ErrorResponse(base::InvalidArgument(
          fmt::format("'{}' matches no trace in the window", side == 0 ? "a" : "b")));
    complete &= !more;
  }
  for (std::string& text : difference.LeftOut()) {
    notes.push_back(std::move(text));
    complete = false;
  }
  const std::vector<AttributeDifference> found = difference.Test();
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject();
  for (size_t side = 0; side < 2; ++side) {
    json.Key(side == 0 ? "a" : "b").BeginObject().Key("traces");
    json.UInt(difference.traces(side)).EndObject();
  }
  json.Key("attributes").BeginArray();
  for (size_t i = 0; i < std::min(asked->limit, found.size()); ++i)
    AppendDifference(found[i], json);
  json.EndArray().Key("tried").UInt(found.size()).Key("complete").Bool(complete);
  json.Key("notes").BeginArray();
  for (const std::string& note : notes) json.String(note);
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace

void AddCompare(const ContextPtr& context, const AddRoute& add) {
  add("POST", "/api/v1/compare",
      [context](const HttpRequest& request) { return Compare(*context, request); });
}

}  // namespace awry::api
