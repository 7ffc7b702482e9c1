// The same three cases with opentelemetry-cpp.
#include <benchmark/benchmark.h>

#include <opentelemetry/sdk/trace/batch_span_processor_factory.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/exporter.h>
#include <opentelemetry/sdk/trace/samplers/always_off.h>
#include <opentelemetry/sdk/trace/samplers/always_on.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/span_data.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/trace/provider.h>

#include <memory>
#include <string>

namespace {

namespace api = opentelemetry::trace;
namespace sdk = opentelemetry::sdk::trace;

class NullExporter final : public sdk::SpanExporter {
 public:
  std::unique_ptr<sdk::Recordable> MakeRecordable() noexcept override {
    return std::make_unique<sdk::SpanData>();
  }
  opentelemetry::sdk::common::ExportResult Export(
      const opentelemetry::nostd::span<std::unique_ptr<sdk::Recordable>>&) noexcept override {
    return opentelemetry::sdk::common::ExportResult::kSuccess;
  }
  bool ForceFlush(std::chrono::microseconds) noexcept override { return true; }
  bool Shutdown(std::chrono::microseconds) noexcept override { return true; }
};

const std::string kMerchant = "WHOLEFDS MKT 10123 AUSTIN TX";

void Run(benchmark::State& state, api::Tracer& tracer) {
  int64_t i = 0;
  for (auto _ : state) {
    auto span = tracer.StartSpan("categorize_transaction");
    span->SetAttribute("transaction.id", i++);
    span->SetAttribute("merchant", kMerchant);
    span->SetAttribute("transaction.amount", 12.5);
    span->SetAttribute("context.cache_hit", true);
    span->End();
  }
}

void BM_OtelNoOp(benchmark::State& state) {
  const auto tracer = api::Provider::GetTracerProvider()->GetTracer("bench");
  Run(state, *tracer);
}
BENCHMARK(BM_OtelNoOp);

void BM_OtelNotSampled(benchmark::State& state) {
  sdk::TracerProvider provider(
      sdk::SimpleSpanProcessorFactory::Create(std::make_unique<NullExporter>()),
      opentelemetry::sdk::resource::Resource::Create({}),
      std::make_unique<sdk::AlwaysOffSampler>());
  const auto tracer = provider.GetTracer("bench");
  Run(state, *tracer);
}
BENCHMARK(BM_OtelNotSampled);

void BM_OtelBatch(benchmark::State& state) {
  sdk::BatchSpanProcessorOptions options;
  options.max_queue_size = 1 << 18;
  options.max_export_batch_size = 8192;
  options.schedule_delay_millis = std::chrono::milliseconds(5);
  sdk::TracerProvider provider(
      sdk::BatchSpanProcessorFactory::Create(std::make_unique<NullExporter>(), options));
  const auto tracer = provider.GetTracer("bench");
  Run(state, *tracer);
}
BENCHMARK(BM_OtelBatch);

}  // namespace
