#include "awry/api/static_files.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "base/file.h"
#include "codec/crc32c.h"

namespace awry::api {
namespace {

constexpr size_t kBytesMax = 16 << 20;
// Everything comes from here; no inline script or style, no frames of others around the pages.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src "
    "'self'; "
    "connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

std::string_view TypeOf(std::string_view name) {
  struct Type {
    std::string_view ending;
    std::string_view type;
  };
  constexpr std::array kTypes{Type{".html", "text/html; charset=utf-8"},
                              Type{".js", "text/javascript; charset=utf-8"},
                              Type{".css", "text/css; charset=utf-8"},
                              Type{".svg", "image/svg+xml"},
                              Type{".png", "image/png"},
                              Type{".woff2", "font/woff2"},
                              Type{".json", "application/json"},
                              Type{".map", "application/json"},
                              Type{".ico", "image/x-icon"},
                              Type{".txt", "text/plain; charset=utf-8"}};
  for (const Type& type : kTypes) {
    if (name.ends_with(type.ending)) return type.type;
  }
  return "application/octet-stream";
}

void SetBase(std::string& html, const std::string& base_path) {
  constexpr std::string_view kMark = "<base href=\"/\"";
  if (const size_t at = html.find(kMark); at != std::string::npos) {
    html.replace(at, kMark.size(), "<base href=\"" + base_path + "/\"");
  }
}

}  // namespace

base::Result<StaticFiles> StaticFiles::Load(const std::string& folder,
                                            const std::string& base_path) {
  StaticFiles out;
  ASSIGN_OR_RETURN(const auto names, base::RealFileSystem().List(folder));
  size_t bytes = 0;
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) continue;
    ASSIGN_OR_RETURN(File file, [&]() -> base::Result<File> {
      ASSIGN_OR_RETURN(std::string contents, base::RealFileSystem().ReadAll(path));
      return File{.bytes = std::move(contents)};
    }());
    if (bytes += file.bytes.size(); bytes > kBytesMax) {
      return base::ResourceExhausted(
          fmt::format("web pages are larger than {} MiB: {}", kBytesMax >> 20, folder));
    }
    if (name == "index.html") SetBase(file.bytes, base_path);
    file.type = TypeOf(name);
    file.etag = fmt::format("\"{:08x}-{:x}\"", codec::Crc32c(file.bytes), file.bytes.size());
    out.files_.emplace("/" + name, std::move(file));
  }
  if (!out.files_.contains("/index.html"))
    return base::NotFound("web pages are missing: no index.html in " + folder);
  return out;
}

net::HttpResponse StaticFiles::Serve(const net::HttpRequest& request, std::string_view path) const {
  auto found = files_.find(path);
  const bool names_a_file = path.rfind('.') != std::string_view::npos &&
                            path.rfind('.') > path.rfind('/') && !path.starts_with("/trace/");
  if (found == files_.end()) {
    if (names_a_file) return net::ErrorResponse(base::NotFound("no such page"));
    found = files_.find("/index.html");
  }
  const File& file = found->second;
  net::HttpResponse response;
  if (request.header("If-None-Match") == file.etag) {
    response.status = 304;
  } else {
    response.body = file.bytes;
  }
  net::SetHeader(response.headers, "Content-Type", file.type);
  net::SetHeader(response.headers, "ETag", file.etag);
  net::SetHeader(response.headers, "Cache-Control", "no-cache");
  net::SetHeader(response.headers, "Content-Security-Policy", kPolicy);
  net::SetHeader(response.headers, "X-Content-Type-Options", "nosniff");
  net::SetHeader(response.headers, "Referrer-Policy", "same-origin");
  return response;
}

}  // namespace awry::api
