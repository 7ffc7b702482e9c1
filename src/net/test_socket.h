// A plain blocking TCP client for tests: it can send what no HTTP client would.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace awry::net {

class TestSocket {
 public:
  explicit TestSocket(uint16_t port) : fd_(Connect(port)) {
    EXPECT_GE(fd_, 0);
    const timeval timeout{20, 0};
    (void)setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;
  ~TestSocket() { close(fd_); }

  static bool CanConnect(uint16_t port) {
    const int fd = Connect(port);
    if (fd >= 0) close(fd);
    return fd >= 0;
  }

  void Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // All bytes up to and with `end`; fewer when the peer closes before.
  std::string ReadUntil(std::string_view end) {
    std::string read;
    char byte = 0;
    while (!read.ends_with(end) && recv(fd_, &byte, 1, 0) == 1) read.push_back(byte);
    return read;
  }

  std::string ReadToEnd() {
    std::string read;
    char bytes[65'536];
    for (ssize_t got = 0; (got = recv(fd_, bytes, sizeof(bytes), 0)) > 0;) {
      read.append(bytes, static_cast<size_t>(got));
    }
    return read;
  }

 private:
  static int Connect(uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
    close(fd);
    return -1;
  }

  const int fd_;
};

}  // namespace awry::net
