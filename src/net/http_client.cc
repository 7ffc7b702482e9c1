// An exchange on a kept connection costs a send and a recv: the socket's own timeout (SO_RCVTIMEO) bounds
// the first wait; further waits poll with what is left of the deadline.
#include "net/http_client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/release.h"
#include "net/http_parser.h"
#include "net/http_target.h"
#include "net/socket.h"

namespace awry::net {
namespace {

constexpr size_t kReadBytes = 16 << 10;
constexpr size_t kReadBytesLarge = 256 << 10;

int64_t Now() { return base::SystemClock().MonotonicNs(); }

// Milliseconds until then, rounded up; 0 when it has passed.
int MsUntil(int64_t deadline_ns) {
  return static_cast<int>(std::clamp<int64_t>((deadline_ns - Now() + 999'999) / 1'000'000, 0, 1 << 30));
}

timeval TimevalOf(std::chrono::milliseconds time) {
  return {time.count() / 1'000, time.count() % 1'000 * 1'000};
}

struct Server {
  std::string host;  // without brackets
  std::string port;
  std::string authority;  // for the Host header
  std::string prefix;     // path before every target, without a slash at the end
};

base::Result<Server> ReadBaseUrl(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  std::string_view rest = url;
  if (rest.starts_with("https://")) return base::Unimplemented("https is not supported here: " + url);
  if (!rest.starts_with(kScheme)) return base::InvalidArgument("URL must begin with http://: " + url);
  rest.remove_prefix(kScheme.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  Server server;
  server.authority = rest.substr(0, slash);
  server.prefix = rest.substr(slash);
  while (server.prefix.ends_with('/')) server.prefix.pop_back();
  std::string_view authority = server.authority;
  server.port = "80";
  const size_t bracket = authority.find(']');
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    server.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  server.host = authority;
  unsigned port = 0;
  const auto read = std::from_chars(server.port.data(), server.port.data() + server.port.size(), port);
  if (read.ec != std::errc() || read.ptr != server.port.data() + server.port.size() || port == 0 || port > 65'535 ||
      server.host.empty() || server.host.find_first_of("@ \r\n") != std::string::npos) {
    return base::InvalidArgument("URL must be http://host:port: " + url);
  }
  return server;
}

bool HasLineBreak(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

base::Status Check(const HttpRequest& request) {
  if (!request.target.starts_with('/') || HasLineBreak(request.target) ||
      request.target.find(' ') != std::string::npos) {
    return base::InvalidArgument("HTTP target must begin with '/' and be percent-encoded");
  }
  if (request.method.empty() || HasLineBreak(request.method)) return base::InvalidArgument("HTTP method is missing");
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || HasLineBreak(name) || HasLineBreak(value)) {
      return base::InvalidArgument("HTTP header is empty or has a line break: " + name.substr(0, 40));
    }
  }
  return base::OkStatus();
}

struct Connection {
  Socket socket;
  std::unique_ptr<HttpParser> parser;
  std::vector<char> in;
  bool fresh = true;  // some of the time was spent connecting
};

class PooledHttpClient final : public HttpClient {
 public:
  PooledHttpClient(std::string base_url, Server server, const HttpClientOptions& options)
      : base_url_(std::move(base_url)), server_(std::move(server)), options_(options) {}

  base::Result<HttpResponse> Send(HttpRequest request) override {
    if (options_.observer == nullptr) return Exchange(request);
    void* state = options_.observer->OnStart(request, base_url_);
    base::Result<HttpResponse> result = Exchange(request);
    options_.observer->OnEnd(state, request, result.ok() ? &*result : nullptr, result.status());
    return result;
  }

 private:
  using ConnectionPtr = std::unique_ptr<Connection>;
  struct Attempt {
    base::Status status;
    bool touched = false;  // something of the response was received
    HttpResponse response;
  };

  base::Result<HttpResponse> Exchange(const HttpRequest& request) {
    RETURN_IF_ERROR(Check(request));
    const int64_t deadline_ns = Now() + std::chrono::nanoseconds(options_.timeout).count();
    const std::string head = Head(request);
    if (ConnectionPtr kept = TakeKept()) {
      Attempt attempt = Try(std::move(kept), request, head, deadline_ns);
      if (attempt.status.ok()) return std::move(attempt.response);
      const bool stale = !attempt.touched && attempt.status.code() == base::StatusCode::kUnavailable;
      if (!stale) return attempt.status;
    }
    ASSIGN_OR_RETURN(ConnectionPtr fresh, Connect(deadline_ns));
    Attempt attempt = Try(std::move(fresh), request, head, deadline_ns);
    if (!attempt.status.ok()) return attempt.status;
    return std::move(attempt.response);
  }

  std::string Head(const HttpRequest& request) const {
    std::string head;
    head.reserve(512);
    head += request.method;
    head += ' ';
    head += server_.prefix;
    head += request.target;
    head += " HTTP/1.1\r\n";
    if (request.header("Host").empty()) head.append("Host: ").append(server_.authority).append("\r\n");
    for (const auto& [name, value] : request.headers) {
      if (EqualsIgnoringCase(name, "Content-Length") || EqualsIgnoringCase(name, "Connection") ||
          EqualsIgnoringCase(name, "Transfer-Encoding")) {
        continue;
      }
      head.append(name).append(": ").append(value).append("\r\n");
    }
    const bool may_have_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (may_have_body || !request.body.empty()) {
      head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    }
    head += "\r\n";
    return head;
  }

  // The connection used last, if the server has not closed it.
  ConnectionPtr TakeKept() {
    while (true) {
      ConnectionPtr connection;
      {
        base::MutexLock lock(mutex_);
        if (kept_.empty()) return nullptr;
        connection = std::move(kept_.back());
        kept_.pop_back();
      }
      char byte = 0;
      const ssize_t got = recv(connection->socket.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return connection;
    }
  }

  void Keep(ConnectionPtr connection) {
    if (connection->in.size() > kReadBytes) base::Release(connection->in);
    connection->fresh = false;
    base::MutexLock lock(mutex_);
    if (kept_.size() < options_.idle_connections_max) kept_.push_back(std::move(connection));
  }

  base::Status Unavailable(std::string_view what, int error) const {
    const base::Status status = base::ErrnoStatus(error, std::string(what) + " " + base_url_);
    if (error == ETIMEDOUT) return status;
    return base::Unavailable(status.message());
  }

  base::Status TooSlow() const { return base::DeadlineExceeded("no answer in time from " + base_url_); }

  base::Result<ConnectionPtr> Connect(int64_t deadline_ns) {
    deadline_ns = std::min(deadline_ns, Now() + std::chrono::nanoseconds(options_.connect_timeout).count());
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(server_.host.c_str(), server_.port.c_str(), &hints, &found); error != 0) {
      return base::Unavailable("cannot look up " + base_url_ + ": " + gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
    base::Status last = base::Unavailable("no address for " + base_url_);
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
      Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (!socket.open()) return base::ErrnoStatus(errno, "cannot make a socket for " + base_url_);
      last = ConnectTo(socket, *address, deadline_ns);
      if (last.ok()) return MakeConnection(std::move(socket));
    }
    return last;
  }

  base::Status ConnectTo(const Socket& socket, const addrinfo& address, int64_t deadline_ns) const {
    if (connect(socket.fd(), address.ai_addr, address.ai_addrlen) == 0) return base::OkStatus();
    if (errno != EINPROGRESS) return Unavailable("cannot connect to", errno);
    pollfd ready{socket.fd(), POLLOUT, 0};
    int result = 0;
    do {
      result = poll(&ready, 1, MsUntil(deadline_ns));
    } while (result < 0 && errno == EINTR);
    if (result == 0) return base::Unavailable("no connection in time to " + base_url_);
    int error = 0;
    socklen_t size = sizeof(error);
    (void)getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return base::Unavailable(base::ErrnoStatus(error, "cannot connect to " + base_url_).message());
    return base::OkStatus();
  }

  base::Result<ConnectionPtr> MakeConnection(Socket socket) const {
    const int on = 1;
    (void)setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const timeval timeout = TimevalOf(std::max(options_.timeout, std::chrono::milliseconds(1)));
    (void)setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    (void)setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    const int flags = fcntl(socket.fd(), F_GETFL);
    if (flags < 0 || fcntl(socket.fd(), F_SETFL, flags & ~O_NONBLOCK) != 0) {
      return base::ErrnoStatus(errno, "cannot set up a socket for " + base_url_);
    }
    auto connection = std::make_unique<Connection>();
    connection->socket = std::move(socket);
    connection->parser = HttpParser::Create({.body_bytes_max = options_.response_bytes_max});
    return connection;
  }

  Attempt Try(ConnectionPtr connection, const HttpRequest& request, const std::string& head, int64_t deadline_ns) {
    Attempt attempt;
    const base::Status sent = SendAll(*connection, head, request.body, deadline_ns);
    if (sent.code() == base::StatusCode::kDeadlineExceeded) {
      attempt.status = sent;
      return attempt;
    }
    // A server that refuses a large body answers before it has read it: look even when sending failed.
    attempt.status = Receive(*connection, request.method == "HEAD", deadline_ns, attempt);
    const bool keep = attempt.status.ok() && sent.ok() && connection->parser->keep_alive();
    if (keep) Keep(std::move(connection));
    return attempt;
  }

  base::Status SendAll(const Connection& connection, std::string_view head, std::string_view body,
                       int64_t deadline_ns) const {
    while (!head.empty() || !body.empty()) {
      std::array<iovec, 2> pieces{{{const_cast<char*>(head.data()), head.size()},
                                   {const_cast<char*>(body.data()), body.size()}}};
      msghdr message{};
      message.msg_iov = pieces.data();
      message.msg_iovlen = 2;
      const ssize_t sent = sendmsg(connection.socket.fd(), &message, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return TooSlow();
        return Unavailable("connection lost while sending to", errno);
      }
      auto done = static_cast<size_t>(sent);
      const size_t of_head = std::min(done, head.size());
      head.remove_prefix(of_head);
      body.remove_prefix(done - of_head);
      if ((!head.empty() || !body.empty()) && Now() > deadline_ns) return TooSlow();
    }
    return base::OkStatus();
  }

  base::Status Receive(Connection& connection, bool to_head, int64_t deadline_ns, Attempt& attempt) const {
    HttpParser& parser = *connection.parser;
    parser.StartResponse(attempt.response, to_head);
    size_t begin = 0;  // bytes [begin, end) of connection.in are received and not parsed
    size_t end = 0;
    while (true) {
      MakeRoom(connection, begin, end, parser.header_done() ? kReadBytesLarge : kReadBytes);
      size_t got = 0;
      RETURN_IF_ERROR(ReadSome(connection, end, deadline_ns, attempt.touched || connection.fresh, got));
      if (got == 0) return FinishAtEnd(parser, attempt.touched);
      attempt.touched = true;
      end += got;
      RETURN_IF_ERROR(Parse(connection, to_head, begin, end, attempt));
      if (parser.done()) return begin == end ? base::OkStatus() : MoreThanAnAnswer();
    }
  }

  // Feeds what is there; goes on behind informational answers (100 Continue).
  base::Status Parse(Connection& connection, bool to_head, size_t& begin, size_t end, Attempt& attempt) const {
    while (begin < end) {
      HttpParseError error = HttpParseError::kNone;
      begin += connection.parser->Put({connection.in.data() + begin, end - begin}, error);
      if (error == HttpParseError::kBodyTooLarge) {
        return base::ResourceExhausted("answer is too large: limit " + std::to_string(options_.response_bytes_max) +
                                       " bytes, from " + base_url_);
      }
      if (error != HttpParseError::kNone) return base::Internal("malformed HTTP answer from " + base_url_);
      const bool informational = attempt.response.status >= 100 && attempt.response.status < 200;
      if (!connection.parser->done() || !informational) return base::OkStatus();
      connection.parser->StartResponse(attempt.response, to_head);
    }
    return base::OkStatus();
  }

  static void MakeRoom(Connection& connection, size_t& begin, size_t& end, size_t bytes) {
    std::copy(connection.in.begin() + static_cast<ptrdiff_t>(begin),
              connection.in.begin() + static_cast<ptrdiff_t>(end), connection.in.begin());
    end -= begin;
    begin = 0;
    if (connection.in.size() - end < bytes) connection.in.resize(end + bytes);
  }

  // `got` 0: the server has closed.
  base::Status ReadSome(Connection& connection, size_t at, int64_t deadline_ns, bool later, size_t& got) const {
    while (true) {
      if (later) {
        pollfd ready{connection.socket.fd(), POLLIN, 0};
        const int result = poll(&ready, 1, MsUntil(deadline_ns));
        if (result == 0) return TooSlow();
        if (result < 0 && errno == EINTR) continue;
      }
      const ssize_t received = recv(connection.socket.fd(), connection.in.data() + at, connection.in.size() - at, 0);
      if (received >= 0) {
        got = static_cast<size_t>(received);
        return base::OkStatus();
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) return TooSlow();
      if (errno != EINTR) return Unavailable("connection lost to", errno);
    }
  }

  base::Status FinishAtEnd(HttpParser& parser, bool touched) const {
    if (!touched) return base::Unavailable("connection closed without an answer by " + base_url_);
    if (parser.PutEnd() != HttpParseError::kNone) return base::Unavailable("answer cut short by " + base_url_);
    return base::OkStatus();
  }

  base::Status MoreThanAnAnswer() const {
    return base::Internal("bytes follow the HTTP answer from " + base_url_);
  }

  const std::string base_url_;
  const Server server_;
  const HttpClientOptions options_;
  base::Mutex mutex_;
  std::vector<ConnectionPtr> kept_ GUARDED_BY(mutex_);
};

}  // namespace

base::Result<std::unique_ptr<HttpClient>> HttpClient::Create(const std::string& base_url,
                                                             const HttpClientOptions& options) {
  ASSIGN_OR_RETURN(Server server, ReadBaseUrl(base_url));
  return std::unique_ptr<HttpClient>(std::make_unique<PooledHttpClient>(base_url, std::move(server), options));
}

base::Result<HttpResponse> HttpClient::Get(std::string target) {
  return Send({.method = "GET", .target = std::move(target)});
}

base::Result<HttpResponse> HttpClient::Post(std::string target, std::string body, std::string content_type) {
  return Send({.method = "POST",
               .target = std::move(target),
               .headers = {{"Content-Type", std::move(content_type)}},
               .body = std::move(body)});
}

}  // namespace awry::net
