// Decides who is asking and for whom they may act. Every route of the dashboard passes here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "finance/dashboard/acting_rights.h"
#include "finance/dashboard/api_tokens.h"
#include "finance/dashboard/people.h"
#include "finance/dashboard/sessions.h"
#include "net/http_server.h"

namespace finance::dashboard {

// Who acts, checked: the session or the API token lives, and its person may act for `user_id` as
// the route needs it.
struct Acting {
  Person person;
  std::string user_id;
  ActingRight right;          // for user_id
  std::string session_token;  // "" with an API token; the id likewise
  std::string session_id;
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

// What a route touches, and so which right it needs when `?user=` names somebody else.
enum class Reach {
  kLedger,    // the whole ledger: a share of single accounts is not enough
  kAccounts,  // single accounts: the handler keeps to those in Acting::right
  kPerson,    // the person's own account; whom they look at makes no difference
};

struct RouteRule {
  std::optional<Scope> scope;  // nothing: kRead for GET and HEAD, else kWrite
  Reach reach = Reach::kLedger;
  bool owner_only = false;
  BodyRule body;
};

// Thread-safe.
class Guard {
 public:
  // All must outlive the guard and its handlers.
  Guard(People& people, Sessions& sessions, ApiTokens& tokens, ActingRights& rights,
        GuardOptions options)
      : people_(people),
        sessions_(sessions),
        tokens_(tokens),
        rights_(rights),
        options_(std::move(options)) {}

  // A route without a session, with a JSON body: refuses changes that another site's page asks for.
  awry::net::HttpHandler Public(awry::net::HttpHandler handler) const;
  // A route of a signed-in person: 401 without a living session or API token; for a change 403
  // without the page's X-CSRF-Token (a token in a header needs none: no other page can send it);
  // 403 when the token's scope, the person's role or their right for `?user=` (default: themselves)
  // is not enough.
  awry::net::HttpHandler Private(ActingHandler handler, RouteRule rule = {}) const;

  // The cookie that starts a session, and the one that ends it.
  std::string SessionCookie(std::string_view token) const;
  std::string ExpiredCookie() const;

 private:
  // Who asks, with the scope they have.
  struct Caller {
    std::string user_id;
    std::string session_token;
    std::string session_id;
    Scope scope = Scope::kLogin;
  };
  awry::base::Result<Caller> FindCaller(const awry::net::HttpRequest& request) const;
  awry::net::HttpResponse Check(const awry::net::HttpRequest& request, const ActingHandler& handler,
                                const RouteRule& rule) const;
  // The answer to a body that the rule refuses.
  std::optional<awry::net::HttpResponse> RefuseBody(const awry::net::HttpRequest& request,
                                                    const BodyRule& body) const;
  awry::base::Result<Acting> Decide(const awry::net::HttpRequest& request, const Caller& caller,
                                    const RouteRule& rule) const;

  People& people_;
  Sessions& sessions_;
  ApiTokens& tokens_;
  ActingRights& rights_;
  const GuardOptions options_;
};

// The value of a cookie in a Cookie header; nothing when it is not there.
std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name);

// Adds the headers that every answer carries: no foreign scripts or frames, no guessing of types,
// nothing of the API kept in caches.
void AddSafetyHeaders(awry::net::HttpResponse& response, bool api);

}  // namespace finance::dashboard
