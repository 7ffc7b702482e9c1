// The built web pages: read once, served from memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace awry::api {

// Thread-compatible; constant after Load.
class StaticFiles {
 public:
  // Reads every file of `folder` (not its subfolders), at most 16 MiB in all. The base path is
  // written into index.html's <base>. kNotFound when there is no index.html.
  static base::Result<StaticFiles> Load(const std::string& folder, const std::string& base_path);

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
};

}  // namespace awry::api
