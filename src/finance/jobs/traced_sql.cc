#include "finance/jobs/traced_sql.h"

#include <awry/sdk/instrument/sql.h>
#include <awry/sdk/tracer.h>

#include <optional>

namespace finance::jobs {
namespace {

class Scope {
 public:
  Scope(const sql::Database& database, std::string_view summary) {
    if (!awry::sdk::Context::current().span_context().is_valid()) return;
    static const awry::sdk::Tracer tracer = awry::sdk::get_tracer("finance.sql");
    scope_.emplace(tracer, database.system(), summary);
  }
  base::Status End(base::Status status) {
    if (scope_ && !status.ok()) scope_->fail(base::StatusCodeName(status.code()), status.message());
    return status;
  }

 private:
  std::optional<awry::sdk::instrument::SqlScope> scope_;
};

}  // namespace

base::Status TracedWrite(sql::Database& database, std::string_view summary, const SqlBody& body) {
  Scope scope(database, summary);
  return scope.End(database.Write(body));
}

base::Status TracedRead(sql::Database& database, std::string_view summary, const SqlBody& body) {
  Scope scope(database, summary);
  return scope.End(database.Read(body));
}

}  // namespace finance::jobs
