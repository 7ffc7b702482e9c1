// One service behind the dashboard: forwards a request and turns its failures into words for
// people.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_client.h"

namespace finance::dashboard {

using Query = std::vector<std::pair<std::string, std::string>>;

// Thread-safe.
class Upstream {
 public:
  // `name` as it is called in messages ("transaction-processor"). `safe` says what is not lost
  // while the service is away. `client` must outlive this; null: always away. `bearer` is sent
  // along unless it is empty.
  Upstream(std::string name, std::string safe, awry::net::HttpClient* client,
           std::string bearer = "");

  const std::string& name() const { return name_; }

  // Returns the service's answer with its status, its media type when it is one of data (else
  // application/octet-stream: never markup), and its file name. When it does not answer, or answers 5xx: 503
  // with `{"error": {"code": "UNAVAILABLE", "message", "details": [{"service", "safe"}]}}`.
  awry::net::HttpResponse Get(std::string path, const Query& query) const;
  awry::net::HttpResponse Send(std::string method, std::string path, const Query& query,
                               std::string body,
                               std::string content_type = "application/json") const;

 private:
  awry::net::HttpResponse Away() const;

  const std::string name_;
  const std::string safe_;
  awry::net::HttpClient* const client_;  // may be null
  const std::string bearer_;
};

// "/accounts" + "?a=b&c=d", percent-encoded.
std::string TargetOf(std::string path, const Query& query);

}  // namespace finance::dashboard
