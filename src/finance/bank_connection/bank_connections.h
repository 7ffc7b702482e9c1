// Connections to banks by SimpleFIN: claimed once, polled once a day, delivered to the Transaction
// Processor as imports, which know every row again.
//
// Requests: at most kRequestsPerDay for a connection. The first sync walks back in windows of kWindowDays
// until two in a row are empty; it goes on the next day where the day's requests were used up.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "finance/bank_connection/simplefin.h"
#include "finance/bank_connection/vault.h"
#include "finance/outbound/outbound.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::bank_connection {

namespace net = awry::net;
namespace sql = awry::sql;

inline constexpr int kRequestsPerDay = 24;
inline constexpr int kWindowDays = 60;
inline constexpr int kEmptyWindowsEnd = 2;
inline constexpr int kOverlapDays = 10;  // asked again each day: banks book late

struct BankConnectionsOptions {
  std::string key_file;              // of the vault
  outbound::Policy policy;           // allow_local: servers on this network, for tests
  net::Headers headers;              // of requests to the processor: the services' token
  bool poll = true;                  // by itself; else only when asked
  const base::Clock* clock = &base::SystemClock();
};

// Thread-safe. Stops when destroyed.
class BankConnections {
 public:
  // `database` and `processor` must outlive it.
  static base::Result<std::unique_ptr<BankConnections>> Create(sql::Database& database, net::HttpClient& processor,
                                                               const BankConnectionsOptions& options);
  ~BankConnections();

  // POST and GET /connections, PUT /connections/{id}/accounts, POST /connections/{id}/sync, DELETE
  // /connections/{id}, DELETE /users/{user_id}. Shapes: docs/finance.md.
  void AddRoutes(net::Router& router);

  // Syncs what is due, one after another. Called by the poller's thread.
  void SyncDue();

 private:
  struct Connection {
    std::string id;
    std::string user;
    std::string host;
    std::string sealed;
    std::string state;  // "active", "needs_attention", "revoked"
    int64_t created_ns = 0;
    int64_t last_sync_ns = 0;   // 0: never
    int64_t next_sync_ns = 0;
    int64_t failures = 0;       // in a row
    int64_t history_until_s = 0;  // walking back goes on before it; 0: it is done or has not begun
    int64_t day = 0;            // that `requests` counts
    int64_t requests = 0;
    int64_t rows_new = 0;       // of the last sync
    std::string messages = "[]";  // JSON
    std::string accounts = "[]";  // JSON
    std::string problem;          // code of what the last sync ended with; "": it went well
    std::string links = "{}";     // JSON: account of the bank to the tracker's; "" is left out
  };

  BankConnections(sql::Database& database, net::HttpClient& processor, const BankConnectionsOptions& options, std::unique_ptr<Vault> vault)
      : database_(database), processor_(processor), options_(options), vault_(std::move(vault)) {}

  net::HttpResponse Connect(const net::HttpRequest& request);
  net::HttpResponse List(const net::HttpRequest& request);
  net::HttpResponse SyncNow(const net::HttpRequest& request);
  net::HttpResponse Disconnect(const net::HttpRequest& request);
  net::HttpResponse LinkAccount(const net::HttpRequest& request);

  base::Result<Connection> Find(const net::HttpRequest& request);
  base::Result<std::vector<Connection>> Read(const std::string& where, const sql::SqlValue& value);
  base::Status Store(const Connection& connection);

  void Sync(Connection& connection);
  base::Status SyncWindows(Connection& connection, const std::string& access);
  base::Result<AccountSet> Ask(Connection& connection, const std::string& access, const Window& window);
  base::Status Deliver(Connection& connection, const AccountSet& set);
  // Which account of the tracker an account of the bank fills; "": none.
  static std::string FilledBy(const Connection& connection, const std::string& bank_account);
  static std::string ToJson(const Connection& connection);
  base::Status NameAccount(const Connection& connection, const BankAccount& account);
  base::Result<net::HttpResponse> Call(const char* method, const std::string& target, const std::string& body);
  base::Result<std::string> Post(const std::string& target, const std::string& body);
  void Poll();
  int64_t Now() const { return options_.clock->NowUnixNs(); }

  sql::Database& database_;
  net::HttpClient& processor_;
  const BankConnectionsOptions options_;
  const std::unique_ptr<Vault> vault_;
  base::Mutex sync_mutex_;  // one sync at a time: never two of one connection

  base::Mutex mutex_;
  base::CondVar wake_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::jthread poller_;
};

}  // namespace finance::bank_connection
