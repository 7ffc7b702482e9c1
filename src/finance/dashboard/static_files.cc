#include "finance/dashboard/static_files.h"

#include <array>
#include <utility>

#include "finance/dashboard/secrets.h"

namespace finance::dashboard {

using awry::base::Result;
using awry::net::HttpRequest;
using awry::net::HttpResponse;

namespace {

std::string_view ContentTypeOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".map", "application/json"},
      {".json", "application/json"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// A page of the application has no dot in its last segment; a file has.
bool NamesAFile(std::string_view path) {
  return path.substr(path.rfind('/') + 1).find('.') != std::string_view::npos;
}

}  // namespace

Result<StaticFiles> StaticFiles::Load(awry::base::FileSystem& files, const std::string& folder) {
  if (!files.Exists(folder + "/index.html")) {
    return awry::base::NotFound(
        "no index.html in the web folder: run `npm ci && npm run build` in web/, or "
        "set --web-root: " +
        folder);
  }
  StaticFiles loaded;
  ASSIGN_OR_RETURN(const auto names, files.List(folder));
  for (const std::string& name : names) {
    auto bytes = files.ReadAll(folder + "/" + name);
    if (!bytes.ok()) continue;  // a folder
    const std::string etag = "\"" + Digest(*bytes, "file").substr(0, 22) + "\"";
    loaded.files_["/" + name] = {std::move(*bytes), std::string(ContentTypeOf(name)), etag};
  }
  return loaded;
}

HttpResponse StaticFiles::Serve(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse refused = awry::net::TextResponse(405, "Only GET is possible here.\n");
    awry::net::SetHeader(refused.headers, "Allow", "GET, HEAD");
    return refused;
  }
  auto found = files_.find(request.path);
  if (found == files_.end()) {
    if (NamesAFile(request.path)) return awry::net::TextResponse(404, "There is no such file.\n");
    found = files_.find("/index.html");
  }
  const File& file = found->second;
  HttpResponse response;
  const bool unchanged = request.header("If-None-Match") == file.etag;
  response.status = unchanged ? 304 : 200;
  if (!unchanged) response.body = file.bytes;
  awry::net::SetHeader(response.headers, "Content-Type", file.content_type);
  awry::net::SetHeader(response.headers, "ETag", file.etag);
  awry::net::SetHeader(response.headers, "Cache-Control", "no-cache");
  return response;
}

}  // namespace finance::dashboard
