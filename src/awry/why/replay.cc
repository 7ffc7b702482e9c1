#include "awry/why/replay.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <unordered_map>

#include "awry/why/pair.h"
#include "awry/why/statistics.h"
#include "base/log.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "trace/value.h"

namespace awry::why {
namespace {

constexpr std::string_view kFeature = "features.";
constexpr std::string_view kPrediction = "prediction.";
constexpr size_t kFailuresInRowMax = 5;
constexpr size_t kComparisonsMax = 400;
constexpr double kSystematicZ = 3;
constexpr double kSystematicGap = 0.02;
constexpr double kSystematicTimes = 2;  // what differs from one request to the next does so anyway

bool IsFeature(const Column& column) {
  return column.origin == Origin::kSpan && column.key.starts_with(kFeature) && column.key != "features.count" &&
         column.key != "features.has_context";
}

// 0: the same; 1: nothing in common.
double Gap(const Column& column, size_t x, size_t y) {
  if (!column.present.Test(x) || !column.present.Test(y)) return column.present.Test(x) == column.present.Test(y) ? 0 : 1;
  if (!column.numeric) return ValueKey(column, x) == ValueKey(column, y) ? 0 : 1;
  const double a = column.number[x], b = column.number[y];
  return a == b ? 0 : std::abs(a - b) / (std::abs(a) + std::abs(b));
}

void AppendValue(codec::JsonWriter& json, const trace::ValueView& value) {
  switch (value.kind) {
    case trace::ValueKind::kBool: json.Bool(value.boolean); break;
    case trace::ValueKind::kInt: json.Int(value.integer); break;
    case trace::ValueKind::kDouble: json.Double(value.real); break;
    case trace::ValueKind::kNull: json.Null(); break;
    case trace::ValueKind::kArray:
    case trace::ValueKind::kMap: json.Raw(trace::ToText(value)); break;
    default: json.String(trace::ToText(value));
  }
}

// The span with most features, the last of them when an attempt was repeated.
const trace::Span* FeatureSpan(const trace::Trace& trace) {
  const trace::Span* best = nullptr;
  size_t most = 0;
  for (const trace::Span& span : trace.spans) {
    const auto count = static_cast<size_t>(std::count_if(
        span.attributes.begin(), span.attributes.end(),
        [](const trace::Attribute& a) { return a.key.starts_with(kFeature); }));
    if (count >= most && count > 0) {
      most = count;
      best = &span;
    }
  }
  return best;
}

struct Recorded {
  std::string recorded;
  std::string replayed;
};

// Of the texts that the trace has of its prediction, the last that the endpoint answers with as well: others explain it.
std::optional<Recorded> RecordedAnswer(const trace::Trace& trace, codec::JsonValue reply) {
  std::optional<Recorded> out;
  for (const trace::Span& span : trace.spans) {
    for (const trace::Attribute& a : span.attributes) {
      if (!a.key.starts_with(kPrediction) || a.value.kind() != trace::ValueKind::kString) continue;
      const auto answer = reply.Find(a.key.substr(kPrediction.size())).AsString();
      if (answer) out = Recorded{trace::ToText(a.value.view()), std::string(*answer)};
    }
  }
  return out;
}

class Replayer {
 public:
  Replayer(const ReplayInput& input, const Fact& fact, const ReplaySender& send)
      : input_(input), fact_(fact), send_(send) {}

  std::optional<ReplayProof> Run() {
    FindTwins();
    FindDescendants();
    if (twins_.empty() || replaced_.empty()) return std::nullopt;
    ReplayProof proof;
    size_t failures = 0;
    for (const auto& [wrong, right] : twins_) {
      if (proof.of + proof.failed >= input_.replays_max || failures >= kFailuresInRowMax) break;
      const Outcome outcome = One(wrong, right, proof);
      if (outcome == Outcome::kNoEndpoint) return std::nullopt;
      if (outcome == Outcome::kSkipped) continue;
      failures = outcome == Outcome::kFailed ? failures + 1 : 0;
    }
    if (proof.of + proof.failed == 0) return std::nullopt;
    proof.ci = ClopperPearson(proof.flipped, proof.of);
    return proof;
  }

 private:
  enum class Outcome { kDone, kFailed, kSkipped, kNoEndpoint };

  // Who asks: the upstream attribute of the broken relation. Without one, twins of any asker serve.
  const Column* Asker() const {
    if (fact_.kind != FactKind::kRelation) return nullptr;
    const Column& column = input_.corpus.columns()[input_.relations[fact_.relation].b];
    return column.distinct >= 2 && !column.is_list ? &column : nullptr;
  }

  // For each wrong trace the nearest earlier right one of the same asker, newest wrong first; and for
  // right traces likewise: what changes from one to the next anyway.
  void FindTwins() {
    const Column* asker = Asker();
    Bits right = And(input_.groups.controls, fact_.known);
    right.Subtract(fact_.with);
    std::unordered_map<uint64_t, std::vector<size_t>> of;
    right.ForEach([&](size_t i) {
      const uint64_t key = asker == nullptr ? 1 : ValueKey(*asker, i);
      if (key != 0) of[key].push_back(i);
    });
    for (auto& [key, rows] : of) std::sort(rows.begin(), rows.end(), [&](size_t a, size_t b) { return Start(a) < Start(b); });
    const auto earlier = [&](size_t i) -> std::optional<size_t> {
      const auto found = of.find(asker == nullptr ? 1 : ValueKey(*asker, i));
      if (found == of.end()) return std::nullopt;
      const auto& rows = found->second;
      const auto after = std::lower_bound(rows.begin(), rows.end(), Start(i),
                                          [&](size_t row, int64_t time) { return Start(row) < time; });
      return after == rows.begin() ? std::nullopt : std::optional<size_t>(*(after - 1));
    };
    And(And(fact_.with, fact_.known), input_.groups.cases).ForEach([&](size_t i) {
      if (const auto twin = earlier(i)) twins_.emplace_back(i, *twin);
    });
    std::sort(twins_.begin(), twins_.end(), [&](const auto& x, const auto& y) { return Start(x.first) > Start(y.first); });
    right.ForEach([&](size_t i) {
      if (usual_.size() >= kComparisonsMax) return;
      if (const auto twin = earlier(i)) usual_.emplace_back(i, *twin);
    });
  }

  // Features that change more from right to wrong than they do from right to right: they descend from
  // what the suspect span gave.
  void FindDescendants() {
    for (const Column& column : input_.corpus.columns()) {
      if (!IsFeature(column)) continue;
      const auto [mean, error] = MeanGap(column, twins_);
      const auto [usual_mean, usual_error] = MeanGap(column, usual_);
      const double spread = std::sqrt(error * error + usual_error * usual_error);
      if (mean > kSystematicTimes * usual_mean && mean - usual_mean > kSystematicZ * spread &&
          mean - usual_mean > kSystematicGap) {
        replaced_.push_back(column.key);
      }
    }
  }

  static std::pair<double, double> MeanGap(const Column& column, const std::vector<std::pair<size_t, size_t>>& pairs) {
    double sum = 0, squares = 0;
    for (const auto& [x, y] : pairs) {
      const double gap = Gap(column, x, y);
      sum += gap;
      squares += gap * gap;
    }
    const double n = std::max<double>(1, static_cast<double>(pairs.size()));
    const double mean = sum / n;
    return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean) / n)};
  }

  std::string Body(const trace::Span& wrong, const trace::Span& right) const {
    std::string body;
    codec::JsonWriter json(body);
    json.BeginObject().Key("features").BeginObject();
    for (const trace::Attribute& a : wrong.attributes) {
      if (!a.key.starts_with(kFeature)) continue;
      const bool replaced = std::find(replaced_.begin(), replaced_.end(), a.key) != replaced_.end();
      const trace::Value* other = replaced ? trace::Find(right.attributes, a.key) : nullptr;
      json.Key(a.key.substr(kFeature.size()));
      AppendValue(json, other != nullptr ? other->view() : a.value.view());
    }
    json.EndObject().EndObject();
    return body;
  }

  Outcome One(size_t wrong, size_t right, ReplayProof& proof) const {
    const trace::TraceId& id = input_.corpus.ids()[wrong];
    const auto wrong_trace = input_.fetch(id);
    const auto right_trace = input_.fetch(input_.corpus.ids()[right]);
    if (!wrong_trace || !right_trace) return Outcome::kSkipped;
    const trace::Span* features = FeatureSpan(*wrong_trace);
    const trace::Span* better = FeatureSpan(*right_trace);
    if (features == nullptr || better == nullptr) return Outcome::kSkipped;
    const auto reply = send_(features->resource->service, Body(*features, *better));
    if (!reply.ok() && reply.status().code() == base::StatusCode::kNotFound) return Outcome::kNoEndpoint;
    const auto failed = [&](const std::string& why) {
      if (proof.failed++ == 0) base::LogWarning("replay by {} failed: {}", features->resource->service, why);
      return Outcome::kFailed;
    };
    if (!reply.ok()) return failed(reply.status().message());
    const auto document = codec::JsonDocument::Parse(*reply);
    if (!document.ok()) return failed("answer is no JSON");
    const auto answer = RecordedAnswer(*wrong_trace, document->root());
    if (!answer) return failed("answer has nothing that the trace recorded of its prediction");
    ++proof.of;
    if (answer->replayed == answer->recorded) return Outcome::kDone;
    ++proof.flipped;
    const auto expected = input_.expected.find(id);
    if (expected != input_.expected.end() && expected->second == answer->replayed) ++proof.flipped_to_expected;
    return Outcome::kDone;
  }

  int64_t Start(size_t i) const { return input_.corpus.start_ns()[i]; }

  const ReplayInput& input_;
  const Fact& fact_;
  const ReplaySender& send_;
  std::vector<std::pair<size_t, size_t>> twins_;  // wrong, right
  std::vector<std::pair<size_t, size_t>> usual_;  // right, earlier right
  std::vector<std::string> replaced_;
};

struct Endpoint {
  std::unique_ptr<net::HttpClient> client;
  std::string target;
};

}  // namespace

ReplaySender HttpReplaySender(const std::map<std::string, std::string>& endpoints) {
  auto open = std::make_shared<std::map<std::string, Endpoint>>();
  return [endpoints, open](const std::string& service, const std::string& body) -> base::Result<std::string> {
    const auto address = endpoints.find(service);
    if (address == endpoints.end()) return base::NotFound("service has no replay endpoint: " + service);
    Endpoint& endpoint = (*open)[service];
    if (endpoint.client == nullptr) {
      const std::string& url = address->second;
      const size_t host = url.find("://");
      const size_t path = url.find('/', host == std::string::npos ? 0 : host + 3);
      endpoint.target = path == std::string::npos ? "/" : url.substr(path);
      ASSIGN_OR_RETURN(endpoint.client, net::HttpClient::Create(url.substr(0, path)));
    }
    ASSIGN_OR_RETURN(net::HttpResponse response, endpoint.client->Post(endpoint.target, body));
    if (response.status != 200) {
      return base::Unavailable("replay endpoint answered with an error: HTTP " + std::to_string(response.status));
    }
    return std::move(response.body);
  };
}

std::optional<ReplayProof> Replay(const ReplayInput& input, uint32_t fact, const ReplaySender& send) {
  return Replayer(input, input.facts[fact], send).Run();
}

}  // namespace awry::why
