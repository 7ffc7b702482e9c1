// What users see and set of their channels.
#include <fmt/format.h>

#include <algorithm>

#include "codec/json.h"
#include "finance/delivery/desk.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/traced_sql.h"

namespace finance::delivery {

using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

namespace {

constexpr int64_t kDeliveriesShown = 100;

std::string_view StateName(int64_t state) { return state == 2 ? "sent" : (state == 3 ? "failed" : "waiting"); }

}  // namespace

void Desk::AddRoutes(net::Router& router) {
  router.Add("GET", "/channels/{user_id}", jobs::Bound(this, &Desk::GetChannels));
  router.Add("PUT", "/channels/{user_id}", jobs::ForJson(jobs::Bound(this, &Desk::PutChannels)));
  router.Add("POST", "/channels/{user_id}/test", jobs::ForJson(jobs::Bound(this, &Desk::Test)));
  router.Add("GET", "/deliveries/{user_id}", jobs::Bound(this, &Desk::GetDeliveries));
}

HttpResponse Desk::GetChannels(const HttpRequest& request) {
  const auto user = UserId::Parse(request.path_param("user_id"));
  if (!user.ok()) return ErrorResponse(user.status());
  ChannelSettings settings;
  const base::Status status = jobs::TracedRead(database_, "SELECT channels", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(settings, ReadSettings(connection, user->str()));
    return {};
  });
  return status.ok() ? net::JsonResponse(200, SettingsJson(settings, email_available())) : ErrorResponse(status);
}

HttpResponse Desk::PutChannels(const HttpRequest& request) {
  const auto user = UserId::Parse(request.path_param("user_id"));
  if (!user.ok()) return ErrorResponse(user.status());
  ChannelSettings settings;
  const base::Status status = jobs::TracedWrite(database_, "UPSERT channels", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const ChannelSettings former, ReadSettings(connection, user->str()));
    ASSIGN_OR_RETURN(settings, ParseSettings(request.body, former, options_.webhook_policy.allow_local));
    // The first weekly summary is that of the first week from now.
    const int64_t weekly_from = settings.weekly_on && !former.weekly_on ? Now() : 0;
    return connection
        .Execute("INSERT INTO channels (user_id, settings, webhook_secret, weekly_sent_ns, push_token) VALUES ($1, $2, $3, $4, $5)"
                 " ON CONFLICT (user_id) DO UPDATE SET settings = excluded.settings, webhook_secret = excluded.webhook_secret,"
                 " push_token = excluded.push_token,"
                 " weekly_sent_ns = CASE WHEN excluded.weekly_sent_ns > 0 THEN excluded.weekly_sent_ns ELSE channels.weekly_sent_ns END",
                 {user->str(), SettingsJson(settings, false), settings.webhook_secret, weekly_from, settings.push_token})
        .status();
  });
  return status.ok() ? net::JsonResponse(200, SettingsJson(settings, email_available())) : ErrorResponse(status);
}

HttpResponse Desk::Test(const HttpRequest& request) {
  const auto user = UserId::Parse(request.path_param("user_id"));
  if (!user.ok()) return ErrorResponse(user.status());
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const std::string name(document->root().Find("channel").AsString().value_or(""));
  const auto* const found = std::find(kChannelNames.begin(), kChannelNames.end(), name);
  if (found == kChannelNames.end()) return ErrorResponse(base::InvalidArgument("channel must be email, webhook or push"));
  const auto channel = static_cast<Channel>(found - kChannelNames.begin());
  std::string id;
  const base::Status status = jobs::TracedWrite(database_, "INSERT deliveries", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const ChannelSettings settings, ReadSettings(connection, user->str()));
    if (!IsOn(settings, channel)) return base::FailedPrecondition("channel is not enabled: " + name);
    const Message message{"test", {Say(settings.language, Word::kTestSubject), {{"", {{Say(settings.language, Word::kTestText), ""}}}}}, {}};
    ASSIGN_OR_RETURN(id, WriteOne(connection, user->str(), settings, channel, message, Now()));
    return {};
  });
  return status.ok() ? net::JsonResponse(202, fmt::format(R"({{"delivery_id":"{}"}})", id)) : ErrorResponse(status);
}

HttpResponse Desk::GetDeliveries(const HttpRequest& request) {
  const auto user = UserId::Parse(request.path_param("user_id"));
  if (!user.ok()) return ErrorResponse(user.status());
  std::string out;
  const base::Status status = jobs::TracedRead(database_, "SELECT deliveries", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT id, channel, subject, state, attempts, error, created_ns, due_ns, sent_ns FROM deliveries"
                                      " WHERE user_id = $1 ORDER BY created_ns DESC, id LIMIT $2",
                                      {user->str(), kDeliveriesShown}));
    JsonWriter json(out);
    json.BeginObject().Key("deliveries").BeginArray();
    for (const sql::Row& row : rows) {
      json.BeginObject().Key("id").String(row.Text(0)).Key("channel").String(row.Text(1)).Key("subject").String(row.Text(2));
      json.Key("state").String(StateName(row.Int(3))).Key("attempts").Int(row.Int(4)).Key("error").String(row.Text(5));
      json.Key("created_ns").Int(row.Int(6)).Key("due_ns").Int(row.Int(7)).Key("sent_ns").Int(row.Int(8)).EndObject();
    }
    json.EndArray().EndObject();
    return {};
  });
  return status.ok() ? net::JsonResponse(200, std::move(out)) : ErrorResponse(status);
}

}  // namespace finance::delivery
