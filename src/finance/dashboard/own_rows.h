// Whose row or account something is, asked of the service that keeps it. Private to the room.
#pragma once

#include <string>
#include <string_view>

#include "finance/dashboard/guard.h"
#include "finance/dashboard/parts.h"

namespace finance::dashboard {

bool Succeeded(const awry::net::HttpResponse& response);
awry::net::HttpResponse BrokenAnswer(const Upstream& service);

// Whether the user has this account; else `refusal` is the answer.
bool HasAccount(Parts& parts, const std::string& user_id, std::string_view account_id,
                awry::net::HttpResponse& refusal);

// The transaction's JSON when it is the acting user's, in an account that the person may see (and
// edit, for a change); else the answer is in `refusal`. Somebody else's row is not found.
awry::base::Result<std::string> OwnTransaction(Parts& parts, const awry::net::HttpRequest& request,
                                               const Acting& acting,
                                               awry::net::HttpResponse& refusal);

}  // namespace finance::dashboard
