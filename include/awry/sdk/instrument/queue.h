// Spans of work that waits in a queue, for any queue or job table.
#pragma once

#include <string>
#include <string_view>

#include "awry/sdk/propagation.h"
#include "awry/sdk/tracer.h"

namespace awry::sdk::instrument {

struct QueueMessage {
  std::string_view system;       // "awry.jobs", "kafka"
  std::string_view destination;  // name of the queue
  std::string_view message_id = {};
};

// One message put into a queue: a PRODUCER span "send DESTINATION". Store carrier() beside the
// message; the consumer continues from it, after a restart too.
class QueueProducerScope {
 public:
  QueueProducerScope(const Tracer& tracer, const QueueMessage& message);
  // The context as one line of text; "" when there is nothing to carry.
  const std::string& carrier() const { return carrier_; }
  void fail(std::string_view type, std::string_view message);
  Span& span() { return span_; }

 private:
  Span span_;
  std::string carrier_;
};

// The current context (baggage included) as one line of text, and back. For queues that want no
// span of the producer.
std::string carrier_of(const Context& context);
Context context_of(std::string_view carrier);

// One message being worked on: a CONSUMER span "process DESTINATION", a child of the producer's,
// current on this thread until the scope ends.
class QueueConsumerScope {
 public:
  // `attempt` from 1; beyond 1 it is recorded as messaging.delivery.attempt.
  QueueConsumerScope(const Tracer& tracer, const QueueMessage& message, std::string_view carrier,
                     int attempt = 1);
  void fail(std::string_view type, std::string_view message);
  ScopedSpan& span() { return span_; }

 private:
  ScopedContext context_;
  ScopedSpan span_;
};

}  // namespace awry::sdk::instrument
