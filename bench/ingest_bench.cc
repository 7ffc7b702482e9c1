// What the columnar engine needs: CPU a million spans (decoding, log, tables, segments and merging
// included), bytes on disk a span and where they go, memory, the time of the usual questions, and
// how all that grows. One JSON object a line on standard output, one for each checkpoint.
//   ingest_bench [SPANS[,SPANS…] [five|thirty [FOLDER]]]      e.g. 1000000,10000000 five
//   ingest_bench generate SPANS five|thirty FOLDER            makes the spans ahead
//   ingest_bench take FOLDER                                  only takes the spans that were made ahead, for a profiler
//   ingest_bench ask five|thirty FOLDER                       only asks, of the store that a run left there
// The spans are made by another process, into a file beside the store. A FOLDER that was named is kept,
// and spans that it has are used again.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/manifest.h"
#include "awry/columnar/segment_reader.h"
#include "awry/stats/dependencies.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "store_shapes.h"
#include "wire/otlp_proto.h"

namespace {

using awry::base::Random;
using awry::bench::Needle;
using awry::bench::ShapeKind;
using awry::trace::TraceId;

enum class Frame : uint8_t { kRequest = 1, kNeedle = 2, kEnd = 3 };

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

void WriteFrame(FILE* file, Frame frame, std::string_view bytes) {
  const uint64_t length = bytes.size();
  CHECK(fwrite(&frame, 1, 1, file) == 1 && fwrite(&length, 1, 8, file) == 8);
  CHECK(fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size());
}

// The other process.
[[noreturn]] void Generate(ShapeKind shape, uint64_t spans, const std::string& path) {
  FILE* file = fopen(path.c_str(), "wb");
  CHECK(file != nullptr);
  awry::bench::SpanSource source(shape, 42);
  source.Run(
      spans,
      [&](const std::vector<awry::trace::Span>& request) {
        WriteFrame(file, Frame::kRequest, awry::wire::EncodeOtlpProto(request));
      },
      [&](const Needle& needle) {
        std::string bytes(reinterpret_cast<const char*>(&needle.trace_id), sizeof(TraceId));
        WriteFrame(file, Frame::kNeedle, bytes + needle.value);
      });
  WriteFrame(file, Frame::kEnd, "");
  CHECK(fclose(file) == 0);
  _exit(0);
}

class Intake {
 public:
  Intake(awry::store::TraceStore& store, FILE* file) : store_(&store), file_(file) {}
  void set_store(awry::store::TraceStore& store) { store_ = &store; }

  // Commits requests until `spans` are in, or there are no more. The file may still be written.
  void TakeUntil(uint64_t spans) {
    while (spans_ < spans && !ended_) {
      const long at = ftell(file_);
      Frame frame = Frame::kEnd;
      if (!Read(frame)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        clearerr(file_);
        CHECK(fseek(file_, at, SEEK_SET) == 0);
        continue;
      }
      if (frame == Frame::kRequest) Commit();
      if (frame == Frame::kNeedle) Keep();
      ended_ = frame == Frame::kEnd;
    }
  }

  uint64_t spans() const { return spans_; }
  uint64_t bytes() const { return otlp_bytes_; }
  uint64_t refused() const { return refused_; }
  const std::vector<Needle>& needles() const { return needles_; }

 private:
  // Into bytes_. False when it is not all there yet.
  bool Read(Frame& frame) {
    uint64_t length = 0;
    if (fread(&frame, 1, 1, file_) != 1 || fread(&length, 1, 8, file_) != 8) return false;
    bytes_.resize(length);
    return fread(bytes_.data(), 1, length, file_) == length;
  }
  void Commit() {
    otlp_bytes_ += bytes_.size();
    while (true) {
      awry::wire::DecodeReport report;
      const auto batch = store_->NewBatch();
      CHECK(awry::wire::DecodeOtlpProto(bytes_, *batch, report).ok());
      if (batch->Commit().ok()) {
        spans_ += report.accepted;
        return;
      }
      ++refused_;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  void Keep() {
    Needle& needle = needles_.emplace_back();
    memcpy(&needle.trace_id, bytes_.data(), sizeof(TraceId));
    needle.value = bytes_.substr(sizeof(TraceId));
  }

  awry::store::TraceStore* store_;
  FILE* file_;
  std::string bytes_;
  uint64_t spans_ = 0, otlp_bytes_ = 0, refused_ = 0;
  bool ended_ = false;
  std::vector<Needle> needles_;
};

class Nowhere final : public awry::trace::SpanSink {
  void OnResource(const awry::trace::ResourceFields&) override {}
  void OnResourceAttribute(std::string_view, const awry::trace::ValueView&) override {}
  void OnScope(const awry::trace::ScopeFields&) override {}
  void OnScopeAttribute(std::string_view, const awry::trace::ValueView&) override {}
  void OnSpan(const awry::trace::SpanFields&) override {}
  void OnAttribute(std::string_view, const awry::trace::ValueView&) override {}
  void OnEvent(const awry::trace::EventFields&) override {}
  void OnEventAttribute(std::string_view, const awry::trace::ValueView&) override {}
  void OnLink(const awry::trace::LinkFields&) override {}
  void OnLinkAttribute(std::string_view, const awry::trace::ValueView&) override {}
  void OnWarning(std::string_view) override {}
  void OnSpanEnd() override {}
};

// CPU seconds a million spans of reading and decoding alone, measured before and after the rest: what
// a busy machine makes of it tells how to read the other figures of the run.
double DecodeOnly(const std::string& path, uint64_t spans_max) {
  FILE* file = fopen(path.c_str(), "rb");
  CHECK(file != nullptr);
  const double before = CpuSeconds();
  uint64_t spans = 0, length = 0;
  Frame frame = Frame::kEnd;
  Nowhere nowhere;
  for (std::string bytes; spans < spans_max && fread(&frame, 1, 1, file) == 1;) {
    CHECK(fread(&length, 1, 8, file) == 8);
    bytes.resize(length);
    CHECK(fread(bytes.data(), 1, length, file) == length);
    if (frame != Frame::kRequest) continue;
    awry::wire::DecodeReport report;
    CHECK(awry::wire::DecodeOtlpProto(bytes, nowhere, report).ok());
    spans += report.accepted;
  }
  CHECK(fclose(file) == 0);
  return (CpuSeconds() - before) / static_cast<double>(spans) * 1e6;
}

struct Times {
  std::vector<double> cpu_ms, wall_ms;  // sorted
};

std::string ToJson(const Times& times) {
  const auto at = [](const std::vector<double>& sorted, double q) {
    return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))];
  };
  return fmt::format("{{\"cpu_p50\": {:.4f}, \"cpu_p99\": {:.4f}, \"wall_p50\": {:.4f}, \"wall_p99\": {:.4f}}}",
                     at(times.cpu_ms, 0.5), at(times.cpu_ms, 0.99), at(times.wall_ms, 0.5),
                     at(times.wall_ms, 0.99));
}

Times Measure(size_t runs, const std::function<void()>& run) {
  Times times;
  for (size_t i = 0; i < runs; ++i) {
    timespec before{}, after{};
    const double wall = WallSeconds();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    run();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    times.wall_ms.push_back((WallSeconds() - wall) * 1e3);
    times.cpu_ms.push_back(static_cast<double>(after.tv_sec - before.tv_sec) * 1e3 +
                           static_cast<double>(after.tv_nsec - before.tv_nsec) * 1e-6);
  }
  std::sort(times.cpu_ms.begin(), times.cpu_ms.end());
  std::sort(times.wall_ms.begin(), times.wall_ms.end());
  return times;
}

std::string Questions(awry::store::TraceStore& store, const std::vector<Needle>& needles,
                      ShapeKind shape) {
  Random random(7);
  const auto any = [&]() -> const Needle& { return needles[random.Below(needles.size())]; };
  const auto limited = [&](const awry::store::SpanFilter& filter) {
    size_t found = 0;
    CHECK(store.FindTraces(filter, [&](const TraceId&) { return ++found < 20; }).ok());
    return found;
  };
  const bool five = shape == ShapeKind::kFive;
  const auto hit = Measure(300, [&] { CHECK(store.GetTrace(any().trace_id).ok()); });
  const auto miss =
      Measure(300, [&] { CHECK(!store.GetTrace({random.Next(), random.Next()}).ok()); });
  const auto operation = Measure(50, [&] {
    limited(five ? awry::store::SpanFilter{.service = "category-predictor", .name = "model_prediction"}
                 : awry::store::SpanFilter{.service = "svc-07", .name = "operation-3-of-7"});
  });
  const auto needle = Measure(
      300, [&] { CHECK(limited({.equals = {{awry::bench::kNeedleKey, any().value}}}) == 1); });
  const auto tag = Measure(50, [&] {
    limited(five ? awry::store::SpanFilter{.service = "category-predictor",
                                           .duration_min_ns = 2'900'000,
                                           .equals = {{"user_id", "user123"}}}
                 : awry::store::SpanFilter{.service = "svc-07",
                                           .duration_min_ns = 7'500'000,
                                           .equals = {{"http.response.status_code", "503"}}});
  });
  const auto errors = Measure(50, [&] { limited({.errors_only = true}); });
  const auto calls = Measure(10, [&] {
    CHECK(awry::stats::Dependencies(store, {}).ok());
  });
  return fmt::format(
      "{{\"dependencies\": {}, \"trace_hit\": {}, \"trace_miss\": {},\n  \"service_and_operation\": {}, \"needle\": {},\n"
      "  \"tag_and_duration\": {}, \"errors\": {}}}",
      ToJson(calls), ToJson(hit), ToJson(miss), ToJson(operation), ToJson(needle), ToJson(tag), ToJson(errors));
}

// Bytes a span of all segments in the folder, by what they hold.
std::string BytesByColumn(const std::string& folder, double spans) {
  std::map<std::string, uint64_t> bytes;
  auto& files = awry::base::RealFileSystem();
  const auto names = files.List(folder);
  CHECK(names.ok());
  for (const std::string& name : *names) {
    const uint64_t number = awry::columnar::SegmentNumber(name);
    if (number == 0) continue;
    const auto segment = awry::columnar::SegmentReader::Open(files, folder + "/" + name, number);
    if (!segment.ok()) continue;  // merged away meanwhile
    uint64_t counted = 0;
    const auto add = [&](const std::string& what, uint64_t more) {
      bytes[what] += more;
      counted += more;
    };
    for (const auto& page : (*segment)->attributes().pages) add("(attribute index)", page.bytes);
    for (const auto& run : (*segment)->runs()) {
      add("(schema)", run->footer().schema.bytes);
      add("(trace index)", run->footer().trace_index.bytes + run->footer().trace_filter.bytes);
      for (uint32_t g = 0; g < run->footer().groups.size(); ++g) {
        const auto& ref = run->footer().groups[g];
        add("(shapes)", ref.core_bytes);
        add("(parents)", ref.parents_bytes);
        add("(times)", uint64_t{ref.times_bytes} + ref.bits_bytes);
        add("(ids)", ref.ids_bytes);
        add("(extras)", ref.extras_bytes);
        const auto group = run->LoadGroupCore(g);
        CHECK(group.ok());
        for (const auto& column : (*group)->columns())
          add(std::string(run->schema().column(column.column).key), column.bytes);
      }
    }
    add("(footer)", (*segment)->file_bytes() - counted);
  }
  std::string out;
  for (const auto& [what, total] : bytes) {
    out += fmt::format("{}\"{}\": {:.2f}", out.empty() ? "" : ", ", what,
                       static_cast<double>(total) / spans);
  }
  return "{" + out + "}";
}

// Merging goes on after the flush: waits for its end, whose cost counts.
awry::store::StoreStats Settle(awry::store::TraceStore& store) {
  CHECK(store.Flush().ok());
  auto stats = store.Stats();
  for (int same = 0; same < 10;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const auto now = store.Stats();
    same = now.segments == stats.segments ? same + 1 : 0;
    stats = now;
  }
  return stats;
}

// What Ask needs of a run: 16 bytes of id, then the value, for each line.
void WriteNeedles(const std::vector<Needle>& needles, const std::string& path) {
  FILE* file = fopen(path.c_str(), "wb");
  CHECK(file != nullptr);
  for (const Needle& needle : needles) {
    CHECK(fwrite(&needle.trace_id, sizeof(TraceId), 1, file) == 1);
    CHECK(fprintf(file, "%s\n", needle.value.c_str()) > 0);
  }
  CHECK(fclose(file) == 0);
}

int Ask(ShapeKind shape, const std::string& folder) {
  std::vector<Needle> needles;
  FILE* file = fopen((folder + "/needles").c_str(), "rb");
  CHECK(file != nullptr);
  Needle needle;
  char value[64];
  while (fread(&needle.trace_id, sizeof(TraceId), 1, file) == 1 && fscanf(file, "%63[^\n]%*c", value) == 1) {
    needle.value = value;
    needles.push_back(needle);
  }
  CHECK(fclose(file) == 0);
  auto opened = awry::columnar::Open({.path = folder + "/store"});
  CHECK(opened.ok());
  fmt::print("{{\"segments\": {}, \"questions_ms\": {}}}\n", Settle(**opened).segments,
             Questions(**opened, needles, shape));
  return 0;
}

int Take(const std::string& folder) {
  std::filesystem::remove_all(folder + "/store");
  auto opened = awry::columnar::Open({.path = folder + "/store"});
  CHECK(opened.ok());
  Intake intake(**opened, fopen((folder + "/requests").c_str(), "rb"));
  const double before = CpuSeconds(), wall_before = WallSeconds();
  intake.TakeUntil(UINT64_MAX);
  const double committed = CpuSeconds() - before;
  const auto stats = Settle(**opened);
  const auto spans = static_cast<double>(intake.spans());
  fmt::print("{{\"cpu_s_per_million\": {:.3f}, \"committed\": {:.3f}, \"wall\": {:.3f}, \"disk_bytes_a_span\": {:.2f}, \"segments\": {}, \"peak_mib\": {:.0f}}}\n",
             (CpuSeconds() - before) / spans * 1e6, committed / spans * 1e6, (WallSeconds() - wall_before) / spans * 1e6,
             static_cast<double>(stats.disk_bytes) / spans, stats.segments, PeakMiB());
  WriteNeedles(intake.needles(), folder + "/needles");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "take") return Take(argv[2]);
  if (argc == 5 && std::string_view(argv[1]) == "generate") {
    std::filesystem::create_directories(argv[4]);
    Generate(std::string_view(argv[3]) == "thirty" ? ShapeKind::kThirty : ShapeKind::kFive,
             std::stoull(argv[2]), std::string(argv[4]) + "/requests");
  }
  if (argc == 4 && std::string_view(argv[1]) == "ask")
    return Ask(std::string_view(argv[2]) == "thirty" ? ShapeKind::kThirty : ShapeKind::kFive, argv[3]);
  std::vector<uint64_t> checkpoints;
  std::string list = argc > 1 ? argv[1] : "200000";
  for (size_t at = 0; at != std::string::npos; at = list.find(',', at + 1))
    checkpoints.push_back(std::stoull(list.substr(at == 0 ? 0 : at + 1)));
  const ShapeKind shape =
      argc > 2 && std::string(argv[2]) == "thirty" ? ShapeKind::kThirty : ShapeKind::kFive;
  const std::string folder =
      argc > 3 ? argv[3]
               : std::filesystem::temp_directory_path() / fmt::format("awry_bench_{}", getpid());
  std::filesystem::create_directories(folder);
  const std::string requests = folder + "/requests";
  if (!std::filesystem::exists(requests)) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) Generate(shape, checkpoints.back(), requests);
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
  }

  const double decode_before = DecodeOnly(requests, checkpoints.front());
  const awry::columnar::ColumnarOptions options{.path = folder + "/store"};
  auto opened = awry::columnar::Open(options);
  CHECK(opened.ok());
  Intake intake(**opened, fopen(requests.c_str(), "rb"));
  const double memory_before = PeakMiB();
  double cpu = 0, wall = 0;
  for (const uint64_t checkpoint : checkpoints) {
    const double cpu_before = CpuSeconds(), wall_before = WallSeconds();
    intake.TakeUntil(checkpoint);
    wall += WallSeconds() - wall_before;
    const double committed = cpu + CpuSeconds() - cpu_before;
    const auto stats = Settle(**opened);
    cpu += CpuSeconds() - cpu_before;
    const auto spans = static_cast<double>(intake.spans());
    const double peak = PeakMiB() - memory_before;
    const std::string questions = Questions(**opened, intake.needles(), shape);
    opened->reset();
    const double restart = WallSeconds();
    opened = awry::columnar::Open(options);
    CHECK(opened.ok() && (*opened)->GetTrace(intake.needles()[0].trace_id).ok());
    const double restarted = WallSeconds() - restart;
    intake.set_store(**opened);
    const double decode_only = (decode_before + DecodeOnly(requests, checkpoints.front())) / 2;
    fmt::print(
        "{{\"shape\": \"{}\", \"spans\": {}, \"otlp_bytes_a_span\": {:.0f},\n "
        "\"decode_only_cpu_s_per_million\": {:.3f}, \"times_decoding\": {:.2f}, \"cpu_s_per_million\": {:.3f}, \"cpu_s_per_million_committed\": {:.3f}, \"wall_s_per_million\": {:.3f}, "
        "\"refused_commits\": {},\n \"disk_bytes_a_span\": {:.2f}, \"segments\": {}, "
        "\"peak_memory_growth_mib\": {:.0f}, \"restart_to_first_answer_s\": {:.3f},\n "
        "\"bytes_by_column\": {},\n \"questions_ms\": {}}}\n",
        shape == ShapeKind::kFive ? "five" : "thirty", intake.spans(),
        static_cast<double>(intake.bytes()) / spans, decode_only, cpu / spans * 1e6 / decode_only, cpu / spans * 1e6, committed / spans * 1e6,
        wall / spans * 1e6, intake.refused(), static_cast<double>(stats.disk_bytes) / spans,
        stats.segments, peak, restarted, BytesByColumn(folder + "/store", spans), questions);
    std::fflush(stdout);
  }
  opened->reset();
  WriteNeedles(intake.needles(), folder + "/needles");
  if (argc <= 3) std::filesystem::remove_all(folder);
}
