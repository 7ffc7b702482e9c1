// The built web pages: read once, served from memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "awry/api/ui_marks.h"
#include "base/status.h"
#include "net/http.h"

namespace awry::api {

// Thread-compatible; constant after Load.
class StaticFiles {
 public:
  // Reads every file of `folder` and below, at most 64 MiB in all, and writes `options` into
  // index.html. kNotFound when there is no index.html.
  static base::Result<StaticFiles> Load(const std::string& folder, const UiOptions& options);

  // Answers GET and HEAD of a path below the base path ("/main.js"); any path without a file's name
  // gives index.html, so that deep links work.
  net::HttpResponse Serve(const net::HttpRequest& request, std::string_view path) const;

 private:
  struct File {
    std::string bytes;
    std::string type;
    std::string etag;
  };
  std::map<std::string, File, std::less<>> files_;
  std::string policy_;
};

}  // namespace awry::api
