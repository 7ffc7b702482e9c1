#include "awry/api/static_files.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <vector>

#include "base/file.h"
#include "codec/crc32c.h"

namespace awry::api {
namespace {

constexpr size_t kBytesMax = 64 << 20;

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

// Paths below `folder`, as "static/main.js".
base::Result<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(folder, error), end;
  for (; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored))
      out.push_back(std::filesystem::path(at->path()).lexically_relative(folder).string());
  }
  if (error) return base::NotFound("web pages cannot be read: " + folder + ": " + error.message());
  return out;
}

}  // namespace

base::Result<StaticFiles> StaticFiles::Load(const std::string& folder, const UiOptions& options) {
  StaticFiles out;
  ASSIGN_OR_RETURN(const auto names, FilesBelow(folder));
  size_t bytes = 0;
  for (const std::string& name : names) {
    File file;
    ASSIGN_OR_RETURN(file.bytes, base::RealFileSystem().ReadAll(folder + "/" + name));
    if (bytes += file.bytes.size(); bytes > kBytesMax) {
      return base::ResourceExhausted(
          fmt::format("web pages are larger than {} MiB: {}", kBytesMax >> 20, folder));
    }
    if (name == "index.html") {
      WriteMarks(options, file.bytes);
      out.policy_ = PolicyOf(file.bytes, options);
    }
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
  net::SetHeader(response.headers, "Content-Security-Policy", policy_);
  net::SetHeader(response.headers, "X-Content-Type-Options", "nosniff");
  net::SetHeader(response.headers, "Referrer-Policy", "same-origin");
  return response;
}

}  // namespace awry::api
