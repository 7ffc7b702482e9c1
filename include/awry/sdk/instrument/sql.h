// Spans of SQL statements, for any database library.
#pragma once

#include <string_view>

#include "awry/sdk/tracer.h"

namespace awry::sdk::instrument {

// One statement: a CLIENT span named by its summary ("SELECT transactions") with db.system.name,
// db.query.text and db.operation.name. Pass the text with placeholders, never with values. Not
// current; ends with the scope.
class SqlScope {
 public:
  // `system` as OpenTelemetry names it: "sqlite", "postgresql".
  SqlScope(const Tracer& tracer, std::string_view system, std::string_view statement);
  void fail(std::string_view type, std::string_view message);
  Span& span() { return span_; }

 private:
  Span span_;
};

}  // namespace awry::sdk::instrument
