// Spans of model inference: what a model was asked, what it said, and why.
#pragma once

#include <string_view>

#include "awry/sdk/tracer.h"

namespace awry::sdk::instrument {

// One prediction: an INTERNAL span, current on this thread until the scope ends.
//
//   ModelScope scope(tracer, "model_prediction", {.version = "v1.2.3"});
//   scope.set_prediction("groceries", 0.93);
//   scope.explain("avg_grocery_amount", 1.7);
class ModelScope {
 public:
  struct Model {
    std::string_view version;    // model.version
    std::string_view name = {};  // model.name
  };
  ModelScope(const Tracer& tracer, std::string_view span_name, const Model& model);

  // An input of the model: attribute "features.NAME".
  void set_feature(std::string_view name, const AttributeValue& value);
  // Attributes prediction.category and prediction.confidence.
  void set_prediction(std::string_view category, double confidence);
  // How much an input weighed for the answer: attribute "explain.NAME".
  void explain(std::string_view name, double contribution);
  void fail(std::string_view type, std::string_view message);
  ScopedSpan& span() { return span_; }

 private:
  ScopedSpan span_;
};

}  // namespace awry::sdk::instrument
