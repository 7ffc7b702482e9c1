// The store is asked again whenever its generation has grown: the newest matching traces that this
// client has not seen yet are new. A trace is sent when it was first seen `settle` ago, so that
// its other spans are there.
#include "awry/api/tail_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "awry/api/get_params.h"
#include "awry/api/jaeger_params.h"
#include "awry/api/request_json.h"
#include "awry/api/search_json.h"
#include "awry/query/search.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr int kClientsMax = 16;
constexpr int64_t kSecondNs = 1'000'000'000;
constexpr auto kPause = std::chrono::milliseconds(100);
constexpr int64_t kAskEveryNs = 500'000'000;
constexpr size_t kSentPerAskMax = 25;
constexpr size_t kFoundMax = 100;           // per ask
constexpr int64_t kBackNs = 600 * kSecondNs;  // traces that started longer ago are not new
constexpr size_t kSeenMax = 100'000;
constexpr int64_t kHeartbeatNs = 10 * kSecondNs;
constexpr int64_t kSlowNs = 2 * kSecondNs;  // one write of a client that is too slow
constexpr int64_t kSettleDefaultNs = kSecondNs;

struct TailRequest {
  query::Query query;
  size_t limit = 1'000;
  int64_t settle_ns = kSettleDefaultNs;
};

int64_t Monotonic() { return base::SystemClock().MonotonicNs(); }

// Ids that were seen, the oldest forgotten first. Used by one thread.
class SeenIds {
 public:
  bool Contains(const trace::TraceId& id) const { return ids_.contains(id); }
  void Add(const trace::TraceId& id) {
    if (!ids_.insert(id).second) return;
    order_.push_back(id);
    if (order_.size() <= kSeenMax) return;
    ids_.erase(order_.front());
    order_.pop_front();
  }

 private:
  std::unordered_set<trace::TraceId> ids_;
  std::deque<trace::TraceId> order_;
};

// One client. Used by one thread.
class Tail {
 public:
  Tail(Context& context, const TailRequest& asked, const net::BodyWriter& write)
      : context_(context), asked_(asked), write_(write) {}

  void Run() {
    base::Status status = Prime();
    if (!Send("ready", ReadyJson())) return;
    while (status.ok() && !ended_) {
      if (!write_({})) return;  // an empty piece only asks whether to go on
      if (Stopping()) return End("server is stopping", "connect again when it is back");
      const int64_t now_ns = Monotonic();
      if (now_ns - asked_at_ns_ >= kAskEveryNs) status = Ask();
      if (!ended_ && now_ns - heard_at_ns_ >= kHeartbeatNs) Heartbeat();
      if (!ended_) std::this_thread::sleep_for(kPause);
    }
    if (!status.ok()) End("query failed", status.message());
  }

 private:
  bool Stopping() const { return context_.options.ready && !context_.options.ready(); }

  std::string ReadyJson() const {
    std::string out;
    codec::JsonWriter(out)
        .BeginObject()
        .Key("query")
        .String(asked_.query.ToText())
        .Key("clients")
        .Int(context_.tails.load())
        .Key("clients_max")
        .Int(kClientsMax)
        .EndObject();
    return out;
  }

  // What is there already is not new.
  base::Status Prime() {
    generation_ = context_.store.generation();
    size_t count = 0;
    return context_.store.FindTraces({.start_from_ns = context_.now_ns() - kBackNs},
                                     [&](const trace::TraceId& id) {
                                       seen_.Add(id);
                                       return ++count < kSeenMax;
                                     });
  }

  base::Status Ask() {
    asked_at_ns_ = Monotonic();
    const uint64_t generation = context_.store.generation();
    if (generation == generation_ && waiting_.empty()) return base::OkStatus();
    generation_ = generation;
    query::SearchOptions options{
        .window = {.from_ns = context_.now_ns() - kBackNs}, .limit = kFoundMax, .count = query::Counting::kNone};
    options.limits = context_.options.limits;
    ASSIGN_OR_RETURN(const query::SearchResult found,
                     query::Search(context_.store, asked_.query, options));
    std::vector<const query::Hit*> due;  // newest first
    for (const query::Hit& hit : found.hits) {
      if (seen_.Contains(hit.trace.id)) continue;
      const int64_t first_ns = waiting_.try_emplace(hit.trace.id, asked_at_ns_).first->second;
      if (asked_at_ns_ - first_ns >= asked_.settle_ns) due.push_back(&hit);
    }
    // Those that newer ones pushed out of the answer meanwhile were not sent.
    uint64_t skipped = std::erase_if(waiting_, [&](const auto& entry) {
      return asked_at_ns_ - entry.second > asked_.settle_ns + 2 * kAskEveryNs &&
             std::ranges::none_of(due, [&](const auto* hit) { return hit->trace.id == entry.first; });
    });
    for (size_t i = due.size(); i-- > 0;) {
      const query::Hit& hit = *due[i];
      seen_.Add(hit.trace.id);
      waiting_.erase(hit.trace.id);
      if (i >= kSentPerAskMax) {
        ++skipped;
      } else if (!ended_) {
        SendHit(hit);
      }
    }
    if (skipped > 0 && !ended_) (void)Send("skipped", fmt::format(R"({{"traces":{}}})", skipped));
    return base::OkStatus();
  }

  void SendHit(const query::Hit& hit) {
    if (!Send("trace", HitToJson(asked_.query, hit))) return;
    if (++sent_ >= asked_.limit) End("limit", fmt::format("{} traces were sent", sent_));
  }

  void Heartbeat() {
    (void)Send("heartbeat",
               fmt::format(R"({{"at_ns":{},"sent":{}}})", context_.now_ns(), sent_));
  }

  void End(std::string_view reason, std::string_view message) {
    if (ended_) return;
    ended_ = true;
    std::string json;
    codec::JsonWriter(json)
        .BeginObject()
        .Key("reason")
        .String(reason)
        .Key("message")
        .String(message)
        .EndObject();
    (void)write_(fmt::format("event: end\ndata: {}\n\n", json));
  }

  // False when nothing more is to be sent.
  bool Send(std::string_view event, std::string_view json) {
    const int64_t began_ns = Monotonic();
    if (!write_(fmt::format("event: {}\ndata: {}\n\n", event, json))) {
      ended_ = true;
      return false;
    }
    heard_at_ns_ = Monotonic();
    if (heard_at_ns_ - began_ns > kSlowNs)
      End("slow client", "a write took longer than 2 s: ask for fewer traces with a narrower query");
    return !ended_;
  }

  Context& context_;
  const TailRequest& asked_;
  const net::BodyWriter& write_;
  uint64_t generation_ = 0;
  SeenIds seen_;
  std::unordered_map<trace::TraceId, int64_t> waiting_;  // monotonic ns when first seen
  int64_t asked_at_ns_ = 0;
  int64_t heard_at_ns_ = 0;
  size_t sent_ = 0;
  bool ended_ = false;
};

base::Result<TailRequest> ParseTail(const HttpRequest& request, query::ParseError& error) {
  const std::string text = TextParam(request, "query");
  ASSIGN_OR_RETURN(query::Query query, query::Parse(text.empty() ? "{}" : text, &error));
  TailRequest asked{.query = std::move(query)};
  ASSIGN_OR_RETURN(asked.limit, CountParam(request, "limit", asked.limit, 100'000));
  const std::string settle = TextParam(request, "settle");
  if (settle.empty()) return asked;
  const auto parsed = query::ParseDuration(settle);
  if (!parsed.ok() || *parsed < 0 || *parsed > 60 * kSecondNs)
    return base::InvalidArgument("'settle' must be a duration of 0s to 60s: '" + settle + "'");
  asked.settle_ns = *parsed;
  return asked;
}

// A place among the clients, given back when it goes.
class Place {
 public:
  explicit Place(Context& context) : context_(context), number_(context.tails.fetch_add(1)) {}
  ~Place() { --context_.tails; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool taken() const { return number_ < kClientsMax; }

 private:
  Context& context_;
  const int number_;
};

HttpResponse Open(const ContextPtr& context, const HttpRequest& request) {
  query::ParseError error;
  auto asked = ParseTail(request, error);
  if (!asked.ok()) return QueryFailure(asked.status(), error);
  const auto place = std::make_shared<Place>(*context);
  if (!place->taken())
    return net::ErrorResponse(base::ResourceExhausted(fmt::format(
        "{} clients follow the live tail already: close one or try later", kClientsMax)));
  HttpResponse response;
  net::SetHeader(response.headers, "Content-Type", "text/event-stream");
  net::SetHeader(response.headers, "Cache-Control", "no-store");
  response.stream = [context, place, asked = *std::move(asked)](const net::BodyWriter& write) {
    Tail(*context, asked, write).Run();
    return true;
  };
  return response;
}

}  // namespace

void AddTail(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/tail",
      [context](const HttpRequest& request) { return Open(context, request); });
}

}  // namespace awry::api
