// Load for a running `awry serve`: the spans of store_shapes.h over OTLP HTTP, then the usual
// questions over its API. Prints one JSON object.
//   store_load OTLP_URL SPANS [five|thirty|one] [API_URL [PID]]
// `one` is a single trace of SPANS spans. With PID, the server's CPU seconds and memory are told.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "net/http_client.h"
#include "store_shapes.h"
#include "wire/otlp_proto.h"

namespace {

using awry::bench::Needle;
using awry::bench::ShapeKind;

double NowSeconds() { return static_cast<double>(awry::base::SystemClock().MonotonicNs()) * 1e-9; }

// User and system time of a process; 0 without one.
double CpuSeconds(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (pid == 0 || !std::getline(file, line)) return 0;
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string word;
  double ticks = 0;
  for (int i = 3; fields >> word && i <= 15; ++i) {
    if (i == 14 || i == 15) ticks += std::stod(word);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double PeakMiB(int pid) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string line; pid != 0 && std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

class Sender {
 public:
  explicit Sender(const std::string& url) {
    auto client = awry::net::HttpClient::Create(url);
    CHECK(client.ok());
    client_ = *std::move(client);
  }
  // Until the server has taken it.
  void Send(const std::vector<awry::trace::Span>& request) {
    const std::string body = awry::wire::EncodeOtlpProto(request);
    bytes_ += body.size();
    while (true) {
      const auto answer = client_->Post("/v1/traces", body, "application/x-protobuf");
      CHECK(answer.ok());
      if (answer->status == 200) break;
      CHECK(answer->status == 429 || answer->status == 503);
      ++refused_;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    spans_ += request.size();
  }
  uint64_t spans() const { return spans_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t refused() const { return refused_; }

 private:
  std::unique_ptr<awry::net::HttpClient> client_;
  uint64_t spans_ = 0, bytes_ = 0, refused_ = 0;
};

void SendOneTrace(Sender& sender, uint64_t spans) {
  const auto resource = std::make_shared<awry::trace::Resource>(
      awry::trace::Resource{.service = "large", .attributes = {}});
  const auto scope = std::make_shared<awry::trace::Scope>();
  std::vector<awry::trace::Span> request;
  for (uint64_t s = 1; s <= spans; ++s) {
    awry::trace::Span& span = request.emplace_back();
    span.trace_id = {0x1a49e, 1};
    span.span_id = s;
    span.parent_id = s / 2;
    span.name = "step";
    span.start_ns = 1'700'000'000'000'000'000 + static_cast<int64_t>(s) * 1000;
    span.end_ns = span.start_ns + 500;
    span.resource = resource;
    span.scope = scope;
    if (request.size() == 512 || s == spans) {
      sender.Send(request);
      request.clear();
    }
  }
}

std::string Ask(const std::string& url, int pid, const std::vector<std::string>& targets) {
  auto client = awry::net::HttpClient::Create(url, {.timeout = std::chrono::minutes(1)});
  CHECK(client.ok());
  std::string out;
  for (const std::string& target : targets) {
    const double cpu = CpuSeconds(pid), wall = NowSeconds();
    const auto answer = (*client)->Get(target);
    out += fmt::format("{}\n  {{\"get\": \"{}\", \"status\": {}, \"bytes\": {}, \"wall_ms\": {:.1f}, \"cpu_ms\": {:.0f}}}",
                       out.empty() ? "" : ",", target, answer.ok() ? answer->status : 0,
                       answer.ok() ? answer->body.size() : 0, (NowSeconds() - wall) * 1e3,
                       (CpuSeconds(pid) - cpu) * 1e3);
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "store_load OTLP_URL SPANS [five|thirty|one] [API_URL [PID]]\n");
    return 2;
  }
  const std::string shape = argc > 3 ? argv[3] : "five", api = argc > 4 ? argv[4] : "";
  const uint64_t spans = std::stoull(argv[2]);
  const int pid = argc > 5 ? std::stoi(argv[5]) : 0;
  Sender sender(argv[1]);
  const double cpu = CpuSeconds(pid), wall = NowSeconds();
  std::string any_trace = "000000000001a49e0000000000000001";
  if (shape == "one") {
    SendOneTrace(sender, spans);
  } else {
    awry::bench::SpanSource source(shape == "five" ? ShapeKind::kFive : ShapeKind::kThirty, 42);
    source.Run(
        spans, [&](const std::vector<awry::trace::Span>& request) { sender.Send(request); },
        [&](const Needle& needle) { any_trace = awry::trace::ToHex(needle.trace_id); });
  }
  const double sent = NowSeconds() - wall, cpu_sent = CpuSeconds(pid) - cpu;
  std::string answers;
  if (!api.empty()) {
    const std::string all = "&start=1600000000000000&end=1800000000000000";
    answers = Ask(api, pid, {"/api/services", "/api/traces/" + any_trace,
                             "/api/dependencies?endTs=1800000000000&lookback=200000000000",
                             "/api/traces?service=category-predictor&limit=20" + all,
                             "/api/traces?service=category-predictor&limit=100000" + all});
  }
  fmt::print("{{\"shape\": \"{}\", \"spans\": {}, \"otlp_bytes\": {}, \"refused_requests\": {}, "
             "\"wall_s\": {:.2f}, \"server_cpu_s\": {:.2f}, \"server_peak_mib\": {:.0f},\n \"answers\": [{}]}}\n",
             shape, sender.spans(), sender.bytes(), sender.refused(), sent, cpu_sent, PeakMiB(pid),
             answers);
}
