#include "finance/delivery/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "codec/json.h"
#include "codec/signature.h"
#include "finance/delivery/message.h"
#include "finance/delivery/push.h"

namespace finance::delivery {
namespace {

using awry::codec::JsonWriter;
using jobs::Job;
using jobs::JobResult;

constexpr std::string_view kDeliver = "deliver";
constexpr int kHandOverMax = 200;
constexpr int64_t kNsPerSecond = 1'000'000'000;

constexpr std::string_view kSteps[] = {
    "CREATE TABLE channels (user_id TEXT PRIMARY KEY, settings TEXT NOT NULL, webhook_secret TEXT NOT NULL,"
    " weekly_sent_ns BIGINT NOT NULL)",
    "CREATE TABLE notices (alert_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, import_id TEXT NOT NULL, kind TEXT NOT NULL,"
    " severity TEXT NOT NULL, subject TEXT NOT NULL, message TEXT NOT NULL, due_ns BIGINT NOT NULL)",
    "CREATE INDEX notices_by_due ON notices (due_ns)",
    // state: 0 waits for due_ns, 1 is in the queue, 2 sent, 3 given up.
    "CREATE TABLE deliveries (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, channel TEXT NOT NULL, subject TEXT NOT NULL,"
    " text TEXT NOT NULL, body TEXT NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL, error TEXT NOT NULL,"
    " created_ns BIGINT NOT NULL, due_ns BIGINT NOT NULL, sent_ns BIGINT NOT NULL)",
    "CREATE INDEX deliveries_by_due ON deliveries (state, due_ns)",
    "CREATE INDEX deliveries_by_user ON deliveries (user_id, created_ns)"};

constexpr std::string_view kLaterSteps[] = {"ALTER TABLE notices ADD COLUMN detail TEXT NOT NULL DEFAULT ''",
                                            "ALTER TABLE notices ADD COLUMN threshold INTEGER NOT NULL DEFAULT 0",
                                            "ALTER TABLE channels ADD COLUMN push_token TEXT NOT NULL DEFAULT ''"};

constexpr std::string_view kUrgent = "urgent";  // in the body of a delivery by push

std::string WebhookBody(const std::string& id, const std::string& user, Language language, const std::string& type, const std::string& subject,
                        const std::string& text, const std::vector<Notice>& notices) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(id).Key("type").String(type).Key("user_id").String(user);
  json.Key("subject").String(subject).Key("text").String(text).Key("alerts").BeginArray();
  for (const Notice& notice : notices) {
    json.BeginObject().Key("id").String(notice.alert_id).Key("kind").String(notice.kind).Key("severity").String(notice.severity);
    json.Key("subject").String(notice.subject).Key("message").String(NoticeText(language, notice)).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

}  // namespace

std::vector<std::string> Desk::Steps() { return {std::begin(kSteps), std::end(kSteps)}; }

std::vector<std::string> Desk::LaterSteps() { return {std::begin(kLaterSteps), std::end(kLaterSteps)}; }

bool Desk::IsOn(const ChannelSettings& settings, Channel channel) const {
  switch (channel) {
    case Channel::kEmail: return settings.email_on && email_available();
    case Channel::kWebhook: return settings.webhook_on;
    case Channel::kPush: return settings.push_on;
  }
  return false;
}

base::Result<ChannelSettings> Desk::ReadSettings(sql::Connection& connection, const std::string& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT settings, webhook_secret, push_token FROM channels WHERE user_id = $1", {user}));
  if (rows.empty()) return ChannelSettings{};
  return ParseStored(rows[0].Text(0), rows[0].Text(1), rows[0].Text(2));
}

base::Status Desk::Raise(sql::Connection& connection, const ledger::UserId& user, const std::vector<Notice>& notices,
                         const std::string& import_id) {
  if (notices.empty()) return {};
  ASSIGN_OR_RETURN(const ChannelSettings settings, ReadSettings(connection, user.str()));
  if (!settings.any_channel()) return {};
  const auto wait = import_id.empty() ? options_.gather : options_.gather_import;
  const int64_t due_ns = Now() + std::chrono::nanoseconds(wait).count();
  for (const Notice& notice : notices) {
    if (!settings.Wants(notice.kind)) continue;
    RETURN_IF_ERROR(connection
                        .Execute("INSERT INTO notices (alert_id, user_id, import_id, kind, severity, subject, message, due_ns, detail, threshold)"
                                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (alert_id) DO UPDATE SET"
                                 " message = excluded.message, severity = excluded.severity, detail = excluded.detail",
                                 {notice.alert_id, user.str(), import_id, notice.kind, notice.severity, notice.subject,
                                  notice.message, due_ns, notice.detail, int64_t{notice.threshold}})
                        .status());
  }
  if (import_id.empty()) return {};
  return connection.Execute("UPDATE notices SET due_ns = $3 WHERE user_id = $1 AND import_id = $2", {user.str(), import_id, due_ns}).status();
}

base::Status Desk::Withdraw(sql::Connection& connection, const std::vector<std::string>& alert_ids) {
  for (const std::string& id : alert_ids) {
    RETURN_IF_ERROR(connection.Execute("DELETE FROM notices WHERE alert_id = $1", {id}).status());
  }
  return {};
}

base::Result<std::string> Desk::WriteOne(sql::Connection& connection, const std::string& user, const ChannelSettings& settings,
                                         Channel channel, const Message& message, int64_t due_ns) {
  const std::string id = fmt::format("delivery-{:016x}{:08x}", base::EntropySeed(), base::EntropySeed() & 0xFFFFFFFF);
  const std::string text = TextOf(message.letter);
  std::string body = message.urgent ? std::string(kUrgent) : "";
  if (channel == Channel::kEmail) body = HtmlOf(message.letter, settings.language);
  if (channel == Channel::kWebhook) body = WebhookBody(id, user, settings.language, message.type, message.letter.subject, text, message.notices);
  RETURN_IF_ERROR(connection
                      .Execute("INSERT INTO deliveries (id, user_id, channel, subject, text, body, state, attempts, error,"
                               " created_ns, due_ns, sent_ns) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, '', $7, $8, 0)",
                               {id, user, std::string(kChannelNames[static_cast<size_t>(channel)]), message.letter.subject, text, body, Now(), due_ns})
                      .status());
  return id;
}

base::Status Desk::Write(sql::Connection& connection, const std::string& user, const ChannelSettings& settings, const Message& message) {
  const int64_t due_ns = AfterQuietHours(settings, Now());
  for (const Channel channel : {Channel::kEmail, Channel::kWebhook, Channel::kPush}) {
    if (IsOn(settings, channel)) RETURN_IF_ERROR(WriteOne(connection, user, settings, channel, message, due_ns).status());
  }
  return {};
}

// One message for each user and import whose notices are due.
base::Status Desk::Gather(sql::Connection& connection) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT alert_id, user_id, import_id, kind, severity, subject, message, detail, threshold FROM notices"
                                    " WHERE due_ns <= $1 ORDER BY user_id, import_id, due_ns, alert_id",
                                    {Now()}));
  std::map<std::pair<std::string, std::string>, std::vector<Notice>> groups;
  for (const sql::Row& row : rows) {
    groups[{row.Text(1), row.Text(2)}].push_back({row.Text(0), row.Text(3), row.Text(4), row.Text(5), row.Text(6), row.Text(7),
                                                  static_cast<int>(row.Int(8))});
    RETURN_IF_ERROR(connection.Execute("DELETE FROM notices WHERE alert_id = $1", {row.Text(0)}).status());
  }
  for (auto& [key, notices] : groups) {
    ASSIGN_OR_RETURN(const ChannelSettings settings, ReadSettings(connection, key.first));
    Message message{notices.size() == 1 ? "alert" : "digest", {"", {Section{}}}, {}};
    std::vector<Line>& lines = message.letter.sections[0].lines;
    for (const Notice& notice : notices) {
      lines.push_back({NoticeText(settings.language, notice), ""});
      message.urgent |= notice.severity == "high";
    }
    message.letter.subject = lines.size() == 1 ? lines[0].text : SayCount(settings.language, Word::kAlertsOne, static_cast<int64_t>(lines.size()));
    message.notices = std::move(notices);
    RETURN_IF_ERROR(Write(connection, key.first, settings, message));
  }
  return {};
}

base::Status Desk::SendWeeklies(sql::Connection& connection) {
  if (!options_.weekly) return {};
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT user_id, settings, webhook_secret, weekly_sent_ns, push_token FROM channels"));
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(const ChannelSettings settings, ParseStored(row.Text(1), row.Text(2), row.Text(4)));
    const int64_t due_ns = LastWeeklyDue(settings, Now());
    if (!settings.weekly_on || !settings.any_channel() || row.Int(3) >= due_ns) continue;
    ASSIGN_OR_RETURN(const ledger::UserId user, ledger::UserId::Parse(row.Text(0)));
    ASSIGN_OR_RETURN(Letter letter, options_.weekly(connection, user, settings.language));
    if (!letter.subject.empty()) RETURN_IF_ERROR(Write(connection, user.str(), settings, {"weekly", std::move(letter), {}}));
    RETURN_IF_ERROR(connection.Execute("UPDATE channels SET weekly_sent_ns = $2 WHERE user_id = $1", {user.str(), Now()}).status());
  }
  return {};
}

base::Result<bool> Desk::HandOver(sql::Connection& connection) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id FROM deliveries WHERE state = 0 AND due_ns <= $1 ORDER BY due_ns LIMIT $2",
                                    {Now(), int64_t{kHandOverMax}}));
  for (const sql::Row& row : rows) {
    RETURN_IF_ERROR(queue_.load()->Enqueue(connection, {std::string(kDeliver), row.Text(0), "", ""}));
    RETURN_IF_ERROR(connection.Execute("UPDATE deliveries SET state = 1 WHERE id = $1", {row.Text(0)}).status());
  }
  return !rows.empty();
}

base::Status Desk::Tick() {
  if (queue_.load() == nullptr) return base::FailedPrecondition("delivery desk has no queue");
  bool handed = false;
  RETURN_IF_ERROR(database_.Write([&](sql::Connection& connection) -> base::Status {
    RETURN_IF_ERROR(Gather(connection));
    RETURN_IF_ERROR(SendWeeklies(connection));
    ASSIGN_OR_RETURN(handed, HandOver(connection));
    return {};
  }));
  if (handed) queue_.load()->Wake();
  return {};
}

// --- attempts ---

std::map<std::string, jobs::JobKind> Desk::JobKinds() {
  std::map<std::string, jobs::JobKind> kinds;
  kinds[std::string(kDeliver)] = {
      "deliver_message", [this](const Job& job, awry::sdk::ScopedSpan&) { return Deliver(job); },
      [](sql::Connection& connection, const Job& job, const base::Status&) {
        return connection.Execute("UPDATE deliveries SET state = 3 WHERE id = $1 AND state = 1", {job.key}).status();
      },
      {}};
  return kinds;
}

base::Status Desk::PostTo(const ChannelSettings& settings, const Outgoing& outgoing) {
  outbound::Request request;
  if (outgoing.channel == "push") {
    ASSIGN_OR_RETURN(request, PushRequest({settings.push_service, settings.push_url, settings.push_token, outgoing.subject, outgoing.text,
                                           outgoing.body == kUrgent}));
  } else {
    request = {.method = "POST",
               .url = settings.webhook_url,
               .headers = {{"Content-Type", "application/json"},
                           {"Idempotency-Key", outgoing.id},
                           {"X-Finance-Signature", awry::codec::WebhookSignature(settings.webhook_secret, Now() / kNsPerSecond, outgoing.body)}},
               .body = outgoing.body};
  }
  ASSIGN_OR_RETURN(const outbound::Answer answer, outbound::Exchange(request, options_.webhook_policy));
  if (answer.status >= 200 && answer.status < 300) return {};
  const bool later = answer.status == 408 || answer.status == 425 || answer.status == 429 || answer.status >= 500;
  return base::Status(later ? base::StatusCode::kAborted : base::StatusCode::kFailedPrecondition,
                      fmt::format("{} answered {}", outgoing.channel, answer.status));
}

// One attempt over the network. Nothing of the address or the secret is in the status.
base::Status Desk::Attempt(const std::string& id, bool& gone) {
  ChannelSettings settings;
  Outgoing outgoing{.id = id};
  RETURN_IF_ERROR(database_.Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT user_id, channel, subject, text, body FROM deliveries WHERE id = $1 AND state <> 2", {id}));
    gone = rows.empty();
    if (gone) return {};
    const sql::Row& row = rows[0];
    outgoing = {id, row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4)};
    ASSIGN_OR_RETURN(settings, ReadSettings(connection, outgoing.user));
    return {};
  }));
  if (gone) return {};
  const auto channel = static_cast<Channel>(std::find(kChannelNames.begin(), kChannelNames.end(), outgoing.channel) - kChannelNames.begin());
  if (!IsOn(settings, channel)) return base::FailedPrecondition(fmt::format("{} is switched off meanwhile", outgoing.channel));
  if (channel != Channel::kEmail) return PostTo(settings, outgoing);
  return outbound::SendMail(options_.mail, settings.email_address,
                            MailBytes({.from = options_.mail.from,
                                       .to = settings.email_address,
                                       .subject = outgoing.subject,
                                       .text = outgoing.text,
                                       .html = outgoing.body,
                                       .language = TagOf(settings.language),
                                       .id = id,
                                       .unix_s = Now() / kNsPerSecond}));
}

JobResult Desk::Deliver(const Job& job) {
  bool gone = false;
  base::Status status = Attempt(job.key, gone);
  if (gone) return {};
  // An address that is away is given up some day, unlike a service of ours.
  if (status.code() == base::StatusCode::kUnavailable || status.code() == base::StatusCode::kDeadlineExceeded) {
    status = base::Status(base::StatusCode::kAborted, status.message());
  }
  JobResult result{.status = status};
  result.commit = [id = job.key, attempt = job.attempt, status, sent_ns = Now()](sql::Connection& connection) {
    const std::string_view update = status.ok() ? "UPDATE deliveries SET attempts = $2, error = $3, sent_ns = $4, state = 2 WHERE id = $1"
                                                : "UPDATE deliveries SET attempts = $2, error = $3, sent_ns = $4 WHERE id = $1";
    return connection.Execute(update, {id, int64_t{attempt}, status.message(), status.ok() ? sent_ns : int64_t{0}}).status();
  };
  return result;
}

}  // namespace finance::delivery
