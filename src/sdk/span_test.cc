#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "awry/sdk/instrument/model.h"
#include "awry/sdk/instrument/queue.h"
#include "awry/sdk/instrument/sql.h"
#include "sdk/sdk_test_receiver.h"

namespace awry::sdk {
namespace {

std::string Text(const trace::Span& span, std::string_view key) {
  const trace::Value* value = trace::Find(span.attributes, key);
  return value == nullptr ? "(none)" : trace::ToText(value->view());
}

TEST(Span, CarriesEveryKindOfAttribute) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  {
    Span span =
        tracer.start_span("all", {.kind = SpanKind::kServer, .attributes = {{"first", "x"}}});
    span.set_attribute("text", std::string("t"));
    span.set_attribute("int", -5);
    span.set_attribute("unsigned", uint64_t{1} << 63);
    span.set_attribute("real", 0.25);
    span.set_attribute("yes", true);
    span.set_attribute("bytes", Bytes{std::string_view("\0\xff", 2)});
    span.set_attribute("texts", std::vector<std::string>{"a", ""});
    span.set_attribute("ints", std::vector<int64_t>{1, -2});
    const bool bools[] = {true, false};
    span.set_attribute("bools", std::span<const bool>(bools));
    span.set_attribute("reals", std::vector<double>{0.5});
    span.set_attribute("int", 6);  // replaces
    span.set_attribute("bad", "\xff!");
    span.set_attribute("", "no key");
  }
  ASSERT_TRUE(shutdown());
  const trace::Span span = receiver.span("all");
  EXPECT_FALSE(receiver.is_damaged());
  EXPECT_EQ(span.kind, trace::SpanKind::kServer);
  EXPECT_EQ(span.attributes.size(), 12u);
  EXPECT_EQ(Text(span, "first"), "x");
  EXPECT_EQ(Text(span, "int"), "6");
  EXPECT_EQ(Text(span, "unsigned"), "9223372036854775808");
  EXPECT_EQ(Text(span, "real"), "0.25");
  EXPECT_EQ(Text(span, "yes"), "true");
  EXPECT_EQ(Text(span, "bytes"), "AP8=");
  EXPECT_EQ(Text(span, "texts"), R"(["a",""])");
  EXPECT_EQ(Text(span, "ints"), "[1,-2]");
  EXPECT_EQ(Text(span, "bools"), "[true,false]");
  EXPECT_EQ(Text(span, "reals"), "[0.5]");
  EXPECT_EQ(Text(span, "bad"), "\xef\xbf\xbd!");
  EXPECT_EQ(span.resource->service, "svc");
}

TEST(Span, TakesASetOfAttributesAsIfEachWereSet) {
  Receiver receiver;
  Options options = receiver.options();
  options.attributes_max = 6;
  const Tracer tracer = setup_tracing("svc", options);
  AttributeSet set;
  set.add("a", 1);
  set.add("text", "old");
  set.add("list", std::vector<std::string>{"x", "y"});
  set.add("text", "new");  // replaces
  set.add("", "no key");
  set.add("bad \xff key", 1);
  AttributeSet more;
  more.add("d", 4.5);
  more.add("a", 7);
  {
    Span span = tracer.start_span("copied");
    span.set_attribute("b", true);
    span.set_attributes(set);
    span.set_attribute("text", "newest");
    span.set_attributes(AttributeSet());
  }
  {
    Span span = tracer.start_span("one by one");
    for (int i = 0; i < 3; ++i) span.set_attribute("own." + std::to_string(i), i);
    span.set_attributes(set);
    span.set_attributes(more);
  }
  ASSERT_TRUE(shutdown());
  const trace::Span copied = receiver.span("copied");
  EXPECT_EQ(copied.attributes.size(), 4u);
  EXPECT_EQ(Text(copied, "a") + Text(copied, "b") + Text(copied, "text"), "1truenewest");
  EXPECT_EQ(Text(copied, "list"), R"(["x","y"])");
  EXPECT_EQ(copied.dropped_attributes, 1u) << "the key that is no text";
  const trace::Span full = receiver.span("one by one");
  EXPECT_EQ(full.attributes.size(), 6u);
  EXPECT_EQ(Text(full, "a") + Text(full, "text") + Text(full, "own.2"), "7new2");
  EXPECT_EQ(Text(full, "d"), "(none)");
  EXPECT_EQ(full.dropped_attributes, 2u) << "a seventh, and the key that is no text";
  EXPECT_FALSE(receiver.is_damaged());
}

TEST(Span, ReplacingAnAttributeKeepsAllOthers) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  {
    Span span = tracer.start_span("s");
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 40; ++i) {
        span.set_attribute("key." + std::to_string(i),
                           std::string(static_cast<size_t>(i * 7 * (round + 1)), 'v'));
      }
      span.add_event("round", {{"n", round}});
    }
  }
  shutdown();
  const trace::Span span = receiver.span("s");
  ASSERT_EQ(span.attributes.size(), 40u);
  ASSERT_EQ(span.events.size(), 3u);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(Text(span, "key." + std::to_string(i)).size(), static_cast<size_t>(i * 21));
  }
}

TEST(Span, ChildrenFollowTheCurrentSpan) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  {
    const auto root = tracer.start_as_current_span("root");
    {
      const auto child = tracer.start_as_current_span("child");
      const Span leaf = tracer.start_span("leaf");
    }
    const Span sibling = tracer.start_span("sibling");
    const Context empty;
    const Span other = tracer.start_span("other", {.parent = &empty});
  }
  EXPECT_FALSE(Context::current().span_context().is_valid());
  shutdown();
  const trace::Span root = receiver.span("root"), child = receiver.span("child");
  EXPECT_EQ(root.parent_id, 0u);
  EXPECT_EQ(child.parent_id, root.span_id);
  EXPECT_EQ(receiver.span("leaf").parent_id, child.span_id);
  EXPECT_EQ(receiver.span("sibling").parent_id, root.span_id);
  EXPECT_NE(receiver.span("other").trace_id, root.trace_id);
  EXPECT_LE(root.start_ns, child.start_ns);
  EXPECT_GE(root.end_ns, child.end_ns);
}

TEST(Span, AnExceptionThatLeavesTheScopeIsAnError) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  try {
    const auto span = tracer.start_as_current_span("scope");
    throw std::runtime_error("broken");
  } catch (const std::exception&) {
  }
  EXPECT_THROW(
      tracer.with_span("body", [](ScopedSpan&) { throw std::invalid_argument("no such user"); }),
      std::invalid_argument);
  EXPECT_EQ(tracer.with_span("fine",
                             [](ScopedSpan& span) {
                               span.set_attribute("k", 1);
                               return 5;
                             }),
            5);
  EXPECT_FALSE(Context::current().span_context().is_valid());
  shutdown();
  EXPECT_EQ(receiver.span("scope").status, trace::SpanStatus::kError);
  ASSERT_EQ(receiver.span("scope").events.size(), 1u);
  const trace::Span body = receiver.span("body");
  EXPECT_EQ(body.status_message, "no such user");
  ASSERT_EQ(body.events.size(), 1u);
  EXPECT_EQ(body.events[0].name, "exception");
  EXPECT_EQ(trace::Find(body.events[0].attributes, "exception.type")->view().bytes,
            "std::invalid_argument");
  EXPECT_EQ(receiver.span("fine").status, trace::SpanStatus::kUnset);
}

TEST(Span, StatusOkIsFinalAndNamesLinksAndTimesAreKept) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  const Timestamp start{std::chrono::seconds(1'700'000'000)};
  SpanContext target;
  {
    Span first = tracer.start_span("first");
    target = first.context();
    const Link link{target, {{"why", "import"}}};
    Span span = tracer.start_span("old name", {.start_time = start, .links = {&link, 1}});
    span.update_name("new name");
    span.add_link(SpanContext());  // ignored
    span.set_status(StatusCode::kOk);
    span.set_status(StatusCode::kError, "late");
    span.end(start + std::chrono::milliseconds(5));
    span.set_attribute("after", "end");
  }
  shutdown();
  const trace::Span span = receiver.span("new name");
  EXPECT_EQ(span.status, trace::SpanStatus::kOk);
  EXPECT_EQ(span.duration_ns(), 5'000'000);
  EXPECT_EQ(span.start_ns, 1'700'000'000'000'000'000);
  ASSERT_EQ(span.links.size(), 1u);
  EXPECT_EQ(span.links[0].span_id, target.span_id.value);
  EXPECT_EQ(span.links[0].attributes.size(), 1u);
  EXPECT_TRUE(span.attributes.empty());
}

TEST(Span, LimitsDropAndCount) {
  Receiver receiver;
  Options options = receiver.options();
  options.attributes_max = 2;
  options.events_max = 1;
  options.links_max = 0;
  options.event_attributes_max = 1;
  options.attribute_value_bytes_max = 4;
  const Tracer tracer = setup_tracing("svc", options);
  {
    Span span = tracer.start_span("a long name stays whole");
    span.set_attribute("a", "12345");
    span.set_attribute("b", "\xc3\xa4\xc3\xa4\xc3\xa4");
    span.set_attribute("c", 1);
    span.set_attribute("a", "x");  // not a new key
    span.add_event("e1", {{"k1", 1}, {"k2", 2}});
    span.add_event("e2");
    span.add_link(span.context());
  }
  shutdown();
  const trace::Span span = receiver.span("a long name stays whole");
  EXPECT_EQ(span.attributes.size(), 2u);
  EXPECT_EQ(Text(span, "a"), "x");
  EXPECT_EQ(Text(span, "b"), "\xc3\xa4\xc3\xa4");
  EXPECT_EQ(span.dropped_attributes, 1u);
  ASSERT_EQ(span.events.size(), 1u);
  EXPECT_EQ(span.events[0].dropped_attributes, 1u);
  EXPECT_EQ(span.dropped_events, 1u);
  EXPECT_EQ(span.dropped_links, 1u);
}

TEST(Span, AValueBeyondTheSizeLimitIsDroppedAndTheRestStays) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  {
    Span span = tracer.start_span("big");
    span.set_attribute("small", 1);
    span.set_attribute("huge", std::string(3 << 20, 'x'));
    span.set_attribute("list", std::vector<std::string>(3, std::string(1 << 20, 'y')));
    span.add_event("huge", {{"v", std::string(3 << 20, 'z')}});
    span.set_attribute("fits", std::string(1 << 20, 'x'));
    span.set_status(StatusCode::kError, "m");
  }
  shutdown();
  EXPECT_FALSE(receiver.is_damaged());
  const trace::Span span = receiver.span("big");
  EXPECT_EQ(span.attributes.size(), 2u);
  EXPECT_EQ(span.dropped_attributes, 2u);
  EXPECT_EQ(span.dropped_events, 1u);
  EXPECT_EQ(span.status_message, "m");
}

TEST(Span, WithoutSetUpNothingIsRecordedAndContextsPassThrough) {
  const Tracer tracer = get_tracer("early");
  Span span = tracer.start_span("nothing");
  EXPECT_FALSE(span.is_recording());
  EXPECT_FALSE(span.context().is_valid());
  const Context incoming = extract([](std::string_view name) -> std::string_view {
    return name == "traceparent" ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : "";
  });
  const ScopedContext attached(incoming);
  const auto scoped = tracer.start_as_current_span("also nothing");
  std::string out;
  inject([&](std::string_view name, std::string_view value) {
    if (name == "traceparent") out = value;
  });
  EXPECT_EQ(out, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

TEST(Context, GoesToAnotherThreadWithItsBaggage) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  {
    const ScopedContext with_baggage(
        Context::current().with_baggage("user", "u 1").with_baggage("x", "y"));
    const auto root = tracer.start_as_current_span("root");
    std::thread([&, context = Context::current()] {
      const ScopedContext attached(context);
      const auto work = tracer.start_as_current_span("work");
      EXPECT_EQ(Context::current().baggage("user"), "u 1");
      EXPECT_EQ(Context::current().without_baggage("user").baggage().size(), 1u);
    }).join();
  }
  EXPECT_TRUE(Context::current().baggage().empty());
  shutdown();
  EXPECT_EQ(receiver.span("work").parent_id, receiver.span("root").span_id);
  EXPECT_EQ(receiver.span("work").trace_id, receiver.span("root").trace_id);
}

TEST(Context, TravelsThroughAQueueAsText) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  std::string carrier;
  {
    const ScopedContext with_baggage(Context::current().with_baggage("tenant", "t=1,2"));
    const auto root = tracer.start_as_current_span("root");
    instrument::QueueProducerScope producer(tracer,
                                            {.system = "awry.jobs", .destination = "pipeline"});
    carrier = producer.carrier();
  }
  {
    instrument::QueueConsumerScope consumer(
        tracer, {.system = "awry.jobs", .destination = "pipeline"}, carrier, 2);
    EXPECT_EQ(Context::current().baggage("tenant"), "t=1,2");
    instrument::ModelScope model(tracer, "model_prediction", {.version = "v1"});
    model.set_prediction("groceries", 0.5);
    model.explain("amount", 1.5);
    instrument::SqlScope sql(tracer, "sqlite", "insert into transactions (id) values ($1)");
  }
  shutdown();
  const trace::Span consumer = receiver.span("process pipeline");
  EXPECT_EQ(consumer.parent_id, receiver.span("send pipeline").span_id);
  EXPECT_EQ(consumer.trace_id, receiver.span("root").trace_id);
  EXPECT_EQ(Text(consumer, "messaging.delivery.attempt"), "2");
  EXPECT_EQ(consumer.flags & 0x300, 0x300u) << "the parent is remote";
  EXPECT_EQ(Text(receiver.span("model_prediction"), "explain.amount"), "1.5");
  EXPECT_EQ(Text(receiver.span("INSERT transactions"), "db.system.name"), "sqlite");
}

TEST(Sampler, KeepsItsShareAndFollowsTheParent) {
  Receiver receiver;
  Options options = receiver.options();
  options.queue_spans_max = 1 << 16;
  options.sampler = Sampler::parent_based(Sampler::trace_id_ratio(0.25));
  const Tracer tracer = setup_tracing("svc", options);
  int kept = 0;
  for (int i = 0; i < 8'000; ++i) {
    const auto root = tracer.start_as_current_span("root");
    const Span child = tracer.start_span("child");
    EXPECT_EQ(root.is_recording(), child.is_recording());
    EXPECT_TRUE(child.context().is_valid());
    kept += root.is_recording() ? 1 : 0;
  }
  EXPECT_NEAR(kept, 2'000, 250);
  const SpanContext sampled{
      .trace_id = {1, ~uint64_t{0}}, .span_id = {1}, .trace_flags = 1, .is_remote = true};
  const Context remote(sampled);
  EXPECT_TRUE(tracer.start_span("r", {.parent = &remote}).is_recording());
  shutdown();
}

TEST(Tracer, NamesTheScopeOfItsSpans) {
  Receiver receiver;
  setup_tracing("svc", receiver.options());
  const Tracer tracer = get_tracer("my.library", "2.1");
  tracer.start_span("scoped").end();
  shutdown();
  EXPECT_EQ(receiver.span("scoped").scope->name, "my.library");
  EXPECT_EQ(receiver.span("scoped").scope->version, "2.1");
}

}  // namespace
}  // namespace awry::sdk
