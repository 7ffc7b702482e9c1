// DELETE /users/{user_id}: a service forgets a user for good. Every service with rows of users has it;
// the dashboard calls it when an account is deleted.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "sql/database.h"

namespace finance {
namespace net = awry::net;
namespace sql = awry::sql;
}  // namespace finance

namespace finance::jobs {

struct EraseRoute {
  // One statement a table, with $1 for the user id, run in order in one transaction.
  std::vector<std::string> statements;
  // What memory holds of the user, forgotten once the rows are gone; may be empty.
  std::function<void(const std::string& user_id)> forget;
};

// Answers {"deleted": rows}, also when there are none: doing it twice is fine. `database` must outlive
// the router's last request.
void AddEraseRoute(net::Router& router, sql::Database& database, EraseRoute route);

}  // namespace finance::jobs
