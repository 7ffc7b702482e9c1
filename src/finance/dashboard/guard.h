// Decides who is asking and for whom they may act. Every route of the dashboard passes here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "finance/dashboard/acting_rights.h"
#include "finance/dashboard/owner_store.h"
#include "net/http_server.h"

namespace finance::dashboard {

// Who acts, checked: the session lives, and its owner may act for `user_id`.
struct Acting {
  Owner owner;
  std::string user_id;
  std::string session_token;
};

// Called only after every check has passed.
using ActingHandler =
    std::function<awry::net::HttpResponse(const awry::net::HttpRequest&, const Acting&)>;

struct GuardOptions {
  std::string cookie_name = "finance_session";
  bool secure_cookies = false;  // the browser reaches us over https
  size_t body_bytes_max = 1 << 20;
};

// What a route takes as a body.
struct BodyRule {
  bool json = true;      // another media type is answered 415; none at all passes
  size_t bytes_max = 0;  // above it 413; 0: the guard's
};

// Thread-safe.
class Guard {
 public:
  // Both stores must outlive the guard and its handlers.
  Guard(OwnerStore& owners, ActingRights& rights, GuardOptions options)
      : owners_(owners), rights_(rights), options_(std::move(options)) {}

  // A route without a session, with a JSON body: refuses changes that another site's page asks for.
  awry::net::HttpHandler Public(awry::net::HttpHandler handler) const;
  // A route of a signed-in person: 401 without a living session; for a change 403 without the
  // page's X-CSRF-Token; 403 when `?user=` names somebody they may not act for (default:
  // themselves).
  awry::net::HttpHandler Private(ActingHandler handler, BodyRule body = {}) const;

  // The cookie that starts a session, and the one that ends it.
  std::string SessionCookie(std::string_view token) const;
  std::string ExpiredCookie() const;

 private:
  awry::net::HttpResponse Check(const awry::net::HttpRequest& request, const ActingHandler& handler,
                                const BodyRule& body) const;
  // The answer to a body that the rule refuses.
  std::optional<awry::net::HttpResponse> RefuseBody(const awry::net::HttpRequest& request,
                                                    const BodyRule& body) const;

  OwnerStore& owners_;
  ActingRights& rights_;
  const GuardOptions options_;
};

// The value of a cookie in a Cookie header; nothing when it is not there.
std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name);

// Adds the headers that every answer carries: no foreign scripts or frames, no guessing of types,
// nothing of the API kept in caches.
void AddSafetyHeaders(awry::net::HttpResponse& response, bool api);

}  // namespace finance::dashboard
