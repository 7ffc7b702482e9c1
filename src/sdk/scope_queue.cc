// The carrier is "name=value" parts joined by tabs: no header value holds a tab.
#include <string>

#include "awry/sdk/instrument/model.h"
#include "awry/sdk/instrument/queue.h"

namespace awry::sdk::instrument {
namespace {

template <typename AnySpan>
void Describe(AnySpan& span, const QueueMessage& message, std::string_view operation,
              std::string_view type) {
  if (!span.is_recording()) return;
  span.set_attribute("messaging.system", message.system);
  span.set_attribute("messaging.destination.name", message.destination);
  span.set_attribute("messaging.operation.name", operation);
  span.set_attribute("messaging.operation.type", type);
  if (!message.message_id.empty()) span.set_attribute("messaging.message.id", message.message_id);
}

std::string SpanName(std::string_view operation, std::string_view destination) {
  std::string name(operation);
  return name.append(1, ' ').append(destination);
}

template <typename AnySpan>
void Fail(AnySpan& span, std::string_view type, std::string_view message) {
  if (!span.is_recording()) return;
  span.set_attribute("error.type", type);
  span.set_status(StatusCode::kError, message);
}

}  // namespace

std::string carrier_of(const Context& context) {
  std::string carrier;
  inject(context, [&](std::string_view name, std::string_view value) {
    if (!carrier.empty()) carrier += '\t';
    carrier.append(name).append(1, '=').append(value);
  });
  return carrier;
}

Context context_of(std::string_view carrier) {
  return extract([carrier](std::string_view name) {
    for (std::string_view rest = carrier; !rest.empty();) {
      const size_t tab = rest.find('\t');
      const std::string_view part = rest.substr(0, tab);
      rest = tab == std::string_view::npos ? std::string_view() : rest.substr(tab + 1);
      if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=') {
        return part.substr(name.size() + 1);
      }
    }
    return std::string_view();
  });
}

QueueProducerScope::QueueProducerScope(const Tracer& tracer, const QueueMessage& message) {
  if (!detail::is_set_up()) {
    carrier_ = carrier_of(Context::current());
    return;
  }
  span_ = tracer.start_span(SpanName("send", message.destination), {.kind = SpanKind::kProducer});
  Describe(span_, message, "send", "send");
  const Context current = Context::current();
  carrier_ =
      carrier_of(span_.context().is_valid() ? current.with_span_context(span_.context()) : current);
}

void QueueProducerScope::fail(std::string_view type, std::string_view message) {
  Fail(span_, type, message);
}

QueueConsumerScope::QueueConsumerScope(const Tracer& tracer, const QueueMessage& message,
                                       std::string_view carrier, int attempt)
    : context_(context_of(carrier)),
      span_(tracer.start_span(SpanName("process", message.destination),
                              {.kind = SpanKind::kConsumer})) {
  Describe(span_, message, "process", "process");
  if (attempt > 1) span_.set_attribute("messaging.delivery.attempt", attempt);
}

void QueueConsumerScope::fail(std::string_view type, std::string_view message) {
  Fail(span_, type, message);
}

ModelScope::ModelScope(const Tracer& tracer, std::string_view span_name, const Model& model)
    : span_(tracer.start_span(span_name)) {
  if (!model.version.empty()) span_.set_attribute("model.version", model.version);
  if (!model.name.empty()) span_.set_attribute("model.name", model.name);
}

void ModelScope::set_feature(std::string_view name, const AttributeValue& value) {
  if (span_.is_recording()) span_.set_attribute("features." + std::string(name), value);
}

void ModelScope::set_prediction(std::string_view category, double confidence) {
  span_.set_attribute("prediction.category", category);
  span_.set_attribute("prediction.confidence", confidence);
}

void ModelScope::explain(std::string_view name, double contribution) {
  if (span_.is_recording()) span_.set_attribute("explain." + std::string(name), contribution);
}

void ModelScope::fail(std::string_view type, std::string_view message) {
  Fail(span_, type, message);
}

}  // namespace awry::sdk::instrument
