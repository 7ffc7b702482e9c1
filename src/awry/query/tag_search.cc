#include "awry/query/tag_search.h"

#include <algorithm>

#include "awry/query/expr_build.h"

namespace awry::query {
namespace {

using trace::Span;

bool Has(const trace::Attributes& attributes, std::string_view key, std::string_view value) {
  return std::ranges::any_of(attributes, [&](const trace::Attribute& attribute) {
    if (attribute.key != key) return false;
    const trace::ValueView view = attribute.value.view();
    return view.kind == trace::ValueKind::kString ? view.bytes == value
                                                  : trace::ToText(view) == value;
  });
}

}  // namespace

bool HasAttribute(const Span& span, std::string_view key, std::string_view value) {
  const auto inside = [&](const auto& part) { return Has(part.attributes, key, value); };
  return Has(span.attributes, key, value) || Has(span.resource->attributes, key, value) ||
         Has(span.scope->attributes, key, value) || std::ranges::any_of(span.events, inside) ||
         std::ranges::any_of(span.links, inside);
}

namespace {

std::string_view StatusText(const Span& span) {
  switch (span.status) {
    case trace::SpanStatus::kOk:
      return "OK";
    case trace::SpanStatus::kError:
      return "ERROR";
    case trace::SpanStatus::kUnset:
      break;
  }
  return "UNSET";
}

// The tags that Jaeger makes of a span's own fields.
bool DerivedMatches(const Span& span, std::string_view key, std::string_view value) {
  if (key == "error")
    return (span.status == trace::SpanStatus::kError) == (value == "true") &&
           (value == "true" || value == "false");
  if (key == "span.kind") return !value.empty() && trace::SpanKindName(span.kind) == value;
  if (key == "span.status") return StatusText(span) == value;
  if (key == "otel.status_code")
    return span.status != trace::SpanStatus::kUnset && StatusText(span) == value;
  if (key == "otel.status_description")
    return !span.status_message.empty() && span.status_message == value;
  if (key == "scope.name" || key == "otel.scope.name" || key == "otel.library.name") {
    return !value.empty() && span.scope->name == value;
  }
  if (key == "scope.version" || key == "otel.scope.version" || key == "otel.library.version") {
    return !value.empty() && span.scope->version == value;
  }
  if (key == "w3c.tracestate") return !value.empty() && span.trace_state == value;
  if (key == "service.name") return span.resource->service == value;
  if (key == "event") {
    return std::ranges::any_of(span.events,
                               [&](const trace::Event& event) { return event.name == value; });
  }
  if (key.starts_with("resource.")) {
    const std::string_view inner = key.substr(9);
    return (inner == "service.name" && span.resource->service == value) ||
           Has(span.resource->attributes, inner, value);
  }
  return false;
}

}  // namespace

bool TagMatches(const Span& span, std::string_view key, std::string_view value) {
  if (DerivedMatches(span, key, value)) return true;
  // `error` asks for the status, whatever is stored under that name beside it.
  if (key == "error" && (value == "true" || span.status == trace::SpanStatus::kError)) return false;
  return HasAttribute(span, key, value);
}

bool IsDerivedTag(std::string_view key) {
  constexpr std::string_view kDerived[] = {"error",
                                           "span.kind",
                                           "span.status",
                                           "otel.status_code",
                                           "otel.status_description",
                                           "scope.name",
                                           "otel.scope.name",
                                           "otel.library.name",
                                           "scope.version",
                                           "otel.scope.version",
                                           "otel.library.version",
                                           "w3c.tracestate",
                                           "service.name",
                                           "event"};
  return key.starts_with("resource.") || std::ranges::find(kDerived, key) != std::end(kDerived);
}

Query ToQuery(const TagSearch& search) {
  std::vector<Expr> all;
  if (!search.service.empty()) all.push_back(ServiceIs(search.service));
  if (!search.operation.empty()) all.push_back(NameIs(search.operation));
  if (search.duration_min_ns.has_value())
    all.push_back(DurationIs(Op::kGe, *search.duration_min_ns));
  if (search.duration_max_ns.has_value())
    all.push_back(DurationIs(Op::kLe, *search.duration_max_ns));
  for (const auto& [key, value] : search.tags)
    all.push_back(Comparison(Op::kTag, TextExpr(key), TextExpr(value)));
  return Query(AllOf(std::move(all)));
}

base::Result<Query> WithTagSearch(const Query& query, const TagSearch& search) {
  const Query tags = ToQuery(search);
  if (!tags.pipeline().source.filter.has_value()) return query;
  Pipeline out = query.pipeline();
  if (out.source.op == SpansetOp::kFilter) {
    std::vector<Expr> both{*tags.pipeline().source.filter};
    if (both.front().op == Op::kAnd && both.front().kind == Expr::Kind::kOp)
      both = both.front().args;
    if (out.source.filter.has_value()) both.push_back(*std::move(out.source.filter));
    out.source = AllOf(std::move(both)).source;
    return Query(std::move(out));
  }
  if (!out.stages.empty()) {
    return base::InvalidArgument(
        "query with several pairs of braces and stages cannot be joined with service, operation, "
        "tags or durations: say them inside the query");
  }
  Spanset both{.op = SpansetOp::kAnd};
  both.args = {tags.pipeline().source, std::move(out.source)};
  out.source = std::move(both);
  return Query(std::move(out));
}

}  // namespace awry::query
