// The routes that are passed on to a service as they are. Private to the room.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "finance/dashboard/parts.h"

namespace finance::dashboard {

// `target` is the service's path: `{user}` is the acting user, other names are the pattern's own.
// Without `{user}` the service gets `user_id` in the query.
struct Forward {
  std::string_view method;
  std::string_view pattern;
  Service service = Service::kProcessor;
  std::string_view target;
  std::vector<std::string_view> query = {};  // what is let through
  // With `rule.body.json` the body's members called user_id are left out, at any depth.
  RouteRule rule = {};
  bool user_in_body = false;  // the service wants user_id as the body's first member
  std::string_view audit = "";  // what the audit log calls it; "": it is not recorded
};

// Lives as long as the program.
std::span<const Forward> ForwardTable();

}  // namespace finance::dashboard
