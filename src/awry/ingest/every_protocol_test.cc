// One set of spans through every protocol: what is kept is equal (wire-contract 11, points 1 and
// 2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "awry/ingest/fake_store.h"
#include "awry/ingest/jaeger_grpc_receiver.h"
#include "awry/ingest/jaeger_http_receiver.h"
#include "awry/ingest/jaeger_udp_receiver.h"
#include "awry/ingest/jaeger_vectors.h"
#include "awry/ingest/otlp_receiver.h"
#include "awry/ingest/zipkin_receiver.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "net/udp.h"
#include "wire/any_value.h"
#include "wire/jaeger_proto.h"
#include "wire/jaeger_thrift.h"
#include "wire/otlp_json.h"
#include "wire/otlp_proto.h"
#include "wire/wire_test_spans.h"

#include "awry/ingest/grpc_test_call.h"

namespace awry::ingest {
namespace {

void Sort(trace::Attributes& attributes) { wire::SortAttributes(attributes); }

// Spans as the poorest protocol can hold them: microseconds, and what Jaeger's model knows.
std::vector<trace::Span> CommonSpans(size_t count) {
  std::vector<trace::Span> spans = wire::RandomSpans(77, count);
  auto resource = std::make_shared<trace::Resource>(*spans.front().resource);
  resource->schema_url.clear();
  resource->dropped_attributes = 0;
  for (trace::Span& span : spans) {
    span.resource = resource;
    wire::ReduceToJaeger(span);
    Sort(span.attributes);
    for (trace::Event& event : span.events) Sort(event.attributes);
  }
  auto reduced = std::make_shared<trace::Resource>(*spans.front().resource);
  Sort(reduced->attributes);
  for (trace::Span& span : spans) span.resource = reduced;
  return spans;
}

void ExpectKept(FakeStore& store, const std::vector<trace::Span>& sent, const std::string& what) {
  ASSERT_TRUE(store.WaitForSpans(sent.size())) << what;
  std::vector<trace::Span> kept = store.spans();
  ASSERT_EQ(kept.size(), sent.size()) << what;
  for (size_t i = 0; i < sent.size(); ++i) {
    Sort(kept[i].attributes);
    EXPECT_TRUE(wire::SameSpan(sent[i], kept[i])) << what << ": span " << i;
  }
}

int Post(const Receiver& receiver, std::string path, std::string type, std::string body) {
  const auto client =
      *net::HttpClient::Create("http://127.0.0.1:" + std::to_string(receiver.port()));
  const auto response = client->Post(std::move(path), std::move(body), std::move(type));
  return response.ok() ? response->status : 0;
}

TEST(EveryProtocol, KeepsTheSameSpans) {
  const std::vector<trace::Span> spans = CommonSpans(20);
  {
    FakeStore store;
    const auto receiver = *StartOtlpGrpc(store, {});
    EXPECT_TRUE(CallGrpc(receiver->port(),
                         "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                         wire::EncodeOtlpProto(spans))
                    .status.ok());
    ExpectKept(store, spans, "OTLP gRPC");
  }
  {
    FakeStore store;
    const auto receiver = *StartOtlpHttp(store, {});
    EXPECT_EQ(Post(*receiver, "/v1/traces", "application/x-protobuf", wire::EncodeOtlpProto(spans)),
              200);
    ExpectKept(store, spans, "OTLP HTTP protobuf");
  }
  {
    FakeStore store;
    const auto receiver = *StartOtlpHttp(store, {});
    EXPECT_EQ(Post(*receiver, "/v1/traces", "application/json", wire::EncodeOtlpJson(spans)), 200);
    ExpectKept(store, spans, "OTLP HTTP JSON");
  }
  {
    FakeStore store;
    const auto receiver = *StartJaegerGrpc(store, nullptr, {});
    std::string request;
    wire::AppendBytesField(1, wire::EncodeJaegerProtoSpans(spans), request);
    EXPECT_TRUE(CallGrpc(receiver->port(), "/jaeger.api_v2.CollectorService/PostSpans", request)
                    .status.ok());
    ExpectKept(store, spans, "Jaeger gRPC");
  }
  wire::JaegerDatagramWriter writer(*spans.front().resource);
  std::vector<std::string> encoded;
  for (const trace::Span& span : spans)
    encoded.push_back(wire::JaegerDatagramWriter::EncodeSpan(span));
  const std::string datagram = writer.Datagram(encoded);
  {
    FakeStore store;
    const auto receiver = *StartJaegerUdp(store, {});
    const auto client = *net::UdpSender::Create("127.0.0.1", receiver->port());
    ASSERT_TRUE(client->Send(datagram).ok());
    ExpectKept(store, spans, "Jaeger compact");
  }
  {
    FakeStore store;
    const auto receiver = *StartJaegerHttp(store, nullptr, {});
    // Behind the header (2 bytes, a short number, the name with its length) the arguments begin
    // with the batch: one byte of field header; at the end is one byte that ends the arguments.
    const size_t batch_at = 2 + 1 + 10 + 1;
    const std::string batch = datagram.substr(batch_at, datagram.size() - batch_at - 1);
    EXPECT_EQ(Post(*receiver, "/api/traces", "application/vnd.apache.thrift.compact", batch), 202);
    ExpectKept(store, spans, "Jaeger HTTP");
  }
}

// A span in Zipkin's JSON, as an exporter of OpenTelemetry writes it.
void WriteZipkin(const trace::Span& span, codec::JsonWriter& json) {
  json.BeginObject().Key("traceId").String(trace::ToHex(span.trace_id));
  json.Key("id").String(trace::SpanIdToHex(span.span_id));
  if (span.parent_id != 0) json.Key("parentId").String(trace::SpanIdToHex(span.parent_id));
  json.Key("name").String(span.name);
  json.Key("timestamp").Int(span.start_ns / 1000).Key("duration").Int(span.duration_ns() / 1000);
  json.Key("localEndpoint").BeginObject().Key("serviceName").String(span.resource->service);
  json.EndObject().Key("tags").BeginObject();
  for (const trace::Attribute& a : span.attributes)
    json.Key(a.key).String(trace::ToText(a.value.view()));
  for (const trace::Attribute& a : span.resource->attributes)
    json.Key(a.key).String(trace::ToText(a.value.view()));
  json.Key("otel.scope.name").String(span.scope->name);
  json.Key("span.kind").String(trace::SpanKindName(span.kind));
  if (span.status == trace::SpanStatus::kOk) json.Key("otel.status_code").String("OK");
  if (span.status == trace::SpanStatus::kError) {
    json.Key("otel.status_code").String("ERROR");
    json.Key("otel.status_description").String(span.status_message);
  }
  json.Key("w3c.tracestate").String(span.trace_state);
  int number = 0;
  for (const trace::Link& link : span.links) {
    json.Key("otlp.link." + std::to_string(number++))
        .String(trace::ToHex(link.trace_id) + "|" + trace::SpanIdToHex(link.span_id) + "|" +
                link.trace_state + "|{\"opentracing.ref_type\":\"follows_from\"}|0");
  }
  json.EndObject().Key("annotations").BeginArray();
  for (const trace::Event& event : span.events) {
    json.BeginObject().Key("timestamp").Int(event.time_ns / 1000);
    json.Key("value").String(event.name).EndObject();
  }
  json.EndArray().EndObject();
}

TEST(EveryProtocol, ZipkinKeepsWhatItsTextsSay) {
  std::vector<trace::Span> spans = CommonSpans(20);
  const auto owner = std::make_shared<trace::Resource>(
      trace::Resource{.service = "svc",
                      .attributes = {{"host.name", trace::Value(trace::ValueView::String("h1"))}}});
  const auto scope = std::make_shared<trace::Scope>(trace::Scope{.name = "lib"});
  std::string body;
  codec::JsonWriter json(body);
  json.BeginArray();
  for (trace::Span& span : spans) {
    span.resource = owner;
    span.scope = scope;
    span.flags = 0;
    for (trace::Attribute& a : span.attributes)
      a.value = trace::Value(trace::ValueView::String(trace::ToText(a.value.view())));
    for (trace::Event& event : span.events) event.attributes.clear();
    WriteZipkin(span, json);
  }
  json.EndArray();
  FakeStore store;
  const auto receiver = *StartZipkin(store, {});
  EXPECT_EQ(Post(*receiver, "/api/v2/spans", "application/json", body), 202);
  for (trace::Span& span : spans)  // an empty kind is a tag that says nothing
    if (span.kind == trace::SpanKind::kUnspecified)
      span.attributes.push_back({"span.kind", trace::Value(trace::ValueView::String(""))});
  for (trace::Span& span : spans) Sort(span.attributes);
  ExpectKept(store, spans, "Zipkin JSON");
}

TEST(EveryProtocol, TheVectorsOfTheContractAreOneSpanOnEveryPort) {
  const std::string compact = CompactDatagram(), binary = BinaryDatagram();
  std::vector<trace::Span> kept;
  for (const bool is_compact : {true, false}) {
    FakeStore store;
    const auto receiver = *StartJaegerUdp(
        store, {.encoding = is_compact ? JaegerEncoding::kCompact : JaegerEncoding::kBinary});
    const auto client = *net::UdpSender::Create("127.0.0.1", receiver->port());
    ASSERT_TRUE(client->Send(is_compact ? compact : binary).ok());
    ASSERT_TRUE(store.WaitForSpans(1));
    kept.push_back(store.spans().front());
  }
  FakeStore store;
  const auto receiver = *StartJaegerHttp(store, nullptr, {});
  EXPECT_EQ(Post(*receiver, "/api/traces?format=jaeger.thrift", "application/x-thrift",
                 binary.substr(24, binary.size() - 25)),
            202);
  EXPECT_EQ(Post(*receiver, "/api/traces", "application/vnd.apache.thrift.compact",
                 compact.substr(14, compact.size() - 15)),
            202);
  ASSERT_EQ(store.spans().size(), 2u);
  for (const trace::Span& span : store.spans()) kept.push_back(span);
  for (const trace::Span& span : kept) {
    EXPECT_EQ(span.trace_id, (trace::TraceId{~uint64_t{0}, 0x0102030405060708}));
    EXPECT_EQ(span.attributes.size(), 4u);
    EXPECT_TRUE(wire::SameSpan(span, kept.front()));
  }
}

}  // namespace
}  // namespace awry::ingest
