#include "awry/api/adjusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/api/clock_skew.h"
#include "awry/query/trace_builder.h"

namespace awry::api {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::ElementsAre;
using testing::IsEmpty;

void SetHost(trace::Span& span, const char* host) {
  span.resource = std::make_shared<trace::Resource>(
      trace::Resource{.service = span.resource->service, .attributes = {Attr("host.name", host)}});
}

TEST(Adjust, PartsAnIdSharedByClientAndServer) {
  trace::Trace trace = MakeTrace(
      1, {{.id = 7, .name = "client", .duration_ns = 100, .kind = trace::SpanKind::kClient},
          {.id = 7,
           .name = "server",
           .start_ns = 10,
           .duration_ns = 50,
           .kind = trace::SpanKind::kServer},
          {.id = 8, .parent = 7, .name = "inner", .start_ns = 20, .duration_ns = 10}});
  Adjust(trace);
  const trace::SpanId fresh = trace.spans[1].span_id;
  EXPECT_NE(fresh, 7u);
  EXPECT_NE(fresh, 8u);
  EXPECT_EQ(trace.spans[1].parent_id, 7u);
  EXPECT_EQ(trace.spans[0].parent_id, 0u);
  EXPECT_EQ(trace.spans[2].parent_id, fresh);
}

TEST(Adjust, SortsAttributesAndLinksButKeepsEventsInTimeOrder) {
  trace::Trace trace = MakeTrace(1, {{.attributes = {Attr("b", 1), Attr("a", 2)}}});
  trace.spans[0].events = {{.time_ns = 5, .name = "late"},
                           {.time_ns = 2, .name = "a-early"},
                           {.time_ns = 2, .name = "B"}};
  trace.spans[0].links = {{.trace_id = {0, 9}, .span_id = 1},
                          {.trace_id = {0, 0}, .span_id = 1},
                          {.trace_id = {0, 3}, .span_id = 4},
                          {.trace_id = {0, 3}, .span_id = 0}};
  Adjust(trace);
  EXPECT_EQ(trace.spans[0].attributes[0].key, "a");
  EXPECT_EQ(trace.spans[0].events[0].name, "a-early");
  EXPECT_EQ(trace.spans[0].events[1].name, "B");
  ASSERT_EQ(trace.spans[0].links.size(), 2u) << "links without ids go";
  EXPECT_EQ(trace.spans[0].links[0].trace_id.low, 3u);
}

TEST(Adjust, WritesIntegerAddressesAsDottedQuads) {
  trace::Trace trace =
      MakeTrace(1, {{.attributes = {Attr("ip", int64_t{2130706433}),
                                    Attr("peer.ipv4", int64_t{-1062731775}), Attr("port", 80)}}});
  Adjust(trace);
  EXPECT_EQ(trace::ToText(trace.spans[0].attributes[0].value.view()), "127.0.0.1");
  EXPECT_EQ(trace::ToText(trace.spans[0].attributes[1].value.view()), "192.168.0.1");
  EXPECT_EQ(trace::ToText(trace.spans[0].attributes[2].value.view()), "80");
}

TEST(Adjust, MovesLibraryAttributesToTheResource) {
  trace::Trace trace =
      MakeTrace(1, {{.attributes = {Attr("telemetry.sdk.language", "go"), Attr("x", 1)}}});
  Adjust(trace);
  EXPECT_EQ(trace.spans[0].attributes.size(), 1u);
  EXPECT_NE(trace::Find(trace.spans[0].resource->attributes, "telemetry.sdk.language"), nullptr);
}

TEST(ClockSkew, WarnsWhenItMayNotAdjust) {
  trace::Trace trace = MakeTrace(1, {{.id = 1, .start_ns = 1'000'000, .duration_ns = 100'000},
                                     {.id = 2, .parent = 1, .start_ns = 0, .duration_ns = 50'000}});
  SetHost(trace.spans[0], "a");
  SetHost(trace.spans[1], "b");
  trace::Trace limited = trace;
  AdjustClockSkew(trace, 0);
  EXPECT_THAT(
      trace.spans[1].warnings,
      ElementsAre("clock skew adjustment disabled; not applying calculated delta of 1.025ms"));
  EXPECT_EQ(trace.spans[1].start_ns, 0);
  AdjustClockSkew(limited, 1'000);
  EXPECT_THAT(limited.spans[1].warnings,
              ElementsAre("max clock skew adjustment delta of 1µs exceeded; not applying "
                          "calculated delta of 1.025ms"));
}

TEST(ClockSkew, CentresTheChildAndItsSubtreeOnThatHost) {
  trace::Trace trace = MakeTrace(1, {{.id = 1, .start_ns = 1000, .duration_ns = 100},
                                     {.id = 2, .parent = 1, .start_ns = 0, .duration_ns = 50},
                                     {.id = 3, .parent = 2, .start_ns = 10, .duration_ns = 5}});
  SetHost(trace.spans[0], "a");
  SetHost(trace.spans[1], "b");
  SetHost(trace.spans[2], "b");
  trace.spans[2].events = {{.time_ns = 12, .name = "e"}};
  AdjustClockSkew(trace, 1'000'000);
  EXPECT_EQ(trace.spans[1].start_ns, 1025);
  EXPECT_EQ(trace.spans[2].start_ns, 1035);
  EXPECT_EQ(trace.spans[2].events[0].time_ns, 1037);
  EXPECT_THAT(trace.spans[1].warnings,
              ElementsAre("This span's timestamps were adjusted by 1.025µs"));
}

TEST(ClockSkew, LeavesWhatFitsAndWhatIsOnOneHost) {
  trace::Trace trace = MakeTrace(1, {{.id = 1, .start_ns = 100, .duration_ns = 100},
                                     {.id = 2, .parent = 1, .start_ns = 120, .duration_ns = 50},
                                     {.id = 3, .parent = 1, .start_ns = 0, .duration_ns = 50}});
  SetHost(trace.spans[0], "a");
  SetHost(trace.spans[1], "b");
  SetHost(trace.spans[2], "a");
  AdjustClockSkew(trace, 1'000'000);
  EXPECT_THAT(trace.spans[1].warnings, IsEmpty());
  EXPECT_EQ(trace.spans[2].start_ns, 0);
}

TEST(ClockSkew, SkipsDuplicateIdsAndMissingParents) {
  trace::Trace twins = MakeTrace(1, {{.id = 1}, {.id = 1}});
  AdjustClockSkew(twins, 0);
  EXPECT_THAT(twins.spans[1].warnings,
              ElementsAre("duplicate span IDs; skipping clock skew adjustment"));
  trace::Trace orphan = MakeTrace(1, {{.id = 1, .parent = 16}});
  AdjustClockSkew(orphan, 0);
  EXPECT_THAT(
      orphan.spans[0].warnings,
      ElementsAre(
          "parent span ID=0000000000000010 is not in the trace; skipping clock skew adjustment"));
}

TEST(GoDuration, PrintsAsGoDoes) {
  const std::pair<int64_t, const char*> rows[] = {{0, "0s"},
                                                  {5, "5ns"},
                                                  {1'500, "1.5µs"},
                                                  {-2'000'000, "-2ms"},
                                                  {1'000'000'000, "1s"},
                                                  {60'000'000'000, "1m0s"},
                                                  {5'400'500'000'000, "1h30m0.5s"}};
  for (const auto& [ns, text] : rows) EXPECT_EQ(GoDuration(ns), text);
}

}  // namespace
}  // namespace awry::api
