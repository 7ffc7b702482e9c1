// What strangers send: bombs, depths, lengths and slowness. Every listener refuses or keeps it,
// memory stays under its limits, and others are served meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "awry/ingest/fake_store.h"
#include "awry/ingest/jaeger_grpc_receiver.h"
#include "awry/ingest/jaeger_http_receiver.h"
#include "awry/ingest/otlp_receiver.h"
#include "awry/ingest/zipkin_receiver.h"
#include "codec/compress.h"
#include "net/http_client.h"
#include "net/test_socket.h"
#include "wire/any_value.h"
#include "wire/jaeger_proto.h"
#include "wire/otlp_proto.h"

#include "awry/ingest/grpc_test_call.h"

namespace awry::ingest {
namespace {

using testing::HasSubstr;

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr char kPostSpans[] = "/jaeger.api_v2.CollectorService/PostSpans";

trace::Span OneSpan() {
  trace::Span span;
  span.trace_id = {1, 2};
  span.span_id = 3;
  span.name = "op";
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "svc"});
  span.scope = std::make_shared<trace::Scope>();
  return span;
}
std::string OtlpProto(const trace::Span& span) { return wire::EncodeOtlpProto({&span, 1}); }

// All listeners with a body, on one store.
struct Listeners {
  explicit Listeners(const ReceiverOptions& options)
      : otlp_http(*StartOtlpHttp(store, options)),
        zipkin(*StartZipkin(store, options)),
        jaeger_http(*StartJaegerHttp(store, nullptr, options)),
        otlp_grpc(*StartOtlpGrpc(store, options)),
        jaeger_grpc(*StartJaegerGrpc(store, nullptr, options)) {}

  static net::HttpResponse Post(const Receiver& receiver, std::string path, std::string type,
                                std::string body, std::string encoding = "") {
    const auto client =
        *net::HttpClient::Create("http://127.0.0.1:" + std::to_string(receiver.port()), {.timeout = std::chrono::seconds(120)});
    net::Headers headers{{"Content-Type", std::move(type)}};
    if (!encoding.empty()) headers.emplace_back("Content-Encoding", std::move(encoding));
    auto response = client->Send({.method = "POST",
                                  .target = std::move(path),
                                  .headers = std::move(headers),
                                  .body = std::move(body)});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? *response : net::HttpResponse{.status = 0};
  }
  net::HttpResponse PostOtlp(std::string body, std::string encoding = "") {
    return Post(*otlp_http, "/v1/traces", "application/x-protobuf", std::move(body),
                std::move(encoding));
  }
  // Every listener takes a plain span.
  void ExpectAllServe() {
    const size_t before = store.spans().size();
    EXPECT_EQ(PostOtlp(OtlpProto(OneSpan())).status, 200);
    EXPECT_EQ(
        Post(*zipkin, "/api/v2/spans", "application/json", R"([{"traceId":"1","id":"1"}])").status,
        202);
    EXPECT_TRUE(CallGrpc(otlp_grpc->port(), kExport, OtlpProto(OneSpan())).status.ok());
    std::string batch;
    const trace::Span span = OneSpan();
    wire::AppendBytesField(1, wire::EncodeJaegerProtoSpans({&span, 1}), batch);
    EXPECT_TRUE(CallGrpc(jaeger_grpc->port(), kPostSpans, batch).status.ok());
    EXPECT_EQ(store.spans().size(), before + 4);
  }

  FakeStore store;
  std::unique_ptr<Receiver> otlp_http, zipkin, jaeger_http, otlp_grpc, jaeger_grpc;
};

TEST(Hostile, BombsOfEveryCompressionAreRefusedAtTheLimit) {
  Listeners listeners({.body_bytes_max = 1 << 20});
  const std::string zeros(16 << 20, '\0');
  for (const auto& [name, compression] : {std::pair{"gzip", codec::Compression::kGzip},
                                          {"deflate", codec::Compression::kDeflate},
                                          {"zstd", codec::Compression::kZstd}}) {
    const std::string bomb = *codec::Compress(compression, zeros);
    ASSERT_LT(bomb.size(), zeros.size() / 500);
    EXPECT_EQ(listeners.PostOtlp(bomb, name).status, 413) << name;
    EXPECT_EQ(
        Listeners::Post(*listeners.zipkin, "/api/v2/spans", "application/json", bomb, name).status,
        413)
        << name;
    EXPECT_EQ(
        Listeners::Post(*listeners.jaeger_http, "/api/traces", "application/x-thrift", bomb, name)
            .status,
        413)
        << name;
  }
  listeners.ExpectAllServe();
}

TEST(Hostile, DeepNestingIsAnErrorInEveryFormat) {
  Listeners listeners({});
  const auto nested = [](std::string_view open, int depth) {
    std::string out;
    for (int i = 0; i < depth; ++i) out += open;
    return out;
  };
  const std::string otlp_json =
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":)" +
      nested(R"({"arrayValue":{"values":[)", 20'000);
  EXPECT_EQ(
      Listeners::Post(*listeners.otlp_http, "/v1/traces", "application/json", otlp_json).status,
      400);
  EXPECT_EQ(Listeners::Post(*listeners.otlp_http, "/v1/traces", "application/json",
                            nested("[", 1'000'000))
                .status,
            400);
  for (const char* path : {"/api/v2/spans", "/api/v1/spans"}) {
    EXPECT_EQ(
        Listeners::Post(*listeners.zipkin, path, "application/json", nested("[", 1'000'000)).status,
        400);
    EXPECT_EQ(Listeners::Post(*listeners.zipkin, path, "application/json",
                              R"([{"traceId":"1","id":"1","x":)" + nested(R"({"x":[)", 100'000))
                  .status,
              400);
  }
  // An annotation whose encoded attributes are too deep is a plain one.
  EXPECT_EQ(Listeners::Post(
                *listeners.zipkin, "/api/v2/spans", "application/json",
                R"([{"traceId":"1","id":"1","annotations":[{"timestamp":1,"value":"e|{\"a\":)" +
                    nested("[", 1'000) + nested("]", 1'000) + R"(}|0"}]}])")
                .status,
            202);
  EXPECT_THAT(listeners.store.spans().back().events.at(0).name, testing::StartsWith("e|{"));
  // AnyValue in AnyValue, from the inside out, as an attribute of a span.
  trace::Span span = OneSpan();
  std::string array;
  for (int i = 0; i < 100; ++i) {
    std::string outer;
    wire::AppendArrayItem(trace::ValueView::Array(array), outer);
    array = std::move(outer);
  }
  span.attributes = {{"deep", trace::Value(trace::ValueView::Array(array))}};
  EXPECT_EQ(listeners.PostOtlp(OtlpProto(span)).status, 400);
  // A struct in a struct in a struct, in Thrift: fields of id 1 and type 12.
  EXPECT_EQ(Listeners::Post(*listeners.jaeger_http, "/api/traces", "application/x-thrift",
                            nested(std::string_view("\x0c\0\1", 3), 100'000))
                .status,
            400);
  EXPECT_EQ(Listeners::Post(
                *listeners.zipkin, "/api/v1/spans", "application/x-thrift",
                std::string("\x0c\0\0\0\1", 5) + nested(std::string_view("\x0c\0\1", 3), 100'000))
                .status,
            400);
  listeners.ExpectAllServe();
}

TEST(Hostile, LengthsAndCountsBeyondTheBytesAreErrors) {
  Listeners listeners({});
  const std::string huge_length("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10);
  EXPECT_EQ(listeners.PostOtlp(huge_length).status, 400);
  EXPECT_EQ(
      Listeners::Post(*listeners.zipkin, "/api/v2/spans", "application/x-protobuf", huge_length)
          .status,
      400);
  EXPECT_EQ(CallGrpc(listeners.jaeger_grpc->port(), kPostSpans, huge_length).status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(CallGrpc(listeners.otlp_grpc->port(), kExport, huge_length).status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  // list<struct> of 2^31 - 1 elements.
  EXPECT_EQ(Listeners::Post(*listeners.zipkin, "/api/v1/spans", "application/x-thrift",
                            std::string("\x0c\x7f\xff\xff\xff", 5))
                .status,
            400);
  EXPECT_EQ(Listeners::Post(*listeners.jaeger_http, "/api/traces", "application/x-thrift",
                            std::string("\x0f\0\2\x0c\x7f\xff\xff\xff", 8))
                .status,
            400);
  listeners.ExpectAllServe();
}

TEST(Hostile, AMillionKeysAreKept) {
  FakeStore store;
  const auto receiver = *StartOtlpHttp(store, {});
  trace::Span span = OneSpan();
  constexpr int kKeys = 1'000'000;
  span.attributes.reserve(kKeys);
  const trace::Value one(trace::ValueView::Int(1));
  for (int i = 0; i < kKeys; ++i) span.attributes.push_back({"k" + std::to_string(i), one});
  EXPECT_EQ(
      Listeners::Post(*receiver, "/v1/traces", "application/x-protobuf", OtlpProto(span)).status,
      200);
  const std::vector<trace::Span> kept = store.spans();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_TRUE(kept[0].attributes == span.attributes);
}

TEST(Hostile, TenMegabytesInOneAttributeAreKept) {
  Listeners listeners({});
  trace::Span span = OneSpan();
  const std::string text(10 << 20, 'x');
  span.attributes = {{"large", trace::Value(trace::ValueView::String(text))}};
  EXPECT_EQ(listeners.PostOtlp(OtlpProto(span)).status, 200);
  EXPECT_TRUE(listeners.store.spans().back().attributes == span.attributes);
  EXPECT_EQ(Listeners::Post(*listeners.zipkin, "/api/v2/spans", "application/json",
                            R"([{"traceId":"1","id":"1","tags":{"large":")" + text + R"("}}])")
                .status,
            202);
  EXPECT_TRUE(listeners.store.spans().back().attributes == span.attributes);
}

TEST(Hostile, SlowAndHalfOpenClientsKeepNobodyWaiting) {
  Listeners listeners({.threads = 2});
  std::vector<std::unique_ptr<net::TestSocket>> slow;
  for (const Receiver* receiver : {listeners.otlp_http.get(), listeners.zipkin.get(),
                                   listeners.otlp_grpc.get(), listeners.jaeger_grpc.get()}) {
    for (int i = 0; i < 20; ++i) {
      slow.push_back(std::make_unique<net::TestSocket>(receiver->port()));
      if (i % 3 == 1) slow.back()->Write("POST /v1/tra");
      if (i % 3 == 2)
        slow.back()->Write(
            "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc");
    }
  }
  listeners.ExpectAllServe();
}

// Sends the head and `bytes` of a larger body, and waits for nothing.
std::unique_ptr<net::TestSocket> HoldABody(uint16_t port, size_t bytes) {
  auto socket = std::make_unique<net::TestSocket>(port);
  socket->Write(
      "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"
      "Content-Length: 30000000\r\n\r\n" +
      std::string(bytes, 'x'));
  return socket;
}

TEST(Hostile, BodiesThatAreHeldShareOneBudget) {
  constexpr size_t kMiB = 1 << 20;
  net::ByteBudget budget(4 * kMiB), decode_budget(4 * kMiB);
  Listeners listeners({.body_budget = &budget, .decode_budget = &decode_budget});
  const uint16_t port = listeners.otlp_http->port();
  std::vector<std::unique_ptr<net::TestSocket>> held;
  // Each is admitted or answered 503: what is held in all never passes the budget.
  for (int i = 0; i < 8; ++i) held.push_back(HoldABody(port, kMiB));
  // The budget is full, or nearly: a body of its size cannot be taken.
  net::TestSocket large(port);
  large.Write("POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n" +
              std::string(5 * kMiB, 'x'));
  EXPECT_THAT(large.ReadUntil("\r\n\r\n"),
              testing::AllOf(HasSubstr(" 503 "), HasSubstr("Retry-After: 1")));
  EXPECT_LE(budget.taken(), budget.bytes_max());
  listeners.ExpectAllServe();
  held.clear();
  trace::Span span = OneSpan();
  span.attributes = {{"large", trace::Value(trace::ValueView::String(std::string(3 * kMiB, 'x')))}};
  // The server learns of closed connections in its own time: until then, the protocol's code to
  // come again is the only other answer.
  int status = 0;
  for (int tries = 0; tries < 1'000 && status != 200; ++tries) {
    status = listeners.PostOtlp(OtlpProto(span)).status;
    EXPECT_THAT(status, testing::AnyOf(200, 429, 503));
  }
  EXPECT_EQ(status, 200);
}

TEST(Hostile, DecodingALargeRequestTakesItsShareOfTheBudget) {
  net::ByteBudget budget(16 << 20);
  ASSERT_TRUE(budget.Take(15 << 20));  // others are being decoded
  Listeners listeners({.decode_budget = &budget});
  trace::Span span = OneSpan();
  span.attributes = {{"large", trace::Value(trace::ValueView::String(std::string(2 << 20, 'x')))}};
  const GrpcAnswer busy = CallGrpc(listeners.otlp_grpc->port(), kExport, OtlpProto(span));
  EXPECT_EQ(busy.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(busy.has_details) << "RetryInfo";
  listeners.ExpectAllServe();
  budget.Give(15 << 20);
  EXPECT_TRUE(CallGrpc(listeners.otlp_grpc->port(), kExport, OtlpProto(span)).status.ok());
  EXPECT_EQ(budget.taken(), 0u);
}

}  // namespace
}  // namespace awry::ingest
