// What the columnar engine needs for the spans of a five-service finance trace: CPU a million spans
// (decoding, log, tables, segments and merging included), bytes on disk a span, memory, and the
// time of the usual questions. One JSON object on standard output.
//   ingest_bench [SPANS [FOLDER]]
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "awry/columnar/columnar_store.h"
#include "base/check.h"
#include "base/random.h"
#include "trace/span.h"
#include "wire/otlp_proto.h"

namespace {

using awry::base::Random;
using awry::trace::Attribute;
using awry::trace::Span;
using awry::trace::TraceId;
using awry::trace::Value;
using awry::trace::ValueView;

struct Operation {
  size_t service;
  const char* name;
  int parent;  // place in the trace, -1: the root
  awry::trace::SpanKind kind;
};

using Kind = awry::trace::SpanKind;
constexpr const char* kServices[] = {"transaction-processor", "category-predictor",
                                     "spending-analyzer", "fraud-detector", "budget-manager"};
constexpr Operation kTrace[] = {{0, "POST /transactions", -1, Kind::kServer},
                                {0, "process_transaction", 0, Kind::kConsumer},
                                {0, "INSERT transactions", 1, Kind::kClient},
                                {1, "POST /categorize", 1, Kind::kServer},
                                {1, "categorize_transaction", 3, Kind::kInternal},
                                {1, "fetch_user_context", 4, Kind::kClient},
                                {2, "GET /patterns/{user_id}", 5, Kind::kServer},
                                {2, "SELECT patterns", 6, Kind::kClient},
                                {1, "prepare_features", 4, Kind::kInternal},
                                {1, "model_prediction", 4, Kind::kInternal},
                                {3, "POST /check", 1, Kind::kServer},
                                {4, "check_budgets", 1, Kind::kServer}};
constexpr size_t kSpansATrace = std::size(kTrace);
constexpr size_t kSpansARequest = 512;

Attribute Text(std::string key, const std::string& text) {
  return {std::move(key), Value(ValueView::String(text))};
}
Attribute Number(std::string key, int64_t number) {
  return {std::move(key), Value(ValueView::Int(number))};
}
Attribute Real(std::string key, double real) {
  return {std::move(key), Value(ValueView::Double(real))};
}

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {
    for (const char* service : kServices) {
      resources_.push_back(std::make_shared<awry::trace::Resource>(awry::trace::Resource{
          .service = service,
          .attributes = {Text("service.version", "1.4.2"), Text("host.name", "node-1"),
                         Text("telemetry.sdk.language", "cpp")}}));
    }
    scope_ = std::make_shared<awry::trace::Scope>(
        awry::trace::Scope{.name = "finance", .version = "1.0"});
  }

  // Adds the spans of one trace to the queues of their services.
  TraceId AddTrace(std::vector<std::vector<Span>>& queues, int64_t start_ns,
                   const std::string& transaction) {
    const TraceId id{random_.Next(), random_.Next()};
    const std::string user = "user" + std::to_string(100 + random_.Below(400));
    uint64_t ids[kSpansATrace];
    for (size_t i = 0; i < kSpansATrace; ++i) {
      const Operation& operation = kTrace[i];
      Span span;
      span.trace_id = id;
      span.span_id = ids[i] = random_.Next();
      span.parent_id = operation.parent < 0 ? 0 : ids[operation.parent];
      span.name = operation.name;
      span.kind = operation.kind;
      span.start_ns = start_ns + static_cast<int64_t>(i * 200'000 + random_.Below(150'000));
      span.end_ns = span.start_ns + static_cast<int64_t>(50'000 + random_.Below(3'000'000));
      if (random_.Chance(0.002)) span.status = awry::trace::SpanStatus::kError;
      span.flags = 0x101;
      span.attributes.push_back(Text("transaction.id", transaction));
      span.attributes.push_back(Text("user_id", user));
      AddOwn(operation, span);
      span.resource = resources_[operation.service];
      span.scope = scope_;
      queues[operation.service].push_back(std::move(span));
    }
    return id;
  }

 private:
  void AddOwn(const Operation& operation, Span& span) {
    if (operation.kind == Kind::kServer) {
      span.attributes.push_back(
          Text("http.request.method", operation.name[0] == 'G' ? "GET" : "POST"));
      span.attributes.push_back(Text("http.route", operation.name));
      span.attributes.push_back(Number("http.response.status_code", 200));
    } else if (operation.kind == Kind::kClient) {
      span.attributes.push_back(Text("db.system", "sqlite"));
      span.attributes.push_back(
          Text("db.statement", "SELECT value FROM patterns WHERE user_id = ?"));
      span.attributes.push_back(Number("db.rows", static_cast<int64_t>(random_.Below(20))));
    } else {
      span.attributes.push_back(
          Real("transaction.amount", static_cast<double>(random_.Below(20'000)) / 100));
      span.attributes.push_back(
          Text("merchant", "MERCHANT " + std::to_string(random_.Below(3'000))));
      span.attributes.push_back(
          Text("prediction.category", random_.Chance(0.5) ? "groceries" : "dining"));
      span.attributes.push_back(Real("prediction.confidence", random_.Uniform()));
    }
  }

  Random random_;
  std::vector<std::shared_ptr<const awry::trace::Resource>> resources_;
  std::shared_ptr<const awry::trace::Scope> scope_;
};

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double WallSeconds() { return static_cast<double>(awry::base::SystemClock().MonotonicNs()) * 1e-9; }

double PeakMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// CPU milliseconds of each run, sorted.
std::vector<double> CpuMs(size_t runs, const std::function<void(size_t)>& run) {
  std::vector<double> all;
  for (size_t i = 0; i < runs; ++i) {
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    run(i);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    all.push_back(static_cast<double>(after.tv_sec - before.tv_sec) * 1e3 +
                  static_cast<double>(after.tv_nsec - before.tv_nsec) * 1e-6);
  }
  std::sort(all.begin(), all.end());
  return all;
}

struct Input {
  std::vector<TraceId> traces;
  uint64_t spans = 0;
  uint64_t bytes = 0;
};

// Writes requests, each after its length. In a process of its own, so that its memory does not
// count.
Input Generate(const std::string& path, uint64_t spans) {
  Generator generator(42);
  std::ofstream file(path, std::ios::binary);
  std::vector<std::vector<Span>> queues(std::size(kServices));
  Input input;
  const auto send = [&](std::vector<Span>& queue) {
    const std::string request = awry::wire::EncodeOtlpProto(queue);
    const uint64_t length = request.size();
    file.write(reinterpret_cast<const char*>(&length), sizeof(length));
    file.write(request.data(), static_cast<std::streamsize>(length));
    input.spans += queue.size();
    input.bytes += length;
    queue.clear();
  };
  for (uint64_t t = 0; t * kSpansATrace < spans; ++t) {
    input.traces.push_back(
        generator.AddTrace(queues, 1'700'000'000'000'000'000 + static_cast<int64_t>(t) * 1'500'000,
                           fmt::format("tx-{:016x}", t * 0x9e3779b97f4a7c15ULL)));
    for (auto& queue : queues) {
      if (queue.size() >= kSpansARequest) send(queue);
    }
  }
  for (auto& queue : queues) send(queue);
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t wanted = argc > 1 ? std::stoull(argv[1]) : 200'000;
  const std::string folder =
      argc > 2 ? argv[2]
               : std::filesystem::temp_directory_path() / fmt::format("awry_bench_{}", getpid());
  std::filesystem::create_directories(folder);
  const Input input = Generate(folder + "/requests", wanted);
  auto opened = awry::columnar::Open({.path = folder + "/store"});
  CHECK(opened.ok());
  awry::store::TraceStore& store = **opened;

  const double memory_before = PeakMiB(), wall_before = WallSeconds(), cpu_before = CpuSeconds();
  uint64_t refused = 0;
  {
    std::ifstream file(folder + "/requests", std::ios::binary);
    std::string request;
    uint64_t length = 0;
    while (file.read(reinterpret_cast<char*>(&length), sizeof(length))) {
      request.resize(length);
      file.read(request.data(), static_cast<std::streamsize>(length));
      while (true) {
        awry::wire::DecodeReport report;
        const auto batch = store.NewBatch();
        CHECK(awry::wire::DecodeOtlpProto(request, *batch, report).ok());
        const awry::base::Status status = batch->Commit();
        if (status.ok()) break;
        ++refused;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
  }
  const double cpu_committed = CpuSeconds(), wall_committed = WallSeconds();
  const auto in_memory = store.Stats();
  CHECK(store.Flush().ok());
  const double cpu_flushed = CpuSeconds();
  const auto stats = store.Stats();
  const double million = static_cast<double>(input.spans) / 1e6;

  Random random(7);
  const auto any_trace = [&] { return input.traces[random.Below(input.traces.size())]; };
  const auto limited = [&](const awry::store::SpanFilter& filter) {
    size_t found = 0;
    CHECK(store.FindTraces(filter, [&](const TraceId&) { return ++found < 20; }).ok());
    return found;
  };
  const auto hit = CpuMs(200, [&](size_t) { CHECK(store.GetTrace(any_trace()).ok()); });
  const auto miss =
      CpuMs(200, [&](size_t) { CHECK(!store.GetTrace({random.Next(), random.Next()}).ok()); });
  const auto operation = CpuMs(50, [&](size_t) {
    CHECK(limited({.service = "category-predictor", .name = "model_prediction"}) == 20);
  });
  const auto needle = CpuMs(50, [&](size_t) {
    const uint64_t t = random.Below(input.traces.size());
    CHECK(limited({.equals = {{"transaction.id",
                               fmt::format("tx-{:016x}", t * 0x9e3779b97f4a7c15ULL)}}}) == 1);
  });
  const auto tag = CpuMs(50, [&](size_t) {
    limited({.service = "category-predictor",
             .duration_min_ns = 2'900'000,
             .equals = {{"user_id", "user123"}}});
  });
  const auto errors = CpuMs(50, [&](size_t) { limited({.errors_only = true}); });
  const double visit_cpu = CpuSeconds();
  uint64_t visited = 0;
  CHECK(store
            .VisitTraces({},
                         [&](awry::trace::Trace& trace) {
                           visited += trace.spans.size();
                           return true;
                         })
            .ok());
  const double visit = CpuSeconds() - visit_cpu;
  CHECK(visited == input.spans);

  const auto at = [](const std::vector<double>& sorted, double q) {
    return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))];
  };
  fmt::print(
      "{{\"spans\": {}, \"otlp_bytes_a_span\": {:.0f}, \"cpu_s_per_million_committed\": {:.3f}, "
      "\"cpu_s_per_million_with_segments\": {:.3f},\n"
      " \"wall_s_per_million_committed\": {:.3f}, \"refused_commits\": {}, \"disk_bytes_a_span\": "
      "{:.1f}, \"segments\": {},\n"
      " \"peak_memory_growth_mib\": {:.0f}, \"memory_stats_mib_after_commits\": {:.0f},\n"
      " \"trace_hit_cpu_ms\": {{\"p50\": {:.3f}, \"p99\": {:.3f}}}, \"trace_miss_cpu_ms\": "
      "{{\"p50\": {:.4f}}},\n"
      " \"operation_cpu_ms\": {:.3f}, \"needle_cpu_ms\": {:.3f}, \"tag_and_duration_cpu_ms\": "
      "{:.3f}, \"errors_cpu_ms\": {:.3f},\n"
      " \"visit_spans_per_cpu_s\": {:.0f}}}\n",
      input.spans, static_cast<double>(input.bytes) / static_cast<double>(input.spans),
      (cpu_committed - cpu_before) / million, (cpu_flushed - cpu_before) / million,
      (wall_committed - wall_before) / million, refused,
      static_cast<double>(stats.disk_bytes) / static_cast<double>(stats.spans), stats.segments,
      PeakMiB() - memory_before, static_cast<double>(in_memory.memory_bytes) / 1048576,
      at(hit, 0.5), at(hit, 0.99), at(miss, 0.5), at(operation, 0.5), at(needle, 0.5), at(tag, 0.5),
      at(errors, 0.5), static_cast<double>(visited) / visit);
  opened->reset();
  std::filesystem::remove_all(folder);
}
