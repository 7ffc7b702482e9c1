// X-Forwarded-For: "client, proxy1, proxy2": each proxy appends whom it was called by, so what stands at the end was
// written by the nearest one. (The header is no standard; RFC 7239, section 7.4, describes it.)
#include "finance/dashboard/trusted_proxies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace finance::dashboard {

using awry::base::InvalidArgument;
using awry::base::Result;

namespace {

using Address = std::array<unsigned char, 16>;
constexpr int kV4PrefixBits = 96;  // of ::ffff:0:0/96
constexpr char kForwarded[] = "X-Forwarded-For";

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct ParsedAddress {
  Address address;
  bool v4 = false;
};
std::optional<ParsedAddress> ParseAddress(std::string_view text) {
  const std::string whole(text);
  ParsedAddress parsed;
  if (inet_pton(AF_INET6, whole.c_str(), parsed.address.data()) == 1) return parsed;
  unsigned char v4[4];
  if (inet_pton(AF_INET, whole.c_str(), v4) != 1) return std::nullopt;
  parsed.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, v4[0], v4[1], v4[2], v4[3]};
  parsed.v4 = true;
  return parsed;
}

// One spelling for each address.
std::string TextOf(const Address& address) {
  constexpr Address kV4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  char text[INET6_ADDRSTRLEN] = "";
  const bool v4 = std::memcmp(address.data(), kV4.data(), kV4PrefixBits / 8) == 0;
  inet_ntop(v4 ? AF_INET : AF_INET6, address.data() + (v4 ? kV4PrefixBits / 8 : 0), text, sizeof text);
  return text;
}

bool Holds(const Address& network, int bits, const Address& address) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(network.data(), address.data(), whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || ((network[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

}  // namespace

std::string HostOf(std::string_view peer) {
  if (peer.starts_with('[')) return std::string(peer.substr(1, peer.find(']') - 1));
  const size_t colon = peer.find(':');
  const bool one = colon != std::string_view::npos && peer.find(':', colon + 1) == std::string_view::npos;
  return std::string(one ? peer.substr(0, colon) : peer);
}

Result<TrustedProxies> TrustedProxies::Parse(std::string_view list) {
  TrustedProxies proxies;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view entry = Trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (entry.empty()) continue;
    const auto refused = [&] { return InvalidArgument("a trusted proxy is an address or a network such as 172.18.0.0/16: " + std::string(entry)); };
    const size_t slash = entry.find('/');
    const auto parsed = ParseAddress(entry.substr(0, slash));
    if (!parsed) return refused();
    const int most = parsed->v4 ? 32 : 128;
    int bits = most;
    if (slash != std::string_view::npos) {
      const std::string_view number = entry.substr(slash + 1);
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
      if (error != std::errc() || end != number.data() + number.size() || bits < 0 || bits > most) return refused();
    }
    proxies.networks_.push_back({parsed->address, bits + 128 - most});
  }
  return proxies;
}

bool TrustedProxies::Trusts(std::string_view host) const {
  if (networks_.empty()) return false;
  const auto parsed = ParseAddress(host);
  return parsed && std::any_of(networks_.begin(), networks_.end(),
                               [&](const Network& network) { return Holds(network.address, network.bits, parsed->address); });
}

std::string TrustedProxies::HostOf(const awry::net::HttpRequest& request) const {
  std::string host = finance::dashboard::HostOf(request.peer);
  if (!Trusts(host)) return host;
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (awry::net::FindHeader({*header}, kForwarded).empty()) continue;
    std::string_view list = header->second;
    while (true) {
      const size_t comma = list.rfind(',');
      const auto entry = ParseAddress(finance::dashboard::HostOf(Trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1))));
      if (!entry) return host;
      host = TextOf(entry->address);
      if (!Trusts(host)) return host;
      if (comma == std::string_view::npos) break;
      list = list.substr(0, comma);
    }
  }
  return host;
}

}  // namespace finance::dashboard
