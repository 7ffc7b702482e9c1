#include "finance/jobs/traced_sql.h"

#include <awry/sdk/tracer.h>

namespace finance::jobs {
namespace {

// A span for a group of statements: SqlScope of the SDK is for one statement and its text.
class Scope {
 public:
  Scope(const sql::Database& database, std::string_view summary) {
    if (!awry::sdk::Context::current().span_context().is_valid()) return;
    static const awry::sdk::Tracer tracer = awry::sdk::get_tracer("finance.sql");
    const size_t blank = summary.find(' ');
    const std::string_view table = blank == std::string_view::npos ? "" : summary.substr(blank + 1);
    span_ = tracer.start_span(summary, {.kind = awry::sdk::SpanKind::kClient,
                                        .attributes = {{"db.system.name", database.system()},
                                                       {"db.operation.name", summary.substr(0, blank)},
                                                       {"db.collection.name", table},
                                                       {"db.query.summary", summary}}});
  }
  base::Status End(base::Status status) {
    if (!status.ok()) {
      span_.set_attribute("error.type", base::StatusCodeName(status.code()));
      span_.set_status(awry::sdk::StatusCode::kError, status.message());
    }
    return status;
  }

 private:
  awry::sdk::Span span_;
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
