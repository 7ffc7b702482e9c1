// Remote sampling (wire-contract 9): what share of its traces a service is told to send.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace awry::ingest {

struct OperationSampling {
  struct Operation {
    std::string name;
    double rate = 1;
  };
  double default_rate = 1;
  double lower_bound_per_second = 0;
  std::vector<Operation> operations;
};

struct SamplingStrategy {
  // Share of traces, 0 to 1; or, when set, traces a second.
  double rate = 1;
  std::optional<int32_t> traces_per_second;
  std::optional<OperationSampling> operations;
};

// All services' strategies. Value type.
class SamplingStrategies {
 public:
  // Everything is sampled.
  SamplingStrategies() = default;

  // Reads Jaeger's strategies file. kInvalidArgument says where it is wrong. As in Jaeger, a
  // strategy of an operation can only be probabilistic: others are left out and named in
  // `warnings`.
  static base::Result<SamplingStrategies> Parse(std::string_view json,
                                                std::vector<std::string>& warnings);

  // The strategy of `service`, or the default one. Valid as long as this object.
  const SamplingStrategy& For(std::string_view service) const;

 private:
  SamplingStrategy default_;
  std::map<std::string, SamplingStrategy, std::less<>> services_;
};

// The answers of port 5778 and of SamplingManager.GetSamplingStrategy.
std::string SamplingJson(const SamplingStrategy& strategy);
std::string SamplingProto(const SamplingStrategy& strategy);

}  // namespace awry::ingest
