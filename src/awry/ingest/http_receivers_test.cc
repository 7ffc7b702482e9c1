#include <gtest/gtest.h>

#include "awry/ingest/fake_store.h"
#include "awry/ingest/jaeger_http_receiver.h"
#include "awry/ingest/otlp_receiver.h"
#include "codec/base64.h"
#include "codec/compress.h"
#include "net/http_client.h"
#include "wire/otlp_proto.h"

namespace awry::ingest {
namespace {

trace::Span OneSpan() {
  trace::Span span;
  span.trace_id = {1, 2};
  span.span_id = 3;
  span.name = "op";
  span.start_ns = 10;
  span.end_ns = 20;
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "svc"});
  span.scope = std::make_shared<trace::Scope>();
  return span;
}

std::string OneSpanProto() {
  const trace::Span span = OneSpan();
  return wire::EncodeOtlpProto({&span, 1});
}

constexpr char kOneSpanJson[] =
    R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"svc"}}]},)"
    R"("scopeSpans":[{"spans":[{"traceId":"000102030405060708090a0b0c0d0e0f","spanId":"0102030405060708",)"
    R"("name":"op","startTimeUnixNano":"10","endTimeUnixNano":"20"}]}]}]})";

struct OtlpHttp {
  explicit OtlpHttp(size_t body_bytes_max = 64 << 20) {
    auto started = StartOtlpHttp(store, {.body_bytes_max = body_bytes_max, .stats = &stats});
    EXPECT_TRUE(started.ok()) << started.status().ToString();
    receiver = *std::move(started);
    client = *net::HttpClient::Create("http://127.0.0.1:" + std::to_string(receiver->port()));
  }
  net::HttpResponse Send(std::string method, std::string body, net::Headers headers) {
    auto response = client->Send({.method = std::move(method),
                                  .target = "/v1/traces",
                                  .headers = std::move(headers),
                                  .body = std::move(body)});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? *response : net::HttpResponse{.status = 0};
  }
  net::HttpResponse Post(std::string body, std::string type) {
    return Send("POST", std::move(body), {{"Content-Type", std::move(type)}});
  }
  FakeStore store;
  IngestStats stats;
  std::unique_ptr<Receiver> receiver;
  std::unique_ptr<net::HttpClient> client;
};

TEST(OtlpHttp, KeepsProtobufAndAnswersNothing) {
  OtlpHttp otlp;
  const net::HttpResponse response = otlp.Post(OneSpanProto(), "application/x-protobuf");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "application/x-protobuf");
  EXPECT_EQ(response.body, "");
  ASSERT_EQ(otlp.store.spans().size(), 1u);
  EXPECT_EQ(otlp.store.spans()[0].resource->service, "svc");
  EXPECT_EQ(otlp.stats.spans(Protocol::kOtlpHttp), 1u);
}

TEST(OtlpHttp, KeepsJsonWithParametersInTheContentType) {
  OtlpHttp otlp;
  const net::HttpResponse response = otlp.Post(kOneSpanJson, "Application/JSON; charset=utf-8");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  EXPECT_EQ(response.body, "{}");
  ASSERT_EQ(otlp.store.spans().size(), 1u);
  EXPECT_EQ(otlp.store.spans()[0].name, "op");
}

TEST(OtlpHttp, UndoesCompression) {
  OtlpHttp otlp;
  for (const auto& [name, compression] :
       {std::pair{"gzip", codec::Compression::kGzip}, {"zstd", codec::Compression::kZstd}}) {
    const net::HttpResponse response =
        otlp.Send("POST", *codec::Compress(compression, OneSpanProto()),
                  {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", name}});
    EXPECT_EQ(response.status, 200) << name;
  }
  EXPECT_EQ(otlp.store.spans().size(), 2u);
}

TEST(OtlpHttp, AnEmptyRequestIsASuccess) {
  OtlpHttp otlp;
  EXPECT_EQ(otlp.Post("", "application/x-protobuf").status, 200);
  EXPECT_EQ(otlp.Post("{}", "application/json").status, 200);
  EXPECT_EQ(otlp.store.commits(), 0u);
}

TEST(OtlpHttp, AnswersWhatCannotBeDecodedInTheRequestsEncoding) {
  OtlpHttp otlp;
  const net::HttpResponse proto = otlp.Post("\xff\xff\xff", "application/x-protobuf");
  EXPECT_EQ(proto.status, 400);
  EXPECT_EQ(proto.header("Content-Type"), "application/x-protobuf");
  EXPECT_NE(wire::DecodeRpcStatusMessage(proto.body), "");
  const net::HttpResponse json = otlp.Post("{\"resourceSpans\":[", "application/json");
  EXPECT_EQ(json.status, 400);
  EXPECT_NE(json.body.find("\"code\":3"), std::string::npos) << json.body;
  EXPECT_TRUE(otlp.store.spans().empty());
  EXPECT_EQ(otlp.stats.refused(Protocol::kOtlpHttp, Refusal::kMalformed), 2u);
}

TEST(OtlpHttp, RefusesOtherMethodsAndContentTypesInPlainText) {
  OtlpHttp otlp;
  const net::HttpResponse method = otlp.Send("GET", "", {});
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.header("Allow"), "POST");
  EXPECT_TRUE(method.header("Content-Type").starts_with("text/plain"));
  const net::HttpResponse type = otlp.Post("x", "text/xml");
  EXPECT_EQ(type.status, 415);
  EXPECT_TRUE(type.header("Content-Type").starts_with("text/plain"));
  EXPECT_EQ(otlp.stats.refused(Protocol::kOtlpHttp, Refusal::kUnsupported), 1u);
}

TEST(OtlpHttp, AsksToTryAgainWhenALimitIsMet) {
  OtlpHttp otlp;
  otlp.store.FailWith(base::ResourceExhausted("memory limit"));
  const net::HttpResponse full = otlp.Post(OneSpanProto(), "application/x-protobuf");
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(full.header("Retry-After"), "1");
  EXPECT_EQ(wire::DecodeRpcStatusMessage(full.body), "memory limit");
  otlp.store.FailWith(base::Unavailable("later"));
  const net::HttpResponse later = otlp.Post(OneSpanProto(), "application/x-protobuf");
  EXPECT_EQ(later.status, 503);
  EXPECT_EQ(later.header("Retry-After"), "1");
  otlp.store.FailWith(base::Internal("broken"));
  const net::HttpResponse broken = otlp.Post(OneSpanProto(), "application/x-protobuf");
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.header("Retry-After"), "");
  EXPECT_EQ(otlp.stats.refused(Protocol::kOtlpHttp, Refusal::kOverload), 2u);
  EXPECT_EQ(otlp.stats.refused(Protocol::kOtlpHttp, Refusal::kStoreFailed), 1u);
}

TEST(OtlpHttp, RefusesABodyOverTheLimit) {
  OtlpHttp otlp(1000);
  EXPECT_EQ(otlp.Post(std::string(1001, 'x'), "application/x-protobuf").status, 413);
  EXPECT_TRUE(otlp.store.spans().empty());
}

TEST(OtlpHttp, TellsWhichSpansItLeftOut) {
  OtlpHttp otlp;
  std::string body = kOneSpanJson;
  body.replace(body.find("0102030405060708\""), 16, "0000000000000000");
  const net::HttpResponse response = otlp.Post(body, "application/json");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find("rejectedSpans"), std::string::npos) << response.body;
  EXPECT_EQ(otlp.stats.spans_rejected(Protocol::kOtlpHttp), 1u);
}

TEST(OtlpHttp, SaysOfABodyThatCannotBeUnpackedWhatClientsRead) {
  OtlpHttp otlp;
  const auto send = [&](const char* type, const char* encoding) {
    return otlp.Send("POST", "no gzip", {{"Content-Type", type}, {"Content-Encoding", encoding}});
  };
  const net::HttpResponse proto = send("application/x-protobuf", "gzip");
  EXPECT_EQ(proto.status, 400);
  EXPECT_EQ(proto.header("Content-Type"), "application/x-protobuf");
  EXPECT_NE(wire::DecodeRpcStatusMessage(proto.body).find("damaged"), std::string::npos);
  const net::HttpResponse json = send("application/json", "br");
  EXPECT_EQ(json.status, 415);
  EXPECT_TRUE(json.body.starts_with("{\"code\":3,")) << json.body;
  EXPECT_EQ(otlp.stats.refused(Protocol::kOtlpHttp, Refusal::kMalformed), 1u);
  EXPECT_EQ(otlp.stats.refused(Protocol::kOtlpHttp, Refusal::kUnsupported), 1u);
}

TEST(OtlpHttp, AnEmptyContentEncodingIsNone) {
  OtlpHttp otlp;
  const net::HttpResponse response = otlp.Send(
      "POST", kOneSpanJson, {{"Content-Type", "application/json"}, {"Content-Encoding", ""}});
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(otlp.store.spans().size(), 1u);
}

TEST(OtlpHttp, NamesAPortThatIsInUse) {
  OtlpHttp otlp;
  const auto second = StartOtlpHttp(otlp.store, {.port = otlp.receiver->port()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), base::StatusCode::kFailedPrecondition);
  EXPECT_NE(second.status().message().find(std::to_string(otlp.receiver->port())),
            std::string::npos);
}

// One span of service "svc" in a bare binary Batch, cut out of a real client's emitBatch.
std::string JaegerBatch() {
  return *codec::HexDecode(
      "0c00010b000100000003737663000f00020c000000010a000101020304050607080a0002ffffffffffffffff0a00"
      "030000000000000002"
      "0a000400000000000000010b0005000000026f70080007000000010a00080005af3107a400000a00090000000000"
      "00000a0000");
}

TEST(JaegerHttp, AnswersAsTheCollectorDoes) {
  FakeStore store;
  IngestStats stats;
  auto receiver = StartJaegerHttp(store, nullptr, {.stats = &stats});
  ASSERT_TRUE(receiver.ok());
  const auto client =
      *net::HttpClient::Create("http://127.0.0.1:" + std::to_string((*receiver)->port()));
  const auto good =
      client->Post("/api/traces?format=jaeger.thrift", JaegerBatch(), "application/x-thrift");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->status, 202);
  EXPECT_EQ(good->body, "");
  ASSERT_EQ(store.spans().size(), 1u);
  EXPECT_EQ(store.spans()[0].trace_id, (trace::TraceId{UINT64_MAX, 0x0102030405060708}));
  const auto type = client->Post("/api/traces", JaegerBatch(), "text/plain");
  EXPECT_EQ(type->status, 400);
  EXPECT_TRUE(type->body.starts_with("Unsupported content type: text/plain")) << type->body;
  EXPECT_EQ(client->Post("/api/traces", "\x0c", "application/x-thrift")->status, 400);
  store.FailWith(base::Internal("broken"));
  EXPECT_EQ(client->Post("/api/traces", JaegerBatch(), "application/x-thrift")->status, 500);
  store.FailWith(base::ResourceExhausted("full"));
  EXPECT_EQ(client->Post("/api/traces", JaegerBatch(), "application/x-thrift")->status, 503);
}

}  // namespace
}  // namespace awry::ingest
