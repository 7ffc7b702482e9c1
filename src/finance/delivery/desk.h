// The mail room: alerts become messages, messages go out by e-mail, webhook and push, each through the job
// queue, so that they survive restarts and are tried again with back-off.
//
// A notice waits a moment before it is sent: what is withdrawn meanwhile is never told, and what
// comes together (an import's alerts) goes out as one digest. In quiet hours messages wait for their end.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "finance/delivery/channel_settings.h"
#include "finance/delivery/letter.h"
#include "finance/delivery/notice.h"
#include "finance/jobs/job_queue.h"
#include "finance/ledger/user_id.h"
#include "finance/outbound/outbound.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::delivery {

namespace sql = awry::sql;
namespace net = awry::net;

struct DeskOptions {
  outbound::MailServer mail;  // url "" : no e-mail
  outbound::Policy webhook_policy;
  std::chrono::milliseconds gather{3'000};          // a notice waits for others
  std::chrono::milliseconds gather_import{10'000};  // an import's, after its last one
  // What the week was; called inside a transaction. Without a subject there is nothing to tell.
  std::function<base::Result<Letter>(sql::Connection&, const ledger::UserId&, Language)> weekly;
  const base::Clock* clock = &base::SystemClock();  // must outlive the desk
};

// Thread-safe. The queue that runs its jobs must be given before Tick is called.
class Desk {
 public:
  // Steps of the schema, for sql::Database::Migrate.
  static std::vector<std::string> Steps();
  // Those that databases out there do not have yet: they go behind the steps of all other tables.
  static std::vector<std::string> LaterSteps();

  // `database` must outlive the desk and have the tables.
  Desk(sql::Database& database, DeskOptions options) : database_(database), options_(std::move(options)) {}

  std::map<std::string, jobs::JobKind> JobKinds();
  void SetQueue(jobs::JobQueue* queue) { queue_ = queue; }

  // In the transaction that raises or withdraws the alerts. Users without a channel get nothing.
  base::Status Raise(sql::Connection& connection, const ledger::UserId& user, const std::vector<Notice>& notices,
                     const std::string& import_id);
  base::Status Withdraw(sql::Connection& connection, const std::vector<std::string>& alert_ids);

  // Does what is due: makes messages of notices and weeks, hands messages to the queue. Called every
  // second or so, by one thread.
  base::Status Tick();

  // GET and PUT /channels/{user_id}, POST /channels/{user_id}/test, GET /deliveries/{user_id}.
  void AddRoutes(net::Router& router);

 private:
  // One delivery, as it was written.
  struct Outgoing {
    std::string id, user, channel, subject, text, body;
  };
  struct Message {
    std::string type;  // "alert", "digest", "weekly", "test"
    Letter letter;
    std::vector<Notice> notices;
    bool urgent = false;
  };

  net::HttpResponse GetChannels(const net::HttpRequest& request);
  net::HttpResponse PutChannels(const net::HttpRequest& request);
  net::HttpResponse Test(const net::HttpRequest& request);
  net::HttpResponse GetDeliveries(const net::HttpRequest& request);

  base::Result<ChannelSettings> ReadSettings(sql::Connection& connection, const std::string& user);
  bool email_available() const { return !options_.mail.url.empty(); }
  int64_t Now() const { return options_.clock->NowUnixNs(); }

  base::Status Gather(sql::Connection& connection);
  base::Status SendWeeklies(sql::Connection& connection);
  base::Result<bool> HandOver(sql::Connection& connection);
  base::Status Write(sql::Connection& connection, const std::string& user, const ChannelSettings& settings, const Message& message);
  base::Result<std::string> WriteOne(sql::Connection& connection, const std::string& user, const ChannelSettings& settings,
                                     Channel channel, const Message& message, int64_t due_ns);
  bool IsOn(const ChannelSettings& settings, Channel channel) const;

  jobs::JobResult Deliver(const jobs::Job& job);
  base::Status Attempt(const std::string& id, bool& gone);
  base::Status PostTo(const ChannelSettings& settings, const Outgoing& outgoing);

  sql::Database& database_;
  const DeskOptions options_;
  std::atomic<jobs::JobQueue*> queue_{nullptr};
};

}  // namespace finance::delivery
