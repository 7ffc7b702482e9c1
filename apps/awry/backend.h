// Answers HTTP API requests from a store that this process opens, or from a running server: the
// same routes either way, so the same answers.
#pragma once

#include <memory>
#include <string>

#include "awry/store/trace_store.h"
#include "awry/why/why.h"
#include "base/status.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "options.h"

namespace awry::app {

// Used by one thread.
class Backend {
 public:
  struct Options {
    bool create = false;  // a missing --data folder is made rather than refused
    why::EngineOptions engine;
  };
  static base::Result<std::unique_ptr<Backend>> Open(const Place& place, const Options& options);
  ~Backend();

  // The body of a 2xx answer; any other answer as a Status with the server's message.
  base::Result<std::string> Get(const std::string& target);
  base::Result<std::string> Post(const std::string& target, std::string body,
                                 const std::string& content_type = "application/json");
  base::Result<std::string> Put(const std::string& target, std::string json);

  // The open store; null with --server.
  store::TraceStore* store() { return store_.get(); }
  // Of that store; null when nothing was ever archived.
  store::TraceStore* archive() { return archive_.get(); }

 private:
  Backend() = default;
  base::Result<std::string> Call(net::HttpRequest request);

  base::Status OpenArchive(const std::string& path);

  std::unique_ptr<store::TraceStore> store_;
  std::unique_ptr<store::TraceStore> archive_;
  std::unique_ptr<why::Engine> engine_;
  net::Router router_;
  std::unique_ptr<net::HttpClient> client_;
  std::string server_;
};

// Prints "awry: message" on standard error and returns 1.
int Fail(const base::Status& status);

}  // namespace awry::app
