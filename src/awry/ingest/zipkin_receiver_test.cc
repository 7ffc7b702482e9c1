#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/ingest/fake_store.h"
#include "awry/ingest/zipkin_receiver.h"
#include "codec/base64.h"
#include "codec/compress.h"
#include "net/http_client.h"

namespace awry::ingest {
namespace {

using testing::HasSubstr;

constexpr char kV2[] =
    R"([{"traceId":"000000000000000a","id":"000000000000000b","name":"op","timestamp":5,"duration":7,)"
    R"("localEndpoint":{"serviceName":"svc"}}])";
constexpr char kV1[] = R"([{"traceId":"a","id":"b","name":"op","annotations":[)"
                       R"({"timestamp":5,"value":"sr","endpoint":{"serviceName":"svc"}},)"
                       R"({"timestamp":12,"value":"ss","endpoint":{"serviceName":"svc"}}]}])";
// ListOfSpans: trace 10, span 11, name op, timestamp 5, duration 7, local service svc.
constexpr char kProtoHex[] =
    "0a2a"
    "0a08000000000000000a"
    "1a08000000000000000b"
    "2a026f70"
    "310500000000000000"
    "3807"
    "42050a03737663";
// list<Span>: trace 10, name op, span 11, timestamp 5, duration 7, a tag "lc" at svc.
constexpr char kThriftHex[] =
    "0c00000001"
    "0a0001000000000000000a"
    "0b0003000000026f70"
    "0a0004000000000000000b"
    "0f00080c00000001"
    "0b0001000000026c63"
    "0b000200000000"
    "080003"
    "00000006"
    "0c0004"
    "0b000300000003737663"
    "00"
    "00"
    "0a000a0000000000000005"
    "0a000b0000000000000007"
    "00";

struct Zipkin {
  Zipkin() {
    auto started = StartZipkin(store, {.stats = &stats});
    EXPECT_TRUE(started.ok()) << started.status().ToString();
    receiver = *std::move(started);
    client = *net::HttpClient::Create("http://127.0.0.1:" + std::to_string(receiver->port()));
  }
  net::HttpResponse Send(std::string method, std::string target, std::string body,
                         net::Headers headers) {
    auto response = client->Send({.method = std::move(method),
                                  .target = std::move(target),
                                  .headers = std::move(headers),
                                  .body = std::move(body)});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? *response : net::HttpResponse{.status = 0};
  }
  net::HttpResponse Post(std::string target, std::string body, std::string type) {
    return Send("POST", std::move(target), std::move(body), {{"Content-Type", std::move(type)}});
  }
  FakeStore store;
  IngestStats stats;
  std::unique_ptr<Receiver> receiver;
  std::unique_ptr<net::HttpClient> client;
};

void ExpectTheSpan(const std::vector<trace::Span>& spans, const std::string& what) {
  ASSERT_EQ(spans.size(), 1u) << what;
  EXPECT_EQ(spans[0].trace_id, (trace::TraceId{0, 10})) << what;
  EXPECT_EQ(spans[0].span_id, 11u) << what;
  EXPECT_EQ(spans[0].name, "op") << what;
  EXPECT_EQ(spans[0].resource->service, "svc") << what;
  EXPECT_EQ(spans[0].start_ns, 5'000) << what;
  EXPECT_EQ(spans[0].duration_ns(), 7'000) << what;
}

TEST(ZipkinHttp, TakesEveryFormatWith202AndNoBody) {
  const struct {
    std::string path, type, body;
  } cases[] = {
      {"/api/v2/spans", "application/json", kV2},
      {"/api/v2/spans", "application/x-protobuf", *codec::HexDecode(kProtoHex)},
      {"/api/v1/spans", "application/json; charset=utf-8", kV1},
      {"/api/v1/spans", "application/x-thrift", *codec::HexDecode(kThriftHex)},
  };
  for (const auto& c : cases) {
    Zipkin zipkin;
    const net::HttpResponse response = zipkin.Post(c.path, c.body, c.type);
    EXPECT_EQ(response.status, 202) << c.path << " " << c.type << ": " << response.body;
    EXPECT_EQ(response.body, "");
    ExpectTheSpan(zipkin.store.spans(), c.path + " " + c.type);
    EXPECT_EQ(zipkin.stats.spans(Protocol::kZipkin), 1u);
  }
}

TEST(ZipkinHttp, UndoesCompression) {
  for (const auto& [name, compression] : {std::pair{"gzip", codec::Compression::kGzip},
                                          {"deflate", codec::Compression::kDeflate},
                                          {"zlib", codec::Compression::kZlib},
                                          {"zstd", codec::Compression::kZstd}}) {
    Zipkin zipkin;
    const net::HttpResponse response =
        zipkin.Send("POST", "/api/v2/spans", *codec::Compress(compression, kV2),
                    {{"Content-Type", "application/json"}, {"Content-Encoding", name}});
    EXPECT_EQ(response.status, 202) << name;
    ExpectTheSpan(zipkin.store.spans(), name);
  }
}

TEST(ZipkinHttp, SaysInTextWhatCannotBeDecoded) {
  Zipkin zipkin;
  const net::HttpResponse bad = zipkin.Post("/api/v2/spans", R"([{"id":5}])", "application/json");
  EXPECT_EQ(bad.status, 400);
  EXPECT_TRUE(bad.header("Content-Type").starts_with("text/plain"));
  EXPECT_THAT(bad.body, HasSubstr("span 0"));
  EXPECT_EQ(zipkin.Post("/api/v2/spans", "\xff", "application/x-protobuf").status, 400);
  EXPECT_EQ(zipkin.Post("/api/v1/spans", "\xff", "application/x-thrift").status, 400);
  EXPECT_TRUE(zipkin.store.spans().empty());
  EXPECT_EQ(zipkin.stats.refused(Protocol::kZipkin, Refusal::kMalformed), 3u);
}

TEST(ZipkinHttp, AsksToTryAgainWhenALimitIsMet) {
  Zipkin zipkin;
  zipkin.store.FailWith(base::ResourceExhausted("memory limit"));
  const net::HttpResponse full = zipkin.Post("/api/v2/spans", kV2, "application/json");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.header("Retry-After"), "1");
  EXPECT_THAT(full.body, HasSubstr("memory limit"));
  zipkin.store.FailWith(base::Internal("broken"));
  EXPECT_EQ(zipkin.Post("/api/v2/spans", kV2, "application/json").status, 500);
}

TEST(ZipkinHttp, OtherMethodsPathsAndHealth) {
  Zipkin zipkin;
  EXPECT_EQ(zipkin.Send("GET", "/api/v2/spans", "", {}).status, 405);
  EXPECT_EQ(zipkin.Send("POST", "/api/v3/spans", kV2, {}).status, 404);
  EXPECT_EQ(zipkin.Send("GET", "/health", "", {}).body, R"({"status":"UP"})");
}

}  // namespace
}  // namespace awry::ingest
