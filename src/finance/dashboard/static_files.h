// The browser's files, read once at start and served from memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/status.h"
#include "net/http_server.h"

namespace finance::dashboard {

// Immutable once loaded. Thread-safe.
class StaticFiles {
 public:
  // Reads every file of `folder`. kNotFound when it has no index.html: says how to build it.
  static awry::base::Result<StaticFiles> Load(awry::base::FileSystem& files,
                                              const std::string& folder);

  // Answers GET and HEAD with a file, or with index.html for a page's own path ("/transactions");
  // 304 when the browser has it already, 404 for a path that names a missing file, 405 for other
  // methods.
  awry::net::HttpResponse Serve(const awry::net::HttpRequest& request) const;

 private:
  struct File {
    std::string bytes;
    std::string content_type;
    std::string etag;
  };
  std::map<std::string, File, std::less<>> files_;  // by path, "/main.js"
};

}  // namespace finance::dashboard
