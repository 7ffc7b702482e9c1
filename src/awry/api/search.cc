// POST /api/v1/search.
#include "awry/api/context.h"
#include "awry/api/request_json.h"
#include "awry/api/search_json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

base::Result<query::SearchOptions> OptionsOf(codec::JsonValue body,
                                             const query::SearchLimits& limits) {
  if (!body.is_object())
    return base::InvalidArgument("request body must be an object with 'query'");
  query::SearchOptions options{.limits = limits};
  ASSIGN_OR_RETURN(options.window, WindowMembers(body));
  ASSIGN_OR_RETURN(options.limit, LimitMember(body, options.limit, query::kSearchLimitMax));
  ASSIGN_OR_RETURN(options.cursor, TextMember(body, "cursor"));
  return options;
}

HttpResponse Search(Context& context, const HttpRequest& request) {
  const auto json = ParseBody(request);
  if (!json.ok()) return net::ErrorResponse(json.status());
  const auto options = OptionsOf(json->root(), context.source(request).limits);
  if (!options.ok()) return net::ErrorResponse(options.status());
  const auto text = TextMember(json->root(), "query");
  if (!text.ok()) return net::ErrorResponse(text.status());
  query::ParseError error;
  const auto parsed = query::Parse(text->empty() ? "{}" : *text, &error);
  if (!parsed.ok()) return QueryFailure(parsed.status(), error);
  if (json->root().Find("explain").AsBool().value_or(false)) {
    return net::JsonResponse(200, PlanToJson(*parsed, options->window));
  }
  const auto result = query::Search(context.store, *parsed, *options);
  if (!result.ok()) return net::ErrorResponse(result.status());
  return net::JsonResponse(200, SearchToJson(*parsed, *result));
}

}  // namespace

void AddSearch(const ContextPtr& context, const AddRoute& add) {
  add("POST", "/api/v1/search",
      [context](const HttpRequest& request) { return Search(*context, request); });
}

}  // namespace awry::api
