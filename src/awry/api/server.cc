#include "awry/api/server.h"

#include <memory>
#include <optional>
#include <utility>

#include "awry/api/checks_routes.h"
#include "awry/api/attributes_routes.h"
#include "awry/api/backup_routes.h"
#include "awry/api/compare_routes.h"
#include "awry/api/context.h"
#include "awry/api/drift_routes.h"
#include "awry/api/graph_routes.h"
#include "awry/api/group_routes.h"
#include "awry/api/metrics_routes.h"
#include "awry/api/origin_guard.h"
#include "awry/api/static_files.h"
#include "awry/api/tail_routes.h"
#include "base/log.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

net::HttpHandler Guarded(const ContextPtr& context, net::HttpHandler handler) {
  return [context, handler = std::move(handler)](const HttpRequest& request) {
    const base::Status allowed = CheckOrigin(request, context->options.allowed_hosts);
    if (!allowed.ok()) {
      const bool wrong_type = allowed.code() == base::StatusCode::kInvalidArgument;
      HttpResponse response = net::ErrorResponse(allowed);
      if (wrong_type) response.status = 415;
      return response;
    }
    return handler(request);
  };
}

std::shared_ptr<const StaticFiles> LoadPages(const ApiOptions& options) {
  const bool stock = !options.ui_dir.empty();
  const std::string& folder = stock ? options.ui_dir : options.web_root;
  if (folder.empty()) return nullptr;
  auto pages = StaticFiles::Load(folder, {.base_path = options.base_path,
                                          .config = options.ui_config,
                                          .version = options.version,
                                          .archive = options.archive != nullptr,
                                          .stock = stock});
  if (pages.ok()) return std::make_shared<const StaticFiles>(*std::move(pages));
  base::LogWarning("web pages are not served: {}", pages.status().message());
  return nullptr;
}

bool IsApiPath(std::string_view path) { return path == "/api" || path.starts_with("/api/"); }

// What no route takes: pages, or a refusal.
HttpResponse Fallback(const Context& context, const StaticFiles* pages,
                      const HttpRequest& request) {
  std::string_view path = request.path;
  const std::string& base = context.options.base_path;
  if (!base.empty() && path != base && !path.starts_with(base + "/")) {
    if (path != "/") return net::TextResponse(404, "404 page not found\n");
    HttpResponse response = net::TextResponse(302, "");
    net::SetHeader(response.headers, "Location", base + "/");
    return response;
  }
  path.remove_prefix(base.size());
  if (path.starts_with("/api/v1/"))
    return net::ErrorResponse(base::NotFound("no such route: see docs/http-api.md"));
  if (IsApiPath(path)) return net::TextResponse(404, "404 page not found\n");
  if (request.method != "GET" && request.method != "HEAD")
    return net::ErrorResponse(base::NotFound("no such route: see docs/http-api.md"));
  if (pages == nullptr)
    return net::TextResponse(
        404, "Awry's pages are not built: start awry with --web-root, or build web/.\n");
  return pages->Serve(request, path.empty() ? "/" : path);
}

}  // namespace

net::Router MakeRouter(store::TraceStore& store, why::Engine& engine, why::Findings* findings,
                       const ApiOptions& options) {
  ContextPtr context(new Context{store, engine, findings, options, StatusMeter(*options.clock)});
  const store::StoreStats stats = store.Stats();
  (void)context->meter.Note(stats.spans + stats.spans_dropped_by_retention, stats.traces);
  net::Router router;
  const AddRoute add = [&](std::string method, std::string pattern, net::HttpHandler handler) {
    router.Add(std::move(method), options.base_path + pattern,
               Guarded(context, std::move(handler)));
  };
  AddJaegerV1(context, add);
  AddJaegerArchive(context, add);
  AddJaegerTransform(context, add);
  AddDeepDependencies(context, add);
  AddQualityMetrics(context, add);
  AddJaegerV3(context, add);
  AddLabels(context, add);
  AddSearch(context, add);
  AddWhy(context, add);
  AddFindings(context, add);
  AddSpans(context, add);
  AddStatus(context, add);
  AddChecks(context, add);
  AddInstrumentation(context, add);
  AddMetrics(context, add);
  AddGraph(context, add);
  AddAttributes(context, add);
  AddCompare(context, add);
  AddDrift(context, add);
  AddGroups(context, add);
  AddTail(context, add);
  AddBackup(context, add);
  router.SetFallback([context, pages = LoadPages(options)](const HttpRequest& request) {
    return Fallback(*context, pages.get(), request);
  });
  return router;
}

}  // namespace awry::api
