// What a span costs its host: start, four attributes, end. Beside opentelemetry-cpp when CMake
// finds it. The SDK cannot be un-set-up in a comparable way, so BM_NoOp runs first, before
// setup_tracing.
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>

#include "awry/sdk/sdk.h"

namespace {

using awry::sdk::Options;
using awry::sdk::Sampler;

const std::string kMerchant = "WHOLEFDS MKT 10123 AUSTIN TX";

void OneSpan(const awry::sdk::Tracer& tracer, int64_t i) {
  awry::sdk::Span span = tracer.start_span("categorize_transaction");
  span.set_attribute("transaction.id", i);
  span.set_attribute("merchant", kMerchant);
  span.set_attribute("transaction.amount", 12.5);
  span.set_attribute("context.cache_hit", true);
}

void Run(benchmark::State& state, const awry::sdk::Tracer& tracer) {
  int64_t i = 0;
  for (auto _ : state) OneSpan(tracer, i++);
}

void BM_AwryNoOp(benchmark::State& state) {
  awry::sdk::shutdown();
  Run(state, awry::sdk::get_tracer("bench"));
}
BENCHMARK(BM_AwryNoOp);

Options BenchOptions() {
  Options options;
  options.exporter = Options::Exporter::kNone;
  options.schedule_delay = std::chrono::milliseconds(5);
  options.queue_spans_max = 1 << 18;
  options.batch_spans_max = 8192;
  return options;
}

void BM_AwryNotSampled(benchmark::State& state) {
  Options options = BenchOptions();
  options.sampler = Sampler::always_off();
  const auto tracer = awry::sdk::setup_tracing("bench", options);
  Run(state, tracer);
  awry::sdk::shutdown();
}
BENCHMARK(BM_AwryNotSampled);

// The work of the exporter's thread to build requests goes on beside, as in a real process.
void BM_AwryBatch(benchmark::State& state) {
  const auto tracer = awry::sdk::setup_tracing("bench", BenchOptions());
  Run(state, tracer);
  awry::sdk::shutdown();
  const auto stats = awry::sdk::stats();
  state.counters["dropped"] = static_cast<double>(stats.dropped_queue_full);
  state.counters["exported"] = static_cast<double>(stats.exported);
}
BENCHMARK(BM_AwryBatch);

// As opentelemetry-cpp was measured: below the batch size, so that the exporter sleeps.
void BM_AwryBelowBatch(benchmark::State& state) {
  Options options = BenchOptions();
  options.schedule_delay = std::chrono::milliseconds(60'000);
  options.queue_spans_max = 1 << 20;
  options.batch_spans_max = 1 << 20;
  const auto tracer = awry::sdk::setup_tracing("bench", options);
  int64_t i = 0;
  for (auto _ : state) {
    OneSpan(tracer, i);
    if ((++i & 0xffff) == 0) {
      state.PauseTiming();
      awry::sdk::force_flush(std::chrono::seconds(30));
      state.ResumeTiming();
    }
  }
  awry::sdk::shutdown();
  state.counters["dropped"] = static_cast<double>(awry::sdk::stats().dropped_queue_full);
}
BENCHMARK(BM_AwryBelowBatch);

void BM_AwryCurrentSpan(benchmark::State& state) {
  const auto tracer = awry::sdk::setup_tracing("bench", BenchOptions());
  for (auto _ : state) {
    auto span = tracer.start_as_current_span("child");
    span.set_attribute("features.count", 12);
  }
  awry::sdk::shutdown();
}
BENCHMARK(BM_AwryCurrentSpan);

}  // namespace
