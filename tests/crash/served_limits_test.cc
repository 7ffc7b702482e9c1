// The real server at its limits: a trace far larger than its memory goes in and out by every way, and who
// sends bombs, or holds connections and says nothing, keeps no others out.
// Ours come first: Abseil, which gRPC includes, defines GUARDED_BY as well.
#include "crash_server.h"

#include "awry/ingest/grpc_test_call.h"
#include "codec/compress.h"
#include "codec/varint.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace awry {
namespace {

using std::chrono::minutes;

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryTells = false;  // a sanitizer's own memory is most of it
#else
constexpr bool kMemoryTells = true;
#endif

uint16_t PortOf(const std::string& address) {
  const size_t at = address.find(':', address.starts_with("http") ? 6 : 0);
  return static_cast<uint16_t>(std::stoi(address.substr(at + 1)));
}

// Peak of the server's resident memory.
size_t PeakMiB(const Server& server) {
  std::ifstream status("/proc/" + std::to_string(server.pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) >> 10;
  }
  return 0;
}

size_t CountOf(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

// All messages of a stream, through gRPC's own client with its limits; `use` sees each.
grpc::Status CallStream(const std::string& address, const std::string& method, const std::string& body,
                        const std::function<void(const std::string&)>& use) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, method, &queue);
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(&queue);
  if (wait()) {
    const grpc::Slice slice(body);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), &queue);
    grpc::ByteBuffer message;
    for (bool more = wait(); more;) {
      call->Read(&message, &queue);
      more = wait();
      grpc::Slice whole;
      if (!more || !message.DumpToSingleSlice(&whole).ok()) continue;
      use(std::string(reinterpret_cast<const char*>(whole.begin()), whole.size()));
    }
  }
  grpc::Status status;
  call->Finish(&status, &queue);
  (void)wait();
  return status;
}

// Calls `use` for the first bytes field `number` of each message and so on down the path.
void VisitFields(std::string_view message, std::span<const uint32_t> path, size_t& count) {
  if (path.empty()) {
    ++count;
    return;
  }
  while (!message.empty()) {
    uint64_t tag = 0, value = 0;
    ASSERT_TRUE(codec::GetVarint(message, tag));
    if ((tag & 7) == 0) {
      ASSERT_TRUE(codec::GetVarint(message, value));
    } else if ((tag & 7) == 1) {
      message.remove_prefix(8);
    } else if ((tag & 7) == 5) {
      message.remove_prefix(4);
    } else {
      ASSERT_TRUE(codec::GetVarint(message, value) && value <= message.size());
      if (tag >> 3 == path.front()) VisitFields(message.substr(0, value), path.subspan(1), count);
      message.remove_prefix(value);
    }
  }
}

size_t SpansOf(std::string_view message, std::span<const uint32_t> path) {
  size_t count = 0;
  VisitFields(message, path, count);
  return count;
}

std::string BytesField(uint32_t number, std::string_view bytes) {
  std::string out;
  codec::PutVarint(out, number << 3 | 2);
  codec::PutVarint(out, bytes.size());
  return out.append(bytes);
}

std::string PartOfTrace(const trace::TraceId& id, uint64_t first, uint64_t count) {
  base::Random random(first);
  return Request(id, count, [&](trace::Span& span) {
    span.span_id += first;
    span.parent_id = span.span_id / 2;
    span.start_ns += static_cast<int64_t>(first);
    span.end_ns += static_cast<int64_t>(first);
    std::string text;
    for (int i = 0; i < 4; ++i) text += trace::ToHex(trace::TraceId{random.Next(), random.Next()});
    span.attributes.push_back({"text", trace::Value(trace::ValueView::String(text))});
  });
}

// AWRY_LARGE_TRACE_SPANS=1000000 is the long form.
TEST(ServedLimits, TakesAndGivesATraceThatIsLargerThanItsMemory) {
  const char* const wanted = std::getenv("AWRY_LARGE_TRACE_SPANS");
  const uint64_t spans = wanted != nullptr ? std::stoull(wanted) : 60'000;
  const size_t memory_mib = spans > 200'000 ? 256 : 64;
  constexpr uint64_t kPart = 1'000;
  const Folder folder;
  const Server server(folder.path(), "interval:1s",
                      {{"--memory", std::to_string(memory_mib) + "MiB"}, {"--query-grpc", "auto"}});
  const trace::TraceId id{0xabc, 0xdef};
  const net::HttpClientOptions patient{.timeout = minutes(10), .response_bytes_max = size_t{4} << 30};
  const auto otlp = net::HttpClient::Create(server.otlp(), patient).value();
  for (uint64_t first = 0; first < spans;) {
    const std::string part = PartOfTrace(id, first, std::min(kPart, spans - first));
    const bool taken = first / kPart % 2 == 0
                           ? otlp->Post("/v1/traces", part, "application/x-protobuf").value().status == 200
                           : ingest::CallGrpc(PortOf(server.otlp_grpc()), kExport, part).status.ok();
    if (taken) first += kPart;  // else it is refused for now
  }
  std::string told = "peak MiB after taking: " + std::to_string(PeakMiB(server));

  const auto pages = net::HttpClient::Create(server.pages(), patient).value();
  const std::string hex = trace::ToHex(id);
  const auto check = [&](const std::string& what, size_t found) {
    EXPECT_EQ(found, spans) << what;
    told += ", " + what + ": " + std::to_string(PeakMiB(server));
  };
  for (const std::string& raw : {std::string(), std::string("?raw=true")})
    check("v1" + raw, CountOf(pages->Get("/api/traces/" + hex + raw).value().body, "\"operationName\":"));
  check("v3", CountOf(pages->Get("/api/v3/traces/" + hex).value().body, "\"spanId\":"));

  std::string bytes;
  trace::AppendBytes(id, bytes);
  const auto by_grpc = [&](const std::string& method, const std::string& request,
                           std::span<const uint32_t> path) {
    size_t found = 0;
    const grpc::Status status = CallStream(server.address("Query gRPC"), method, request,
                                           [&](const std::string& message) { found += SpansOf(message, path); });
    EXPECT_TRUE(status.ok()) << method << ": " << status.error_message();
    check(method, found);
  };
  by_grpc("/jaeger.api_v2.QueryService/GetTrace", BytesField(1, bytes), std::array<uint32_t, 1>{1});
  by_grpc("/jaeger.api_v3.QueryService/GetTrace", BytesField(1, hex), std::array<uint32_t, 3>{1, 2, 2});

  // Many at once: each is given the whole trace, or asked to come again.
  std::atomic<size_t> whole = 0, refused = 0;
  const auto read_by_http = [&] {
    const auto client = net::HttpClient::Create(server.pages(), patient).value();
    const auto answer = client->Get("/api/traces/" + hex);
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    if (answer->status == 200) {
      EXPECT_EQ(CountOf(answer->body, "\"operationName\":"), spans);
      ++whole;
    } else {
      EXPECT_EQ(answer->status, 429);
      EXPECT_EQ(answer->header("Retry-After"), "1");
      ++refused;
    }
  };
  const auto read_by_grpc = [&] {
    size_t found = 0;
    const std::array<uint32_t, 1> path{1};
    const grpc::Status status =
        CallStream(server.address("Query gRPC"), "/jaeger.api_v2.QueryService/GetTrace", BytesField(1, bytes),
                   [&](const std::string& message) { found += SpansOf(message, path); });
    if (status.ok()) {
      EXPECT_EQ(found, spans);
      ++whole;
    } else {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
      ++refused;
    }
  };
  {
    std::vector<std::jthread> readers;
    for (int pair = 0; pair < 4; ++pair) {
      readers.emplace_back(read_by_http);
      readers.emplace_back(read_by_grpc);
    }
  }
  EXPECT_GE(whole.load(), 1u);
  told += ", 8 at once (" + std::to_string(whole.load()) + " whole, " + std::to_string(refused.load()) +
          " refused): " + std::to_string(PeakMiB(server));
  if (wanted != nullptr) printf("%s\n", told.c_str());
  constexpr size_t kProgramMiB = 32;
  if (kMemoryTells) {
    EXPECT_LE(PeakMiB(server), memory_mib + kProgramMiB) << told;
  }
}

// Holds `count` connections to the port, of which every second one has begun a request.
class Holder {
 public:
  Holder(uint16_t port, size_t count) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < count; ++i) {
      const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      (void)connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
      sockets_.push_back(fd);
    }
    for (size_t i = 0; i < count; i += 2) (void)send(sockets_[i], "POST /v1/tra", 12, MSG_NOSIGNAL);
  }
  ~Holder() {
    for (const int fd : sockets_) close(fd);
  }

 private:
  std::vector<int> sockets_;
};

TEST(ServedLimits, ServesNewClientsThoughOthersHoldAllConnectionsThatItsFilesAllow) {
  const Folder folder;
  const Server server(folder.path());
  const auto files = std::filesystem::directory_iterator("/proc/" + std::to_string(server.pid()) + "/fd");
  const auto open = static_cast<rlim_t>(std::distance(begin(files), end(files)));
  rlimit all{};
  ASSERT_EQ(prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &all), 0);
  const rlimit few{open + 12, all.rlim_max};
  ASSERT_EQ(prlimit(server.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  const Holder held(PortOf(server.otlp()), 40);
  std::vector<trace::TraceId> acknowledged;
  for (uint64_t i = 1; i <= 3; ++i) {
    // A connection of its own each, which waits for its turn.
    const auto client = net::HttpClient::Create(server.otlp(), {.timeout = minutes(2)}).value();
    const auto answer = client->Post("/v1/traces", Request({1, i}), "application/x-protobuf");
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(answer->status, 200);
    acknowledged.push_back({1, i});
  }
  ASSERT_EQ(prlimit(server.pid(), RLIMIT_NOFILE, &all, nullptr), 0);
  ExpectAllThere(server.pages(), acknowledged);
}

// Each client keeps its connection, as most do, and has sent a large request once.
TEST(ServedLimits, KeepsNothingOfLargeRequestsForConnectionsThatAreIdle) {
  const Folder folder;
  const Server server(folder.path(), "interval:1s", {{"--memory", "64MiB"}});
  const std::string body = R"({"resourceSpans":[)" + std::string(1 << 20, ' ') + "]}";
  std::vector<std::unique_ptr<net::HttpClient>> clients;
  for (int i = 0; i < 120; ++i) {
    clients.push_back(net::HttpClient::Create(server.otlp(), {.timeout = minutes(2)}).value());
    const auto answer = clients.back()->Post("/v1/traces", body, "application/json");
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(answer->status, 200);
  }
  if (kMemoryTells) {
    EXPECT_LE(PeakMiB(server), 110u) << "120 times 1 MiB were sent, one after the other";
  }
}

// Sends what is hostile to one protocol, again and again, until it is told to stop.
class Bomber {
 public:
  template <typename Throw>
  explicit Bomber(Throw throw_one)
      : thread_([throw_one](const std::stop_token& stop) {
          while (!stop.stop_requested()) throw_one();
        }) {}

 private:
  std::jthread thread_;
};

TEST(ServedLimits, ServesOthersAndKeepsItsMemoryWhileBombsComeByEveryProtocol) {
  const Folder folder;
  const Server server(folder.path(), "interval:1s",
                      {{"--jaeger-compact", "auto"}, {"--jaeger-http", "auto"}, {"--jaeger-grpc", "auto"},
                       {"--zipkin", "auto"}, {"--query-grpc", "auto"}});
  const std::string zeros(size_t{48} << 20, '\0');
  const std::string gzip = codec::Compress(codec::Compression::kGzip, zeros).value();
  const std::string deep = R"({"resourceSpans":)" + std::string(1 << 20, '[');
  // Spans of one attribute that says it is 2 GiB long, and an attribute of 10 MB.
  const std::string lengths = "\x0a\xff\xff\xff\xff\x07\x12\xff\xff\xff\xff\x07";
  const std::string long_attribute = Request({9, 9}, 1, [](trace::Span& span) {
    span.attributes.push_back({"long", trace::Value(trace::ValueView::String(std::string(10 << 20, 'x')))});
  });
  const auto post = [](const std::string& url, const std::string& path, const std::string& body,
                       const std::string& type, const std::string& encoding = "") {
    return [=] {
      const auto client = net::HttpClient::Create(url).value();
      net::HttpRequest request{.method = "POST", .target = path, .headers = {{"Content-Type", type}}, .body = body};
      if (!encoding.empty()) request.headers.emplace_back("Content-Encoding", encoding);
      (void)client->Send(std::move(request)).ok();  // refused, or cut off
    };
  };
  const auto origin = [](const std::string& url) { return url.substr(0, url.find('/', 7)); };
  const std::string jaeger = origin(server.address("Jaeger HTTP")), zipkin = server.address("Zipkin");
  std::vector<trace::TraceId> acknowledged;
  {
    const Bomber bombs[] = {
        Bomber(post(server.otlp(), "/v1/traces", gzip, "application/x-protobuf", "gzip")),
        Bomber(post(server.otlp(), "/v1/traces", deep, "application/json")),
        Bomber(post(server.otlp(), "/v1/traces", long_attribute, "application/x-protobuf")),
        Bomber(post(jaeger, "/api/traces?format=jaeger.thrift", zeros, "application/vnd.apache.thrift.binary")),
        Bomber(post(jaeger, "/api/traces", lengths, "application/vnd.apache.thrift.compact")),
        Bomber(post(zipkin, "/api/v2/spans", std::string(1 << 20, '['), "application/json")),
        Bomber(post(zipkin, "/api/v2/spans", gzip, "application/x-protobuf", "gzip")),
        Bomber([&] { (void)ingest::CallGrpc(PortOf(server.otlp_grpc()), kExport, zeros); }),
        Bomber([&] { (void)ingest::CallGrpc(PortOf(server.otlp_grpc()), kExport, lengths); }),
        Bomber([&] {
          (void)ingest::CallGrpc(PortOf(server.address("Jaeger gRPC")),
                                 "/jaeger.api_v2.CollectorService/PostSpans", zeros);
        }),
        Bomber([&] {
          (void)ingest::CallGrpc(PortOf(server.address("Query gRPC")), "/jaeger.api_v3.QueryService/FindTraces",
                                 zeros);
        }),
    };
    const auto client = net::HttpClient::Create(server.otlp(), {.timeout = minutes(2)}).value();
    for (uint64_t i = 1; acknowledged.size() < 60 && !HasFailure(); ++i) {
      const auto answer = client->Post("/v1/traces", Request({2, i}), "application/x-protobuf");
      ASSERT_TRUE(answer.ok()) << answer.status().ToString();
      if (answer->status == 200) acknowledged.push_back({2, i});
      EXPECT_THAT(answer->status, testing::AnyOf(200, 429, 503)) << answer->body;
    }
    ExpectAllThere(server.pages(), acknowledged);
  }
  ExpectAllThere(server.pages(), acknowledged);
  // Beside --memory and the program: gRPC holds up to two of the largest messages, of 16 MiB here, for each
  // of its two listeners, and another copy while each is decoded; malloc keeps some for each thread.
  constexpr size_t kMemoryMiB = 64, kProgramMiB = 32, kGrpcMiB = 2 * (2 + 1) * 16, kKeptMiB = 64;
  if (kMemoryTells) {
    EXPECT_LE(PeakMiB(server), kMemoryMiB + kProgramMiB + kGrpcMiB + kKeptMiB);
  }
}

}  // namespace
}  // namespace awry
