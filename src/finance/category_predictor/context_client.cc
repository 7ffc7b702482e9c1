#include "finance/category_predictor/context_client.h"

#include <fmt/format.h>

#include <cmath>

#include "codec/json.h"

namespace finance::category_predictor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonMember;
using awry::codec::JsonValue;

base::Status Unreadable(std::string_view what) {
  return base::Internal(
      fmt::format("Spending Analyzer sent patterns that cannot be read: {}", what));
}

base::Status ReadShares(JsonValue shares, UserContext& context) {
  if (shares.exists() && !shares.is_object()) return Unreadable("category_shares is no object");
  for (const JsonMember member : shares.members()) {
    const auto category = ledger::CategoryFromId(member.key);
    const auto share = member.value.AsDouble();
    if (!category || !share || !std::isfinite(*share) || *share < 0) {
      return Unreadable("category_shares has a bad member");
    }
    if (*category != ledger::Category::kUncategorized) {
      context.shares[ClassOfCategory(*category)] = *share;
    }
  }
  return base::OkStatus();
}

}  // namespace

base::Result<FetchedContext> ParsePatterns(std::string_view json) {
  auto document = JsonDocument::Parse(json, {.bytes_max = 1 << 20});
  if (!document.ok()) return Unreadable("no JSON");
  const JsonValue root = document->root();
  FetchedContext out;
  const auto owner = root.Find("user_id").AsString();
  const auto count = root.Find("count").AsInt64();
  if (!owner || !count || *count < 0) return Unreadable("user_id or count is missing");
  out.owner = *owner;
  out.context.count = *count;
  const JsonValue cache = root.Find("cache");
  out.cache_key = cache.Find("key").AsString().value_or("");
  out.cache_hit = cache.Find("hit").AsBool().value_or(false);
  out.context.avg_grocery_amount_minor =
      root.Find("avg_grocery_amount_minor").AsInt64().value_or(0);
  const double frequency = root.Find("grocery_frequency").AsDouble().value_or(0);
  if (!std::isfinite(frequency) || frequency < 0) return Unreadable("grocery_frequency");
  out.context.grocery_frequency = frequency;
  RETURN_IF_ERROR(ReadShares(root.Find("category_shares"), out.context));
  return out;
}

base::Result<std::unique_ptr<ContextClient>> ContextClient::Create(const Options& options) {
  ASSIGN_OR_RETURN(auto client,
                   awry::net::HttpClient::Create(options.url, {.connect_timeout = options.timeout,
                                                               .timeout = options.timeout,
                                                               .response_bytes_max = 1 << 20,
                                                               .observer = options.observer}));
  return std::unique_ptr<ContextClient>(new ContextClient(std::move(client), options.headers));
}

base::Result<FetchedContext> ContextClient::Fetch(const ledger::UserId& user, int& http_status) {
  http_status = 0;
  awry::net::HttpRequest request;
  request.method = "GET";
  request.target = "/patterns/" + awry::net::UrlEncode(user.str());
  request.headers = headers_;
  auto response = client_->Send(std::move(request));
  if (!response.ok()) {
    return base::Unavailable(
        fmt::format("Spending Analyzer did not answer: {}", response.status().message()));
  }
  http_status = response->status;
  if (response->status >= 500 || response->status == 429) {
    return base::Unavailable(
        fmt::format("Spending Analyzer answered an error: HTTP {}", response->status));
  }
  if (response->status != 200) {
    return base::Internal(
        fmt::format("Spending Analyzer refused the request: HTTP {}", response->status));
  }
  return ParsePatterns(response->body);
}

}  // namespace finance::category_predictor
