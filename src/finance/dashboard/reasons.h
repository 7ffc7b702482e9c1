// Reads from a stored trace why the model answered what it did.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace finance::dashboard {

// One named part of the answer: positive speaks for it, negative against.
struct Reason {
  std::string feature;  // "text:tesco", "amount", "memory", …
  double weight = 0;
};

struct Explanation {
  std::vector<Reason> reasons;                // heaviest first
  std::map<std::string, std::string> inputs;  // the model's inputs by name, values as JSON
  std::string category;                       // what the model said
  std::string model_version;
};

// Reads the answer of Jaeger's GET /api/traces/{id}: the newest span `model_prediction` that ended
// well, and its sibling `prepare_features`. kNotFound when the trace has no prediction;
// kInvalidArgument when `json` is no such answer.
awry::base::Result<Explanation> ReadExplanation(std::string_view json);

// {"reasons": [{"feature", "weight"}], "inputs": {…}, "category", "model_version"}
std::string ExplanationJson(const Explanation& explanation);

}  // namespace finance::dashboard
