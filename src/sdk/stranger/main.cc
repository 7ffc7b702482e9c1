#include <awry/sdk/instrument/model.h>
#include <awry/sdk/sdk.h>

int main() {
  auto tracer = awry::sdk::setup_tracing("stranger");
  auto span = tracer.start_as_current_span("hello", {.kind = awry::sdk::SpanKind::kServer});
  span.set_attribute("answer", 42);
  awry::sdk::instrument::ModelScope model(tracer, "model_prediction", {.version = "v1"});
  model.set_prediction("groceries", 0.9);
}  // both spans end here, and are sent when the process ends
