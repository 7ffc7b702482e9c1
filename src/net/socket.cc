#include "net/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace awry::net {

Socket::~Socket() { Close(); }

void Socket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::string FormatHostPort(const std::string& host, uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string FormatAddress(const sockaddr_storage& address) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address), sizeof(address), host, sizeof(host), port,
                  sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  return (address.ss_family == AF_INET6 ? "[" + std::string(host) + "]" : host) + ":" + port;
}

uint16_t BoundPort(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
}

base::Result<Socket> Bind(const std::string& host, uint16_t port, int type) {
  const std::string where = FormatHostPort(host, port);
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
    return base::InvalidArgument("cannot listen on " + where + ": " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  Socket bound(socket(found->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!bound.open()) return base::ErrnoStatus(errno, "cannot make a socket for " + where);
  const int on = 1;
  if (type == SOCK_STREAM) {
    (void)setsockopt(bound.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    (void)setsockopt(bound.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  constexpr int kBacklog = 1024;
  if (bind(bound.fd(), found->ai_addr, found->ai_addrlen) != 0 ||
      (type == SOCK_STREAM && listen(bound.fd(), kBacklog) != 0)) {
    if (errno == EADDRINUSE) return base::FailedPrecondition("port in use: " + where);
    return base::ErrnoStatus(errno, "cannot listen on " + where);
  }
  return bound;
}

}  // namespace awry::net
