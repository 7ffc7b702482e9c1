// Load for a running `awry serve`: the spans of store_shapes.h over OTLP HTTP, then the usual
// questions over its API. Prints one JSON object.
//   store_load OTLP_URL SPANS [five|thirty|one] [API_URL [PID [large]]]
// `one` is a single trace of SPANS spans. With PID, the server's CPU seconds and memory are told, once
// it is idle. `large` asks for 100,000 traces instead.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
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
  clockid_t clock;
  timespec time;
  if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Until the process has used less than a tenth of a processor for three seconds: what it does with
// spans in the background belongs to taking them.
void WaitUntilIdle(int pid) {
  for (int quiet = 0, seconds = 0; pid != 0 && quiet < 3 && seconds < 300; ++seconds) {
    const double before = CpuSeconds(pid);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    quiet = CpuSeconds(pid) - before < 0.1 ? quiet + 1 : 0;
  }
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

// One kind of question: `target(i)` is the i-th of at most `times`, asked for at most ten seconds.
struct Question {
  std::string name;
  size_t times = 1;
  std::function<std::string(size_t i)> target;
};

std::string Ask(awry::net::HttpClient& client, int pid, const Question& question) {
  std::vector<double> wall_ms;
  int status = 0;
  size_t bytes = 0;
  const double cpu = CpuSeconds(pid), begin = NowSeconds();
  double first_cpu_ms = 0;  // nothing of it is in a cache of the server's
  for (size_t i = 0; i < question.times && (i == 0 || NowSeconds() - begin < 10); ++i) {
    const double wall = NowSeconds();
    const auto answer = client.Get(question.target(i));
    wall_ms.push_back((NowSeconds() - wall) * 1e3);
    if (i == 0) first_cpu_ms = (CpuSeconds(pid) - cpu) * 1e3;
    status = answer.ok() ? answer->status : 0;
    bytes = answer.ok() ? answer->body.size() : 0;
  }
  const double cpu_ms = (CpuSeconds(pid) - cpu) * 1e3 / static_cast<double>(wall_ms.size());
  std::sort(wall_ms.begin(), wall_ms.end());
  return fmt::format("\n  {{\"question\": \"{}\", \"times\": {}, \"status\": {}, \"bytes\": {}, \"wall_ms_p50\": {:.2f}, "
                     "\"wall_ms_max\": {:.2f}, \"first_cpu_ms\": {:.2f}, \"cpu_ms\": {:.2f}}}",
                     question.name, wall_ms.size(), status, bytes, wall_ms[wall_ms.size() / 2],
                     wall_ms.back(), first_cpu_ms, cpu_ms);
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

// What Jaeger's pages ask, of everything that was sent. `needles` is not empty.
std::vector<Question> Questions(const std::string& shape, const std::vector<Needle>& needles) {
  const bool five = shape == "five";
  const auto search = [five](const std::string& more) {
    return std::string("/api/traces?start=1600000000000000&end=1800000000000000&limit=20&service=") +
           (five ? "category-predictor" : "svc-07") + more;
  };
  const auto tag = [](std::string_view key, std::string_view value) {
    return "&tags=" + Escaped(fmt::format("{{\"{}\":\"{}\"}}", key, value));
  };
  const auto needle = [needles](size_t i) -> const Needle& { return needles[i * 7 % needles.size()]; };
  return {
      {"services", 5, [](size_t) { return "/api/services"; }},
      {"trace by id", 100, [=](size_t i) { return "/api/traces/" + awry::trace::ToHex(needle(i).trace_id); }},
      {"trace by id, not there", 100, [](size_t i) { return fmt::format("/api/traces/{:032x}", i + 1); }},
      {"service + operation", 20,
       [=](size_t) { return search(five ? "&operation=model_prediction" : "&operation=operation-3-of-7"); }},
      {"needle", 20, [=](size_t i) {
         // In the thirty shape a trace need not touch the service: the API cannot ask without one.
         return search(tag(awry::bench::kNeedleKey, needle(i).value));
       }},
      {"tag + duration", 20, [=](size_t) {
         return search((five ? tag("user_id", "user123") : tag("http.response.status_code", "503")) +
                       (five ? "&minDuration=2900us" : "&minDuration=7500us"));
       }},
      {"error=true", 20, [=](size_t) { return search(tag("error", "true")); }},
      {"dependencies", 5, [](size_t) { return "/api/dependencies?endTs=1800000000000&lookback=200000000000"; }},
  };
}

// How a store bears a client that wants everything.
std::vector<Question> LargeQuestions(const std::string& trace) {
  const std::string all = "/api/traces?start=1600000000000000&end=1800000000000000&limit=100000&service=";
  return {{"trace by id", 1, [=](size_t) { return "/api/traces/" + trace; }},
          {"100,000 traces", 1, [=](size_t) { return all + "category-predictor"; }}};
}

// False with what is wrong on standard error, unless all of `text` is a number above 0.
template <typename Number>
bool ParseNumber(const char* name, std::string_view text, Number& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc() && end == text.data() + text.size() && number > 0) return true;
  fmt::print(stderr, "{} must be a whole number from 1 to {}: '{}'\n", name, std::numeric_limits<Number>::max(), text);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "store_load OTLP_URL SPANS [five|thirty|one] [API_URL [PID [large]]]\n");
    return 2;
  }
  const std::string shape = argc > 3 ? argv[3] : "five", api = argc > 4 ? argv[4] : "";
  if (shape != "five" && shape != "thirty" && shape != "one") {
    fmt::print(stderr, "shape must be five, thirty or one: {}\n", shape);
    return 2;
  }
  uint64_t spans = 0;
  int pid = 0;
  if (!ParseNumber("SPANS", argv[2], spans) || (argc > 5 && !ParseNumber("PID", argv[5], pid))) return 2;
  Sender sender(argv[1]);
  const double cpu = CpuSeconds(pid), wall = NowSeconds();
  std::vector<Needle> needles;
  if (shape == "one") {
    SendOneTrace(sender, spans);
  } else {
    awry::bench::SpanSource source(shape == "five" ? ShapeKind::kFive : ShapeKind::kThirty, 42);
    source.Run(
        spans, [&](const std::vector<awry::trace::Span>& request) { sender.Send(request); },
        [&](const Needle& needle) { needles.push_back(needle); });
  }
  const double sent = NowSeconds() - wall;
  WaitUntilIdle(pid);
  const double cpu_sent = CpuSeconds(pid) - cpu;
  std::string answers;
  if (!api.empty()) {
    auto client = awry::net::HttpClient::Create(api, {.timeout = std::chrono::minutes(1)});
    CHECK(client.ok());
    const bool large = needles.empty() || argc > 6;
    const std::string any = needles.empty() ? "000000000001a49e0000000000000001" : awry::trace::ToHex(needles.back().trace_id);
    for (const Question& question : large ? LargeQuestions(any) : Questions(shape, needles))
      answers += (answers.empty() ? "" : ",") + Ask(**client, pid, question);
  }
  fmt::print("{{\"shape\": \"{}\", \"spans\": {}, \"otlp_bytes\": {}, \"refused_requests\": {}, "
             "\"wall_s\": {:.2f}, \"server_cpu_s\": {:.2f}, \"server_cpu_s_per_million\": {:.2f}, \"server_peak_mib\": {:.0f},\n"
             " \"answers\": [{}]}}\n",
             shape, sender.spans(), sender.bytes(), sender.refused(), sent, cpu_sent,
             cpu_sent * 1e6 / static_cast<double>(sender.spans()), PeakMiB(pid), answers);
}
