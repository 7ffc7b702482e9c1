#include "store_shapes.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace awry::bench {

using trace::Attribute;
using trace::Span;
using trace::Value;
using trace::ValueView;
using Kind = trace::SpanKind;

namespace {

constexpr size_t kSpansARequest = 512;
constexpr int64_t kLateNs = 6'000'000'000;       // a span arrives at most so long after its start
constexpr int64_t kTraceEveryNs = 1'500'000;     // about 8,000 spans a second
constexpr size_t kServicesOfThirty = 30;

struct Operation {
  size_t service;
  const char* name;
  int parent;  // place in the trace, -1: the root
  Kind kind;
};
constexpr const char* kFiveServices[] = {"transaction-processor", "category-predictor",
                                         "spending-analyzer", "fraud-detector", "budget-manager"};
constexpr Operation kFiveTrace[] = {{0, "POST /transactions", -1, Kind::kServer},
                                    {0, "process_transaction", 0, Kind::kConsumer},
                                    {0, "INSERT transactions", 1, Kind::kClient},
                                    {1, "POST /categorize", 1, Kind::kServer},
                                    {1, "categorize_transaction", 3, Kind::kInternal},
                                    {1, "fetch_user_context", 4, Kind::kClient},
                                    {2, "GET /patterns/{user_id}", 5, Kind::kServer},
                                    {2, "SELECT patterns", 6, Kind::kClient},
                                    {1, "prepare_features", 4, Kind::kInternal},
                                    {1, "model_prediction", 4, Kind::kInternal},
                                    {3, "POST /check", 1, Kind::kServer},
                                    {4, "check_budgets", 1, Kind::kServer}};

Attribute Text(std::string key, const std::string& text) {
  return {std::move(key), Value(ValueView::String(text))};
}
Attribute Number(std::string key, uint64_t number) {
  return {std::move(key), Value(ValueView::Int(static_cast<int64_t>(number)))};
}
Attribute Real(std::string key, double real) {
  return {std::move(key), Value(ValueView::Double(real))};
}

std::string ServiceName(ShapeKind shape, size_t service) {
  return shape == ShapeKind::kFive ? kFiveServices[service] : fmt::format("svc-{:02}", service);
}

}  // namespace

SpanSource::SpanSource(ShapeKind shape, uint64_t seed) : shape_(shape), random_(seed) {
  const size_t services = shape == ShapeKind::kFive ? std::size(kFiveServices) : kServicesOfThirty;
  for (size_t s = 0; s < services; ++s) {
    trace::Resource resource{.service = ServiceName(shape, s),
                             .attributes = {Text("service.version", "1.4.2"),
                                            Text("host.name", fmt::format("node-{}", s % 7)),
                                            Text("telemetry.sdk.language", "cpp")}};
    if (shape == ShapeKind::kThirty) {
      resource.attributes.push_back(
          Text("k8s.pod.name", fmt::format("svc-{:02}-7d9f8b6c5-{}", s, Hex(5))));
      resource.attributes.push_back(Text("deployment.environment", "production"));
    }
    resources_.push_back(std::make_shared<trace::Resource>(std::move(resource)));
  }
  scope_ = std::make_shared<trace::Scope>(trace::Scope{.name = "finance", .version = "1.0"});
}

std::string SpanSource::Hex(size_t digits) {
  return fmt::format("{:016x}", random_.Next()).substr(16 - digits);
}

void SpanSource::Arrive(size_t service, Span span) {
  const int64_t at_ns = span.start_ns + static_cast<int64_t>(random_.Below(kLateNs));
  span.resource = resources_[service];
  span.scope = scope_;
  arriving_.push({at_ns, made_++, service, std::move(span)});
}

void SpanSource::AddFive(int64_t start_ns, const trace::TraceId& id,
                         const std::string& transaction) {
  const std::string user = "user" + std::to_string(100 + random_.Below(400));
  uint64_t ids[std::size(kFiveTrace)];
  for (size_t i = 0; i < std::size(kFiveTrace); ++i) {
    const Operation& operation = kFiveTrace[i];
    Span span;
    span.trace_id = id;
    span.span_id = ids[i] = random_.Next();
    span.parent_id = operation.parent < 0 ? 0 : ids[operation.parent];
    span.name = operation.name;
    span.kind = operation.kind;
    span.start_ns = start_ns + static_cast<int64_t>(i * 200'000 + random_.Below(150'000));
    span.end_ns = span.start_ns + static_cast<int64_t>(50'000 + random_.Below(3'000'000));
    if (random_.Chance(0.002)) span.status = trace::SpanStatus::kError;
    span.flags = 0x101;
    span.attributes = {Text(kNeedleKey, transaction), Text("user_id", user),
                       Text("thread.name", fmt::format("worker-{}", random_.Below(8)))};
    auto& own = span.attributes;
    if (operation.kind == Kind::kServer) {
      own.push_back(Text("http.request.method", operation.name[0] == 'G' ? "GET" : "POST"));
      own.push_back(Text("http.route", operation.name));
      own.push_back(Number("http.response.status_code", 200));
    } else if (operation.kind == Kind::kClient) {
      own.push_back(Text("db.system", "sqlite"));
      own.push_back(Text("db.statement", "SELECT value FROM patterns WHERE user_id = ?"));
      own.push_back(Number("db.rows", random_.Below(20)));
    } else {
      own.push_back(Real("transaction.amount", static_cast<double>(random_.Below(20'000)) / 100));
      own.push_back(Text("merchant", "MERCHANT " + std::to_string(random_.Below(3'000))));
      own.push_back(Text("prediction.category", random_.Chance(0.5) ? "groceries" : "dining"));
      own.push_back(Real("prediction.confidence", random_.Uniform()));
    }
    Arrive(operation.service, std::move(span));
  }
}

void SpanSource::AddThirty(int64_t start_ns, const trace::TraceId& id,
                           const std::string& transaction) {
  const size_t spans = 8 + random_.Below(33);
  std::vector<uint64_t> ids(spans);
  for (size_t i = 0; i < spans; ++i) {
    const size_t service = i == 0 ? 0 : random_.Below(kServicesOfThirty);
    const size_t operation = random_.Below(8);
    Span span;
    span.trace_id = id;
    span.span_id = ids[i] = random_.Next();
    span.parent_id = i == 0 ? 0 : ids[random_.Below(i)];
    span.name = fmt::format("operation-{}-of-{}", operation, service);
    span.kind = operation % 2 == 0 ? Kind::kServer : Kind::kClient;
    span.start_ns = start_ns + static_cast<int64_t>(i * 300'000 + random_.Below(250'000));
    span.end_ns = span.start_ns + static_cast<int64_t>(20'000 + random_.Below(8'000'000));
    if (random_.Chance(0.005)) span.status = trace::SpanStatus::kError;
    span.flags = 0x101;
    auto& own = span.attributes;
    own.push_back(Text(kNeedleKey, transaction));
    // Near-unique: nobody sees them twice.
    own.push_back(Text("request.id", Hex(16)));
    own.push_back(Text("order.id", fmt::format("ord-{:09}", random_.Below(1'000'000'000))));
    own.push_back(Number("customer.id", random_.Below(50'000'000)));
    own.push_back(Number("payload.bytes", random_.Below(1'000'000)));
    own.push_back(Real("measured.ms", static_cast<double>(random_.Below(10'000'000)) / 1000));
    own.push_back(Text("http.request.method", operation < 4 ? "GET" : "POST"));
    own.push_back(
        Text("http.route", fmt::format("/api/v2/resource-{}/{{id}}/of/{}", operation, service)));
    own.push_back(Number("http.response.status_code", random_.Chance(0.97) ? 200 : 503));
    own.push_back(Text("server.address", fmt::format("svc-{:02}.prod.internal", service)));
    own.push_back(Text("user_agent.original", "internal-client/3.11 (linux; x86_64)"));
    own.push_back(Number("thread.id", 1 + random_.Below(32)));
    own.push_back(Text("tenant", fmt::format("tenant-{:03}", random_.Below(200))));
    Arrive(service, std::move(span));
  }
}

void SpanSource::Run(uint64_t spans,
                     const std::function<void(const std::vector<Span>&)>& send,
                     const std::function<void(const Needle&)>& note) {
  std::vector<std::vector<Span>> queues(resources_.size());
  uint64_t sent = 0;
  const auto deliver = [&](std::vector<Span>& queue) {
    if (queue.empty()) return;
    send(queue);
    sent += queue.size();
    queue.clear();
  };
  const auto take = [&](int64_t until_ns) {
    while (!arriving_.empty() && arriving_.top().at_ns <= until_ns) {
      // top() is constant, but what is popped next may be moved from.
      auto& first = const_cast<Arriving&>(arriving_.top());
      std::vector<Span>& queue = queues[first.service];
      queue.push_back(std::move(first.span));
      arriving_.pop();
      if (queue.size() >= kSpansARequest) deliver(queue);
    }
  };
  const int64_t begin_ns = 1'700'000'000'000'000'000;
  for (uint64_t t = 0; made_ < spans; ++t) {
    const int64_t start_ns = begin_ns + static_cast<int64_t>(t) * kTraceEveryNs *
                                            (shape_ == ShapeKind::kFive ? 1 : 2);
    const trace::TraceId id{random_.Next(), random_.Next()};
    const std::string transaction = fmt::format("tx-{:016x}", t * 0x9e3779b97f4a7c15ULL);
    if (t % 100 == 0) note({id, transaction});
    shape_ == ShapeKind::kFive ? AddFive(start_ns, id, transaction)
                               : AddThirty(start_ns, id, transaction);
    take(start_ns);
  }
  take(INT64_MAX);
  for (auto& queue : queues) deliver(queue);
}

}  // namespace awry::bench
