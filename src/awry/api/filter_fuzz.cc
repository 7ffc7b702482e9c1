// Any bytes as a structured filter, in JSON and in protobuf: what decodes either runs or says what
// is wrong.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "awry/api/filter_decode.h"
#include "awry/query/plan.h"
#include "trace/span.h"

namespace {

awry::trace::Trace OneTrace() {
  using namespace awry::trace;
  Trace trace{.id = {1, 2}, .spans = {}};
  Span span;
  span.trace_id = trace.id;
  span.span_id = 1;
  span.name = "a";
  span.end_ns = 100;
  span.resource = std::make_shared<Resource>(Resource{.service = "s"});
  span.scope = std::make_shared<Scope>();
  span.attributes = {{"k", Value(ValueView::Int(5))}, {"t", Value(ValueView::String("x"))}};
  span.events = {{.time_ns = 5, .name = "e", .attributes = span.attributes}};
  span.links = {{.trace_id = {3, 4}, .span_id = 5, .attributes = span.attributes}};
  trace.spans.push_back(std::move(span));
  return trace;
}

void Run(const awry::base::Result<awry::query::FilterTerm>& term) {
  static const awry::trace::Trace trace = OneTrace();
  if (!term.ok()) return;
  const auto query = awry::query::FilterQuery(*term);
  if (!query.ok()) return;
  (void)awry::query::Match(*query, trace, {});
  (void)awry::query::MakePlan(*query, {}).ToText();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  Run(awry::api::FilterFromJson(text));
  Run(awry::api::FilterFromProto(text));
  return 0;
}
