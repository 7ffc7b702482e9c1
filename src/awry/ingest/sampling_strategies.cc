// Merging as Jaeger does it: a service without strategies of operations gets the default's ones
// with its own rate beside them; one that has some keeps them before the default's.
#include "awry/ingest/sampling_strategies.h"

#include <algorithm>
#include <cmath>

#include "codec/json.h"

namespace awry::ingest {
namespace {

using base::InvalidArgument;
using base::Result;
using base::Status;
using codec::JsonValue;

Status Wrong(const std::string& where, const std::string& what) {
  return InvalidArgument("sampling file: " + where + ": " + what);
}

Status ReadType(JsonValue json, const std::string& where, SamplingStrategy& out) {
  const auto type = json.Find("type").AsString();
  const auto param = json.Find("param").AsDouble();
  if (!type || (*type != "probabilistic" && *type != "ratelimiting"))
    return Wrong(where, "type must be \"probabilistic\" or \"ratelimiting\"");
  if (!param) return Wrong(where, "param must be a number");
  if (*type == "probabilistic") {
    if (!(*param >= 0 && *param <= 1)) return Wrong(where, "a probability must be from 0 to 1");
    out.rate = *param;
    return base::OkStatus();
  }
  if (!(*param >= 0 && *param <= INT32_MAX) || *param != std::floor(*param))
    return Wrong(where, "traces a second must be a whole number, not negative");
  out.traces_per_second = static_cast<int32_t>(*param);
  return base::OkStatus();
}

Result<SamplingStrategy> ReadStrategy(JsonValue json, const std::string& where,
                                      std::vector<std::string>& warnings) {
  if (!json.is_object()) return Wrong(where, "must be an object");
  SamplingStrategy strategy;
  RETURN_IF_ERROR(ReadType(json, where, strategy));
  const JsonValue list = json.Find("operation_strategies");
  if (list.is_null()) return strategy;
  if (!list.is_array()) return Wrong(where, "operation_strategies must be an array");
  OperationSampling operations{.default_rate = strategy.traces_per_second ? 1 : strategy.rate};
  for (const JsonValue item : list.items()) {
    const auto name = item.Find("operation").AsString();
    if (!name) return Wrong(where, "an operation strategy must name its operation");
    SamplingStrategy one;
    RETURN_IF_ERROR(ReadType(item, where + ", operation " + std::string(*name), one));
    if (one.traces_per_second) {
      warnings.push_back(where + ", operation " + std::string(*name) +
                         ": only probabilistic strategies hold for operations; left out");
    } else {
      operations.operations.push_back({std::string(*name), one.rate});
    }
  }
  if (list.size() > 0) strategy.operations = std::move(operations);
  return strategy;
}

void Inherit(const OperationSampling& from, SamplingStrategy& strategy) {
  if (!strategy.operations) {
    strategy.operations = from;
    if (!strategy.traces_per_second) strategy.operations->default_rate = strategy.rate;
    return;
  }
  auto& own = strategy.operations->operations;
  for (const auto& operation : from.operations) {
    const bool known =
        std::ranges::any_of(own, [&](const auto& mine) { return mine.name == operation.name; });
    if (!known) own.push_back(operation);
  }
}

}  // namespace

Result<SamplingStrategies> SamplingStrategies::Parse(std::string_view json,
                                                     std::vector<std::string>& warnings) {
  const auto document = codec::JsonDocument::Parse(json);
  if (!document.ok()) return document.status().WithContext("sampling file");
  const JsonValue root = document->root();
  if (!root.is_object()) return Wrong("the document", "must be an object");
  SamplingStrategies out;
  if (const JsonValue standard = root.Find("default_strategy"); !standard.is_null()) {
    ASSIGN_OR_RETURN(out.default_, ReadStrategy(standard, "default_strategy", warnings));
  }
  const JsonValue list = root.Find("service_strategies");
  if (!list.is_null() && !list.is_array()) return Wrong("service_strategies", "must be an array");
  for (const JsonValue item : list.items()) {
    const auto service = item.Find("service").AsString();
    if (!service) return Wrong("service_strategies", "each must name its service");
    ASSIGN_OR_RETURN(SamplingStrategy strategy,
                     ReadStrategy(item, "service " + std::string(*service), warnings));
    if (out.default_.operations) Inherit(*out.default_.operations, strategy);
    out.services_[std::string(*service)] = std::move(strategy);
  }
  return out;
}

const SamplingStrategy& SamplingStrategies::For(std::string_view service) const {
  const auto found = services_.find(service);
  return found == services_.end() ? default_ : found->second;
}

}  // namespace awry::ingest
