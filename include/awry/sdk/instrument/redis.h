// Spans of Redis commands, for any client.
#pragma once

#include <cstdint>
#include <string_view>

#include "awry/sdk/tracer.h"

namespace awry::sdk::instrument {

// One command: a CLIENT span "GET" with db.system.name = redis. Values are never recorded. Not
// current; ends with the scope.
class RedisScope {
 public:
  RedisScope(const Tracer& tracer, std::string_view command, std::string_view host, uint16_t port);
  void fail(std::string_view type, std::string_view message);
  Span& span() { return span_; }

 private:
  Span span_;
};

}  // namespace awry::sdk::instrument
