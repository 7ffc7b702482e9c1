// How long `why` takes from an open, compacted store, and how that grows: one JSON object a line and
// question. The traces are those of a made system (tests/why).
//   why_bench [TRACES[,TRACES…] [FOLDER]]      e.g. 2000,20000,500000
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "awry/columnar/columnar_store.h"
#include "awry/why/why.h"
#include "base/check.h"
#include "base/clock.h"
#include "made_world.h"
#include "trace/span_sink.h"

namespace {

using awry::made::World;
using awry::why::Question;
using awry::why::QuestionKind;

constexpr size_t kTracesOfWorld = 5'000;  // made at a time

double WallSeconds() { return static_cast<double>(awry::base::SystemClock().MonotonicNs()) * 1e-9; }

rusage Usage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}
double CpuSeconds() {
  const rusage usage = Usage();
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Filled {
  awry::trace::TraceId wrong;
  int64_t moment_ns = 0;
};

// Worlds of one system, one after the other in time; the fault begins after three fifths of them.
Filled Fill(awry::store::TraceStore& store, size_t traces) {
  Filled out;
  const size_t worlds = std::max<size_t>(1, traces / kTracesOfWorld);
  int64_t shift = 0;
  for (size_t w = 0; w < worlds; ++w) {
    const bool late = worlds == 1 || w * 5 >= worlds * 3;
    World world = awry::made::MakeWorld({.system = 4, .seed = w + 1, .traces = traces / worlds,
                                         .fault = late ? awry::made::Fault::kKeyCut : awry::made::Fault::kNone,
                                         .sudden = out.moment_ns == 0});
    int64_t least = 0, greatest = 0;
    auto batch = store.NewBatch();
    for (awry::trace::Trace& trace : world.traces) {
      for (awry::trace::Span& span : trace.spans) {
        if (least == 0) least = span.start_ns;
        greatest = std::max(greatest, span.end_ns);
        span.start_ns += shift;
        span.end_ns += shift;
        awry::trace::Replay(span, *batch);
      }
      if (batch->span_count() < 4'000) continue;
      while (!batch->Commit().ok()) std::this_thread::sleep_for(std::chrono::milliseconds(20));  // memory limit
      batch = store.NewBatch();
    }
    while (!batch->Commit().ok()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(store.PutLabels(world.labels).ok());
    if (late && out.moment_ns == 0) out.moment_ns = world.moment_ns + shift;
    if (late) out.wrong = world.wrong;
    shift += greatest - least;
  }
  CHECK(store.Flush().ok());
  return out;
}

void Ask(awry::store::TraceStore& store, size_t traces, std::string_view name, const Question& question) {
  awry::why::Engine engine(store);
  size_t steps = 0;
  const double cpu = CpuSeconds(), wall = WallSeconds();
  const auto answer = engine.Explain(question, [&](std::string_view, double) { return ++steps > 0; });
  CHECK(answer.ok());
  fmt::print(R"({{"traces":{},"question":"{}","seconds":{:.2f},"cpu_seconds":{:.2f},"peak_mib":{:.0f},"looked_at":{},"progress_calls":{},"cause":"{}"}})"
             "\n",
             traces, name, WallSeconds() - wall, CpuSeconds() - cpu, static_cast<double>(Usage().ru_maxrss) / 1024,
             answer->traces_bad + answer->traces_good, steps, answer->causes.empty() ? "none" : answer->causes[0].span.name);
  std::fflush(stdout);
}

// Sizes should rise: the peak is that of the process.
void Run(size_t traces, const std::filesystem::path& folder) {
  std::filesystem::remove_all(folder);
  Filled filled;
  {
    auto store = awry::columnar::Open({.path = folder});
    CHECK(store.ok());
    filled = Fill(**store, traces);
  }
  auto store = awry::columnar::Open({.path = folder});
  CHECK(store.ok());
  Ask(**store, traces, "labelled", {});
  Ask(**store, traces, "single", {.kind = QuestionKind::kSingle, .trace = filled.wrong});
  Ask(**store, traces, "onset", {.kind = QuestionKind::kOnset, .onset_ns = filled.moment_ns});
  std::filesystem::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string sizes = argc > 1 ? argv[1] : "2000,20000";
  const std::filesystem::path folder = argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path() / "awry-why-bench";
  for (size_t at = 0; at < sizes.size();) {
    Run(std::strtoull(sizes.c_str() + at, nullptr, 10), folder);
    at = std::min(sizes.find(',', at), sizes.size() - 1) + 1;
  }
  return 0;
}
