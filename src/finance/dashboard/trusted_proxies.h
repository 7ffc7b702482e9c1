// Whose word about an address counts: the proxies that stand before the dashboard.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/http.h"

namespace finance::dashboard {

// "127.0.0.1" of "127.0.0.1:50842", "::1" of "[::1]:50842": the same for all connections of one machine.
std::string HostOf(std::string_view peer);

// Thread-compatible.
class TrustedProxies {
 public:
  // `list` has addresses and networks ("172.18.0.1,10.0.0.0/8,::1"), "" none. kInvalidArgument names what is neither.
  static awry::base::Result<TrustedProxies> Parse(std::string_view list);

  // The host that a request comes from: its peer, or, when that is trusted, the last entry of X-Forwarded-For that is
  // not; that header counts from nobody else, since anyone can write it.
  std::string HostOf(const awry::net::HttpRequest& request) const;

 private:
  struct Network {
    std::array<unsigned char, 16> address;  // IPv4 as ::ffff:a.b.c.d
    int bits;
  };
  bool Trusts(std::string_view host) const;

  std::vector<Network> networks_;
};

}  // namespace finance::dashboard
