// What a request asks for, read out of its path and query.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/transaction_processor/row_query.h"
#include "net/http_server.h"

namespace finance::transaction_processor {

namespace net = awry::net;

base::Result<ledger::UserId> UserOf(const net::HttpRequest& request);
// "" when the parameter is missing.
std::string QueryText(const net::HttpRequest& request, std::string_view name);
// Leaves `day` alone when the parameter is missing.
base::Status ReadDay(const net::HttpRequest& request, std::string_view name, std::optional<ledger::Date>& day);
base::Result<int> ReadLimit(const net::HttpRequest& request, int otherwise, int max);
// The filter of GET /transactions.
base::Result<TransactionFilter> FilterOf(const net::HttpRequest& request);

base::Status NoTransaction(std::string_view id);

}  // namespace finance::transaction_processor
