#include <bit>

#include "awry/ingest/sampling_strategies.h"
#include "codec/json.h"
#include "wire/any_value.h"

namespace awry::ingest {
namespace {

// Fields of proto3: zero is left out.
void PutDouble(uint32_t field, double value, std::string& out) {
  if (const auto bits = std::bit_cast<uint64_t>(value); bits != 0)
    wire::AppendFixed64Field(field, bits, out);
}

std::string ProbabilisticProto(double rate) {
  std::string out;
  PutDouble(1, rate, out);
  return out;
}

std::string OperationsProto(const OperationSampling& sampling) {
  std::string out;
  PutDouble(1, sampling.default_rate, out);
  PutDouble(2, sampling.lower_bound_per_second, out);
  for (const auto& operation : sampling.operations) {
    std::string item;
    if (!operation.name.empty()) wire::AppendBytesField(1, operation.name, item);
    wire::AppendBytesField(2, ProbabilisticProto(operation.rate), item);
    wire::AppendBytesField(3, item, out);
  }
  return out;
}

void WriteRate(codec::JsonWriter& json, double rate) {
  json.Key("probabilisticSampling").BeginObject();
  json.Key("samplingRate").Double(rate).EndObject();
}

}  // namespace

std::string SamplingJson(const SamplingStrategy& strategy) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("strategyType");
  if (strategy.traces_per_second) {
    json.String("RATE_LIMITING").Key("rateLimitingSampling").BeginObject();
    json.Key("maxTracesPerSecond").Int(*strategy.traces_per_second).EndObject();
  } else {
    json.String("PROBABILISTIC");
    WriteRate(json, strategy.rate);
  }
  if (const auto& operations = strategy.operations) {
    json.Key("operationSampling").BeginObject();
    json.Key("defaultSamplingProbability").Double(operations->default_rate);
    json.Key("defaultLowerBoundTracesPerSecond").Double(operations->lower_bound_per_second);
    json.Key("perOperationStrategies").BeginArray();
    for (const auto& operation : operations->operations) {
      json.BeginObject().Key("operation").String(operation.name);
      WriteRate(json, operation.rate);
      json.EndObject();
    }
    json.EndArray().Key("defaultUpperBoundTracesPerSecond").Double(0).EndObject();  // no strategy sets one
  }
  json.EndObject();
  return out;
}

std::string SamplingProto(const SamplingStrategy& strategy) {
  std::string out;
  if (strategy.traces_per_second) {
    std::string limit;
    if (*strategy.traces_per_second != 0)
      wire::AppendVarintField(1, static_cast<uint64_t>(*strategy.traces_per_second), limit);
    wire::AppendVarintField(1, 1, out);
    wire::AppendBytesField(3, limit, out);
  } else {
    wire::AppendBytesField(2, ProbabilisticProto(strategy.rate), out);
  }
  if (strategy.operations) wire::AppendBytesField(4, OperationsProto(*strategy.operations), out);
  return out;
}

}  // namespace awry::ingest
