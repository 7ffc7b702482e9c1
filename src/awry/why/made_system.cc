#include "awry/why/made_system.h"

#include <array>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "base/random.h"

namespace awry::why {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kBegin = 1'790'000'000'000'000'000;
constexpr int64_t kStep = int64_t{45} * 1'000 * kMs;  // between two requests

trace::Value Text(const std::string& text) { return trace::Value(trace::ValueView::String(text)); }
trace::Value Int(int64_t value) { return trace::Value(trace::ValueView::Int(value)); }
trace::Value Real(double value) { return trace::Value(trace::ValueView::Double(std::round(value * 100) / 100)); }

// Writes one trace.
class Request {
 public:
  Request(const MadeOptions& options, base::Random& random, size_t index) : options_(options), random_(random), index_(index) {
    trace_.id = {random.Next(), random.Next()};
    now_ = kBegin + static_cast<int64_t>(index) * kStep + static_cast<int64_t>(random.Below(uint64_t{30} * 1'000 * kMs));
    late_ = index * 10 >= options.traces * 6;
    hit_ = options.fault != MadeFault::kNone && (late_ || !options.sudden) && random.Chance(options.fault_share);
  }

  trace::Trace Run() {
    const std::string customer = fmt::format("c{}", 100 + random_.Below(9'000));
    const std::string country = std::array{"at", "de", "fr", "it", "se"}[random_.Below(5)];
    const bool partner = random_.Chance(0.3), parser2 = random_.Chance(0.35);
    if (options_.fault == MadeFault::kTogether) hit_ = (late_ || !options_.sudden) && partner && parser2;
    const double natural = country == "it" ? 2 * options_.natural_wrong : options_.natural_wrong;
    natural_wrong_ = random_.Chance(natural);
    wrong_ = natural_wrong_ || (hit_ && random_.Chance(0.8));
    const double total = 5 + random_.Uniform() * 240, shipping = 2 + random_.Uniform() * 30;
    const std::string tier = std::array{"basic", "plus", "prime"}[random_.Below(3)];
    const double confidence = std::min(0.99, std::max(0.2, random_.Normal(wrong_ ? 0.68 : 0.78, 0.12)));

    const size_t root = Open("shop-front", "POST /quote", 0, 2);
    Put(root, "customer", Text(customer));
    Put(root, "country", Text(country));
    Put(root, "channel", Text(partner ? "partner" : random_.Chance(0.5) ? "web" : "app"));
    Put(root, "basket.total", Real(total));
    Put(root, "basket.shipping", Real(shipping));
    Put(root, "app.load", Int(static_cast<int64_t>(3 + 2 * std::sin(static_cast<double>(index_) / 200) + random_.Uniform() * 2)));
    Profile(root, customer);
    Stock(root);
    parser2_ = parser2;
    Pricing(root, total, shipping, tier, confidence);
    Put(root, "result.tier", Text(tier));
    Put(root, "result.confidence", Real(confidence));
    trace_.spans[root].end_ns = now_ + kMs;
    // A few spans and attributes never arrive.
    if (random_.Chance(0.02)) trace_.spans.erase(trace_.spans.begin() + static_cast<long>(1 + random_.Below(trace_.spans.size() - 1)));
    return std::move(trace_);
  }

  bool wrong() const { return wrong_; }
  bool hit() const { return hit_; }
  bool natural() const { return natural_wrong_; }
  int64_t start() const { return kBegin + static_cast<int64_t>(index_) * kStep; }

 private:
  size_t Open(const std::string& service, const std::string& name, trace::SpanId parent, double ms) {
    trace::Span span;
    span.trace_id = trace_.id;
    span.span_id = random_.Next() | 1;
    span.parent_id = parent;
    span.name = name;
    span.start_ns = now_;
    now_ += static_cast<int64_t>(ms * (0.7 + 0.6 * random_.Uniform()) * kMs);
    span.end_ns = now_;
    auto resource = std::make_shared<trace::Resource>();
    resource->service = service;
    const bool deployed = service == "stock" && options_.deploy_at_onset && late_;
    resource->attributes.push_back({"service.version", Text(deployed ? "2.1.0" : "2.0.0")});
    const bool bad = options_.fault == MadeFault::kBadConfig && service == "pricing" && hit_;
    resource->attributes.push_back({"app.config.hash", Text(bad ? "bad0" : "c0ffee")});
    resource->attributes.push_back({"k8s.pod.name", Text(fmt::format("{}-{}", service, random_.Below(6)))});
    span.resource = std::move(resource);
    span.scope = std::make_shared<trace::Scope>();
    trace_.spans.push_back(std::move(span));
    return trace_.spans.size() - 1;
  }

  void Put(size_t span, const std::string& key, trace::Value value) {
    if (!random_.Chance(0.01)) trace_.spans[span].attributes.push_back({key, std::move(value)});
  }

  void Profile(size_t root, const std::string& customer) {
    const bool cached = random_.Chance(0.6);
    const bool household = random_.Chance(0.015);  // harmless: shares the row of a relative
    const bool cut = hit_ && options_.fault == MadeFault::kCutKey;
    const size_t span = Open("profile", "load_profile", trace_.spans[root].span_id, 4);
    const std::string key = cut ? customer.substr(0, 3) : customer;
    const std::string owner = cut ? fmt::format("{}{}", key, random_.Below(90)) : household ? "c" + std::to_string(100 + random_.Below(9'000)) : customer;
    Put(span, "profile.customer", Text(customer));
    Put(span, "cache.key", Text("prof/" + key));
    Put(span, "row.customer", Text(owner));
    const bool stale = hit_ && options_.fault == MadeFault::kStale;
    const int64_t ttl = std::array{600, 1'200, 2'400}[random_.Below(3)];
    const int64_t age = stale ? ttl + 1 + static_cast<int64_t>(random_.Below(9'000))
                        : cached ? static_cast<int64_t>(random_.Below(static_cast<uint64_t>(ttl) + 1)) : 0;
    Put(span, "row.age_s", Int(age));
    Put(span, "row.ttl_s", Int(ttl));
  }

  void Stock(size_t root) {
    const bool reversed = hit_ && options_.fault == MadeFault::kWrongOrder;
    for (const char* name : {reversed ? "reserve_stock" : "check_stock", reversed ? "check_stock" : "reserve_stock"}) {
      const size_t span = Open("stock", name, trace_.spans[root].span_id, 2);
      Put(span, "stock.items", Int(static_cast<int64_t>(1 + random_.Below(9))));
    }
  }

  void Pricing(size_t root, double total, double shipping, const std::string& tier, double confidence) {
    const size_t span = Open("pricing", "price_basket", trace_.spans[root].span_id, 3);
    const bool unit = hit_ && options_.fault == MadeFault::kUnit;
    const bool swapped = hit_ && options_.fault == MadeFault::kSwapped;
    const double in_total = unit ? total * 100 : swapped ? shipping : total;
    Put(span, "in.total", Real(in_total));
    Put(span, "in.shipping", Real(swapped ? total : shipping));
    Put(span, "parser.name", Text(parser2_ ? "p2" : "p1"));
    Put(span, "in.currency", Text("EUR"));
    const bool fallback = hit_ && options_.fault == MadeFault::kFallback;
    const size_t score = Open("pricing", fallback ? "guess_tier" : "score_tier", trace_.spans[span].span_id, 5);
    Put(score, "prediction.tier", Text(tier));
    Put(score, "prediction.confidence", Real(confidence));
  }

  const MadeOptions& options_;
  base::Random& random_;
  size_t index_;
  trace::Trace trace_;
  int64_t now_ = 0;
  bool late_ = false;
  bool hit_ = false;
  bool wrong_ = false;
  bool parser2_ = false;
  bool natural_wrong_ = false;
};

}  // namespace

MadeSystem MakeSystem(const MadeOptions& options) {
  base::Random random(options.seed);
  MadeSystem out;
  for (size_t i = 0; i < options.traces; ++i) {
    Request request(options, random, i);
    if (out.onset_ns == 0 && i * 10 >= options.traces * 6) out.onset_ns = request.start();
    out.traces.push_back(request.Run());
    const trace::TraceId id = out.traces.back().id;
    if (request.wrong()) (request.hit() ? out.faulted : out.natural_wrong).push_back(id);
    if (!random.Chance(request.wrong() ? options.labelled_wrong : options.labelled_right)) continue;
    const bool says_wrong = request.wrong() != random.Chance(options.label_noise);
    out.labels.push_back({.id = std::to_string(i), .trace_id = id,
                          .verdict = says_wrong ? trace::Verdict::kWrong : trace::Verdict::kRight});
  }
  return out;
}

}  // namespace awry::why
