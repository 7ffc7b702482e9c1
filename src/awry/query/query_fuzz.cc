// Any text: parsing never crashes, and what parses prints to a text that parses to the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "awry/query/plan.h"
#include "awry/query/query.h"
#include "base/check.h"

namespace {

awry::trace::Trace OneTrace() {
  using namespace awry::trace;
  Trace trace{.id = {1, 2}};
  for (SpanId id = 1; id <= 3; ++id) {
    Span span;
    span.trace_id = trace.id;
    span.span_id = id;
    span.parent_id = id - 1;
    span.name = "a";
    span.start_ns = static_cast<int64_t>(id);
    span.end_ns = 100;
    span.resource = std::make_shared<Resource>(Resource{.service = "s"});
    span.scope = std::make_shared<Scope>();
    span.attributes.push_back({"k", Value(ValueView::Int(static_cast<int64_t>(id)))});
    trace.spans.push_back(std::move(span));
  }
  return trace;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const awry::trace::Trace trace = OneTrace();
  const auto query = awry::query::Parse({reinterpret_cast<const char*>(bytes), size});
  if (!query.ok()) return 0;
  const std::string text = query->ToText();
  if (text.size() <= awry::query::kQueryBytesMax) {
    const auto again = awry::query::Parse(text);
    CHECK(again.ok());
    CHECK(again->ToText() == text);
  }
  (void)awry::query::Match(*query, trace, {});
  (void)awry::query::MakePlan(*query, {}).ToText();
  return 0;
}
