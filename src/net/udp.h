// Datagrams: a listening server and a sender that never blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace awry::net {

// Thread-safe.
class UdpServer {
 public:
  // Calls `handler` for every datagram, on one thread of its own. port 0: a free one.
  static base::Result<std::unique_ptr<UdpServer>> Start(const std::string& listen, uint16_t port,
                                                        std::function<void(std::string_view)> handler);
  virtual ~UdpServer() = default;
  virtual uint16_t port() const = 0;
};

// Thread-safe.
class UdpSender {
 public:
  // Looks `host` up once.
  static base::Result<std::unique_ptr<UdpSender>> Create(const std::string& host, uint16_t port);
  virtual ~UdpSender() = default;
  // kResourceExhausted when the socket's buffer is full; kUnavailable when nobody listens.
  virtual base::Status Send(std::string_view datagram) = 0;
};

}  // namespace awry::net
