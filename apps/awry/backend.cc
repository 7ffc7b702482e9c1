#include "backend.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "awry/api/server.h"
#include "awry/columnar/columnar_store.h"
#include "base/file.h"
#include "codec/json.h"

namespace awry::app {
namespace {

// A question over many traces may take its time.
constexpr auto kTimeout = std::chrono::minutes(10);

std::string MessageOf(const std::string& body) {
  const auto json = codec::JsonDocument::Parse(body);
  if (json.ok()) {
    if (const auto ours = json->root().Find("error").Find("message").AsString())
      return std::string(*ours);
    if (const auto jaegers = json->root().Find("errors").At(0).Find("msg").AsString())
      return std::string(*jaegers);
  }
  return body.substr(0, 200);
}

// Splits a target as the server does.
void FillQuery(net::HttpRequest& request) {
  const size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  if (mark == std::string::npos) return;
  std::string_view rest = std::string_view(request.target).substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const size_t equal = std::min(part.size(), part.find('='));
    const auto value = net::UrlDecode(part.substr(std::min(part.size(), equal + 1)), true);
    request.query_params.emplace_back(part.substr(0, equal), value.ok() ? *value : "");
  }
}

// What to keep is the server's to say: a question, or an import, drops nothing.
columnar::ColumnarOptions Unlimited(const std::string& path) {
  return {.path = path, .trace_bytes_max = SIZE_MAX, .retention_bytes = 0};
}

}  // namespace

Backend::~Backend() = default;

base::Result<std::unique_ptr<Backend>> Backend::Open(const Place& place, const Options& options) {
  std::unique_ptr<Backend> backend(new Backend);
  if (place.data.empty()) {
    backend->server_ = place.server;
    ASSIGN_OR_RETURN(backend->client_,
                     net::HttpClient::Create(place.server, {.timeout = kTimeout}));
    return backend;
  }
  if (!options.create && !base::RealFileSystem().Exists(place.data)) {
    return base::NotFound("no store there: " + place.data);
  }
  auto store = columnar::Open(Unlimited(place.data));
  if (!store.ok()) {
    return store.status().code() == base::StatusCode::kFailedPrecondition
               ? store.status().WithContext("a server has this store open, ask it with --server")
               : store.status();
  }
  backend->store_ = *std::move(store);
  RETURN_IF_ERROR(backend->OpenArchive(place.data + "/archive"));
  backend->engine_ = std::make_unique<why::Engine>(*backend->store_, options.engine);
  backend->router_ = api::MakeRouter(*backend->store_, *backend->engine_, nullptr,
                                     {.archive = backend->archive_.get()});
  return backend;
}

base::Status Backend::OpenArchive(const std::string& path) {
  if (!base::RealFileSystem().Exists(path)) return base::OkStatus();
  auto opened = columnar::Open(Unlimited(path));
  if (!opened.ok()) return opened.status().WithContext("archive");
  archive_ = *std::move(opened);
  return base::OkStatus();
}

base::Result<std::string> Backend::Call(net::HttpRequest request) {
  net::HttpResponse response;
  if (client_ != nullptr) {
    auto sent = client_->Send(std::move(request));
    if (!sent.ok())
      return sent.status().WithContext(
          "no answer from " + server_ +
          " (is `awry serve` running? --server names another, --data opens a store)");
    response = *std::move(sent);
  } else {
    FillQuery(request);
    net::SetHeader(request.headers, "Host", "localhost");
    response = router_.Dispatch(request);
  }
  if (response.status >= 200 && response.status < 300) return std::move(response.body);
  return base::Status(base::StatusCodeOfHttp(response.status), MessageOf(response.body));
}

base::Result<std::string> Backend::Get(const std::string& target) {
  return Call({.method = "GET", .target = target});
}

base::Result<std::string> Backend::Post(const std::string& target, std::string body,
                                        const std::string& content_type) {
  return Call({.method = "POST",
               .target = target,
               .headers = {{"Content-Type", content_type}},
               .body = std::move(body)});
}

base::Result<std::string> Backend::Put(const std::string& target, std::string json) {
  return Call({.method = "PUT",
               .target = target,
               .headers = {{"Content-Type", "application/json"}},
               .body = std::move(json)});
}

int Fail(const base::Status& status) {
  fmt::print(stderr, "awry: {}\n", status.message());
  return 1;
}

}  // namespace awry::app
