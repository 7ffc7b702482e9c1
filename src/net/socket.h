// Sockets and addresses; not for other rooms.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/status.h"

namespace awry::net {

// Closes its descriptor. Movable.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();
  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Close();

 private:
  int fd_ = -1;
};

// Binds a non-blocking socket; for SOCK_STREAM also listens, with TCP_NODELAY that accepted sockets
// inherit. kFailedPrecondition: "port in use: 127.0.0.1:16686".
base::Result<Socket> Bind(const std::string& host, uint16_t port, int type);

// The port that a socket is bound to.
uint16_t BoundPort(int fd);

// "127.0.0.1:80", "[::1]:80".
std::string FormatAddress(const sockaddr_storage& address);
std::string FormatHostPort(const std::string& host, uint16_t port);

}  // namespace awry::net
