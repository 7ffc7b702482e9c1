#include "awry/check/webhook.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/random.h"
#include "codec/json.h"
#include "codec/signature.h"

namespace awry::check {

using base::Result;
using base::Status;
using sql::Connection;

namespace {

std::string NewDeliveryId() {
  return fmt::format("{:016x}{:016x}", base::EntropySeed(), base::EntropySeed());
}

// {"delivery", "events":[…]}: the same bytes at every attempt.
std::string BodyOf(const std::string& delivery, const std::vector<std::string>& events) {
  std::string body;
  codec::JsonWriter json(body);
  json.BeginObject().Key("delivery").String(delivery).Key("events").BeginArray();
  for (const std::string& event : events) json.Raw(event);
  json.EndArray().EndObject();
  return body;
}

}  // namespace

Webhook::Webhook(sql::Database& database, std::unique_ptr<WebhookTransport> transport,
                 const WebhookOptions& options)
    : database_(database), transport_(std::move(transport)), options_(options) {
  if (options.background) thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Webhook::~Webhook() {
  thread_.request_stop();
  transport_->Cancel();
  {
    base::MutexLock lock(mutex_);
    woken_ = true;
  }
  wake_.NotifyAll();
}

Status Webhook::Enqueue(const std::vector<std::string>& events) {
  const std::string delivery = NewDeliveryId();
  const int64_t now_ns = options_.clock->NowUnixNs();
  RETURN_IF_ERROR(database_.Write([&](Connection& db) -> Status {
    RETURN_IF_ERROR(db.Execute("INSERT INTO outbox(delivery, body, made_ns, attempts, next_ns, dead, "
                               "problem) VALUES($1, $2, $3, 0, $3, 0, '')",
                               {delivery, BodyOf(delivery, events), now_ns})
                        .status());
    return Bound(db);
  }));
  base::MutexLock lock(mutex_);
  woken_ = true;
  wake_.NotifyAll();
  return base::OkStatus();
}

// Turns the oldest deliveries into dead letters, and forgets the oldest dead letters.
Status Webhook::Bound(Connection& db) {
  ASSIGN_OR_RETURN(
      const int64_t died,
      db.Execute("UPDATE outbox SET dead = 1, problem = 'too many deliveries wait' WHERE dead = 0 AND id "
                 "NOT IN (SELECT id FROM outbox WHERE dead = 0 ORDER BY id DESC LIMIT $1)",
                 {static_cast<int64_t>(options_.pending_max)}));
  died_ += static_cast<uint64_t>(died);
  return db
      .Execute("DELETE FROM outbox WHERE dead = 1 AND id NOT IN (SELECT id FROM outbox WHERE dead = 1 "
               "ORDER BY id DESC LIMIT $1)",
               {static_cast<int64_t>(options_.dead_max)})
      .status();
}

Result<size_t> Webhook::DeliverDue() {
  base::MutexLock one(sending_);
  size_t sent = 0;
  while (true) {
    const int64_t now_ns = options_.clock->NowUnixNs();
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     database_.Query("SELECT id, delivery, body, attempts, made_ns FROM outbox WHERE "
                                     "dead = 0 AND next_ns <= $1 ORDER BY next_ns, id LIMIT 1",
                                     {now_ns}));
    if (rows.empty()) return sent;
    const sql::Row& row = rows.front();
    const Attempt attempt{.id = row.Int(0), .number = row.Int(3) + 1, .made_ns = row.Int(4)};
    const Result<int> status = Send(row.Text(1), attempt.number, row.Text(2));
    if (status.ok() && *status >= 200 && *status < 300) {
      RETURN_IF_ERROR(database_.Execute("DELETE FROM outbox WHERE id = $1", {attempt.id}).status());
      ++delivered_;
      ++sent;
      failures_ = 0;
      continue;
    }
    if (!status.ok() && status.status().code() == base::StatusCode::kCancelled) return sent;
    const bool away = !status.ok() || *status >= 500 || *status == 429 || *status == 408;
    RETURN_IF_ERROR(Failed(attempt, away,
                           status.ok() ? fmt::format("answered {}", *status)
                                       : status.status().message()));
    if (away) return sent;
  }
}

Result<int> Webhook::Send(const std::string& delivery, int64_t attempt, const std::string& body) {
  std::vector<WebhookTransport::Header> headers{{"Content-Type", "application/json"},
                                                {"Idempotency-Key", delivery},
                                                {"Awry-Attempt", std::to_string(attempt)}};
  if (!options_.secret.empty()) {
    const int64_t unix_s = options_.clock->NowUnixNs() / 1'000'000'000;
    headers.push_back({"Awry-Signature", codec::WebhookSignature(options_.secret, unix_s, body)});
  }
  return transport_->Post(headers, body);
}

// The wait after `failures` in a row: doubles each time, and half of it is up to chance.
int64_t Webhook::DelayNs(int64_t failures) const {
  const int64_t doubled = options_.first_delay.count() << std::min<int64_t>(failures - 1, 30);
  const int64_t delay_ms = std::min(doubled, options_.longest_delay.count());
  const auto jitter_ms =
      static_cast<int64_t>(base::EntropySeed() % static_cast<uint64_t>(delay_ms + 1));
  return (delay_ms / 2 + jitter_ms) * 1'000'000;
}

Status Webhook::Failed(const Attempt& attempt, bool away, const std::string& problem) {
  ++failed_;
  const int64_t now_ns = options_.clock->NowUnixNs();
  const bool dead = attempt.number >= options_.attempts_max ||
                    now_ns - attempt.made_ns > options_.age_max.count() * 1'000'000'000;
  if (dead) ++died_;
  base::LogWarning("webhook {} did not take a delivery, attempt {}{}: {}", options_.host,
                   attempt.number, dead ? ", given up" : "", problem);
  const int64_t next_ns = now_ns + DelayNs(away ? ++failures_ : attempt.number);
  return database_.Write([&](Connection& db) -> Status {
    RETURN_IF_ERROR(db.Execute("UPDATE outbox SET attempts = $1, dead = $2, problem = $3, next_ns = $4 "
                               "WHERE id = $5",
                               {attempt.number, int64_t{dead ? 1 : 0}, problem, next_ns + 1, attempt.id})
                        .status());
    if (away) {
      // Nothing else would arrive either; all wait, and the others go first then.
      RETURN_IF_ERROR(
          db.Execute("UPDATE outbox SET next_ns = $1 WHERE dead = 0 AND next_ns < $1", {next_ns}).status());
    }
    return Bound(db);
  });
}

Result<int64_t> Webhook::NextDueNs() {
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query("SELECT MIN(next_ns) FROM outbox WHERE dead = 0"));
  return rows.empty() || rows.front().is_null(0) ? INT64_MAX : rows.front().Int(0);
}

WebhookCounts Webhook::counts() {
  WebhookCounts out{.delivered = delivered_, .failed = failed_, .died = died_};
  const auto rows = database_.Query("SELECT dead, COUNT(*) FROM outbox GROUP BY dead");
  if (!rows.ok()) return out;
  for (const sql::Row& row : *rows) {
    (row.Int(0) == 0 ? out.pending : out.dead) = static_cast<uint64_t>(row.Int(1));
  }
  return out;
}

void Webhook::Run(const std::stop_token& stop) {
  constexpr int64_t kLongestWaitNs = 60'000'000'000;
  while (!stop.stop_requested()) {
    const auto sent = DeliverDue();
    if (!sent.ok()) base::LogWarning("webhook's outbox cannot be read: {}", sent.status().ToString());
    const auto next_ns = NextDueNs();
    const int64_t now_ns = options_.clock->NowUnixNs();
    const int64_t wait_ns =
        next_ns.ok() ? std::clamp<int64_t>(*next_ns - now_ns, 1'000'000, kLongestWaitNs) : kLongestWaitNs;
    base::MutexLock lock(mutex_);
    if (!woken_ && !stop.stop_requested()) wake_.WaitFor(mutex_, std::chrono::nanoseconds(wait_ns));
    woken_ = false;
  }
}

}  // namespace awry::check
