#include "finance/jobs/erase_route.h"

#include "codec/json.h"
#include "finance/jobs/traced_sql.h"

namespace finance::jobs {
namespace {

net::HttpResponse Erase(sql::Database& database, const EraseRoute& route, const std::string& user_id) {
  int64_t deleted = 0;
  const base::Status status =
      TracedWrite(database, "DELETE user", [&](sql::Connection& connection) -> base::Status {
        deleted = 0;
        for (const std::string& statement : route.statements) {
          ASSIGN_OR_RETURN(const int64_t rows, connection.Execute(statement, {user_id}));
          deleted += rows;
        }
        return {};
      });
  if (!status.ok()) return net::ErrorResponse(status);
  if (route.forget) route.forget(user_id);
  std::string out;
  awry::codec::JsonWriter(out).BeginObject().Key("deleted").Int(deleted).EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace

void AddEraseRoute(net::Router& router, sql::Database& database, EraseRoute route) {
  router.Add("DELETE", "/users/{user_id}",
             [&database, route = std::move(route)](const net::HttpRequest& request) {
               return Erase(database, route, std::string(request.path_param("user_id")));
             });
}

}  // namespace finance::jobs
