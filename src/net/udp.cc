#include "net/udp.h"

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "net/socket.h"

namespace awry::net {
namespace {

constexpr size_t kDatagramBytesMax = 65'536;
constexpr int kReceiveBufferBytes = 4 << 20;  // a burst waits here; the kernel may grant less

class PosixUdpServer final : public UdpServer {
 public:
  PosixUdpServer(Socket socket, Socket stop, std::function<void(std::string_view)> handler)
      : socket_(std::move(socket)),
        stop_(std::move(stop)),
        port_(BoundPort(socket_.fd())),
        handler_(std::move(handler)),
        thread_([this] { Run(); }) {}
  ~PosixUdpServer() override {
    const uint64_t one = 1;
    (void)!write(stop_.fd(), &one, sizeof(one));
  }

  uint16_t port() const override { return port_; }

 private:
  void Run() {
    const auto buffer = std::make_unique<std::array<char, kDatagramBytesMax>>();
    while (true) {
      const ssize_t got = recv(socket_.fd(), buffer->data(), buffer->size(), MSG_DONTWAIT);
      if (got >= 0) {
        handler_({buffer->data(), static_cast<size_t>(got)});
        continue;
      }
      std::array<pollfd, 2> ready{{{socket_.fd(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}}};
      (void)poll(ready.data(), ready.size(), -1);
      if (ready[1].revents != 0) return;
    }
  }

  const Socket socket_;
  const Socket stop_;
  const uint16_t port_;
  const std::function<void(std::string_view)> handler_;
  const std::jthread thread_;  // last: it uses all the others
};

class PosixUdpSender final : public UdpSender {
 public:
  PosixUdpSender(Socket socket, std::string where) : socket_(std::move(socket)), where_(std::move(where)) {}

  base::Status Send(std::string_view datagram) override {
    while (true) {
      if (send(socket_.fd(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
        return base::OkStatus();
      }
      switch (errno) {
        case EINTR: continue;
        case EAGAIN:
        case ENOBUFS: return base::ResourceExhausted("UDP socket buffer is full: " + where_);
        case EMSGSIZE:
          return base::InvalidArgument("UDP datagram is too large: " + std::to_string(datagram.size()) + " bytes");
        // The answer to a datagram sent before.
        case ECONNREFUSED: return base::Unavailable("nobody listens: " + where_);
        default: return base::ErrnoStatus(errno, "cannot send to " + where_);
      }
    }
  }

 private:
  const Socket socket_;
  const std::string where_;
};

}  // namespace

base::Result<std::unique_ptr<UdpServer>> UdpServer::Start(const std::string& listen, uint16_t port,
                                                          std::function<void(std::string_view)> handler) {
  ASSIGN_OR_RETURN(Socket socket, Bind(listen, port, SOCK_DGRAM));
  (void)setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof(kReceiveBufferBytes));
  Socket stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.open()) return base::ErrnoStatus(errno, "cannot start the UDP server");
  return std::unique_ptr<UdpServer>(
      std::make_unique<PosixUdpServer>(std::move(socket), std::move(stop), std::move(handler)));
}

base::Result<std::unique_ptr<UdpSender>> UdpSender::Create(const std::string& host, uint16_t port) {
  const std::string where = FormatHostPort(host, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
    return base::Unavailable("cannot look up " + where + ": " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  Socket socket(::socket(found->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) return base::ErrnoStatus(errno, "cannot make a socket for " + where);
  if (connect(socket.fd(), found->ai_addr, found->ai_addrlen) != 0) {
    return base::ErrnoStatus(errno, "cannot send to " + where);
  }
  return std::unique_ptr<UdpSender>(std::make_unique<PosixUdpSender>(std::move(socket), where));
}

}  // namespace awry::net
