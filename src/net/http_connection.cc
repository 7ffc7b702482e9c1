// A state machine over a non-blocking socket: reading → (handler) → writing → reading … → closed. An
// early refusal closes by lingering: we send, say that we are done, and drop what still comes for a
// moment, as a reset would take the answer away from the peer.
#include "net/http_connection.h"

#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <exception>

#include "base/clock.h"
#include "base/log.h"
#include "base/release.h"
#include "codec/compress.h"
#include "net/http_head.h"
#include "net/http_target.h"

namespace awry::net {
namespace {

constexpr size_t kReadBytes = 16 << 10;
constexpr size_t kReadBytesLarge = 256 << 10;  // while a body is under way
constexpr size_t kKeptBytesMax = 256 << 10;    // a buffer that grew beyond this is given back
constexpr int64_t kLingerNs = 2'000'000'000;
constexpr size_t kLingerBytesMax = 4 << 20;

HttpResponse ErrorWithStatus(int http_status, base::Status status) {
  HttpResponse response = ErrorResponse(status);
  response.status = http_status;
  return response;
}

HttpResponse Dispatch(const Router& router, HttpRequest& request) {
  try {
    return router.Dispatch(request);
  } catch (const std::exception& e) {
    base::LogError("HTTP handler threw: {} {}: {}", request.method, request.route, e.what());
  } catch (...) {
    base::LogError("HTTP handler threw: {} {}", request.method, request.route);
  }
  return ErrorResponse(base::Internal("internal error; see the server's log"));
}

// Runs observer and router; exceptions become a 500.
HttpResponse RunHandler(const HttpServerOptions& options, const Router& router, HttpRequest& request) {
  if (options.observer == nullptr) return Dispatch(router, request);
  void* state = options.observer->OnStart(request);
  HttpResponse response = Dispatch(router, request);
  options.observer->OnEnd(state, request, response);
  return response;
}

int64_t Ns(std::chrono::milliseconds time) { return std::chrono::nanoseconds(time).count(); }
int64_t Now() { return base::SystemClock().MonotonicNs(); }

}  // namespace

HttpResponse HttpConnection::BodyRefusal(int http_status, const base::Status& status) const {
  HttpResponse response = ErrorWithStatus(http_status, status);
  if (options_.shape_refusal) options_.shape_refusal(request_, status, response);
  return response;
}

HttpResponse HttpConnection::BudgetUsedUp() const {
  HttpResponse response = BodyRefusal(
      503, base::ResourceExhausted("too many large requests at once; try again, or send smaller ones"));
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpConnection::HttpConnection(const ServerState& server)
    : server_(server),
      options_(server.options),
      parser_(HttpParser::Create({options_.header_bytes_max, options_.body_bytes_max})),
      body_share_(options_.body_budget) {}

void HttpConnection::Start(Socket socket, std::string peer, int64_t now_ns) {
  socket_ = std::move(socket);
  request_.peer = std::move(peer);
  in_at_ = in_end_ = 0;
  out_.clear();
  out_at_ = 0;
  broken_ = false;
  lingered_bytes_ = 0;
  BeginRequest();
  deadline_ns_ = now_ns + Ns(options_.idle_timeout);
}

int64_t HttpConnection::waits_since_ns() const {
  if (state_ != State::kReading) return INT64_MAX;
  return deadline_ns_ - Ns(request_begun_ ? options_.read_timeout : options_.idle_timeout);
}

void HttpConnection::BeginRequest() {
  state_ = State::kReading;
  request_begun_ = false;
  continue_sent_ = false;
  parser_->StartRequest(request_);
  body_share_.Reset();
}

void HttpConnection::Close() {
  socket_.Close();
  ++generation;
  if (in_.size() > kKeptBytesMax) base::Release(in_);
  base::Release(out_);
  base::Release(request_);
  body_share_.Reset();
}

HttpConnection::Wait HttpConnection::Continue() {
  Wait wait = Wait::kClose;
  bool more = true;
  while (more) {
    switch (state_) {
      case State::kReading: more = ReadMore(wait); break;
      case State::kWriting: more = WriteMore(wait); break;
      case State::kLingering: more = Linger(wait); break;
    }
  }
  return wait;
}

// Moves what is not used yet to the front, and grows, so that `bytes` fit behind it.
void HttpConnection::MakeRoom(size_t bytes) {
  if (in_at_ == in_end_) in_at_ = in_end_ = 0;
  if (in_.size() - in_end_ >= bytes) return;
  std::copy(in_.begin() + static_cast<ptrdiff_t>(in_at_), in_.begin() + static_cast<ptrdiff_t>(in_end_), in_.begin());
  in_end_ -= in_at_;
  in_at_ = 0;
  if (in_.size() - in_end_ < bytes) in_.resize(in_end_ + bytes);
}

bool HttpConnection::ReadMore(Wait& wait) {
  wait = Wait::kRead;
  const size_t want = request_begun_ && parser_->header_done() ? kReadBytesLarge : kReadBytes;
  MakeRoom(want);
  const ssize_t got = recv(socket_.fd(), in_.data() + in_end_, want, MSG_DONTWAIT);
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (got <= 0) {
    wait = Wait::kClose;
    return false;
  }
  in_end_ += static_cast<size_t>(got);
  bool more = ParseAndAnswer(wait);
  // Less than asked for: the socket is empty, so reading again would only ask for that news.
  if (more && state_ == State::kReading && static_cast<size_t>(got) < want) more = false;
  return more;
}

bool HttpConnection::ParseAndAnswer(Wait& wait) {
  wait = Wait::kRead;
  while (state_ == State::kReading && in_at_ < in_end_ && !broken_) {
    if (!request_begun_) {
      request_begun_ = true;
      deadline_ns_ = Now() + Ns(options_.read_timeout);
    }
    HttpParseError error = HttpParseError::kNone;
    in_at_ += parser_->Put({in_.data() + in_at_, in_end_ - in_at_}, error);
    if (error != HttpParseError::kNone) {
      RefuseParseError(error);
      break;
    }
    if (!HaveRoomForBody()) {
      Refuse(BudgetUsedUp());
      break;
    }
    if (!parser_->done()) {
      if (parser_->header_done() && parser_->expects_continue() && !continue_sent_ && request_.body.empty()) {
        continue_sent_ = true;
        (void)SendNow("HTTP/1.1 100 Continue\r\n\r\n", {}, {});
      }
      break;
    }
    Answer();
  }
  if (broken_) {
    wait = Wait::kClose;
    return false;
  }
  return true;
}

void HttpConnection::Answer() {
  keep_alive_ = parser_->keep_alive();
  if (base::Status status = ReadTarget(request_); !status.ok()) {
    Send(ErrorResponse(status), keep_alive_);
    return;
  }
  HttpResponse error;
  if (options_.decompress && !Undo(error)) {
    Send(std::move(error), keep_alive_);
    return;
  }
  peer_gone_ = false;
  request_.gone = [this] { return PeerGone(); };
  HttpResponse response = RunHandler(options_, server_.router, request_);
  if (!response.stream) request_.gone = nullptr;
  if (server_.stopping) keep_alive_ = false;
  if (response.stream) {
    SendStream(response, keep_alive_);
  } else {
    Send(std::move(response), keep_alive_);
  }
}

// Undoes Content-Encoding; false with the answer in `error` when that fails.
bool HttpConnection::Undo(HttpResponse& error) {
  const auto header = std::find_if(request_.headers.begin(), request_.headers.end(), [](const auto& h) {
    return EqualsIgnoringCase(h.first, "Content-Encoding");
  });
  if (header == request_.headers.end() || header->second.empty() || EqualsIgnoringCase(header->second, "identity"))
    return true;
  const auto compression = codec::CompressionOfEncoding(header->second);
  if (!compression) {
    error = BodyRefusal(415, base::InvalidArgument("Content-Encoding not supported; use gzip, zlib, deflate, zstd or none"));
    error.headers.emplace_back("Accept-Encoding", "gzip, zlib, deflate, zstd");
    return false;
  }
  std::string plain;
  if (!Decompress(*compression, plain, error)) {
    body_share_.ShrinkTo(request_.body.size() > kBodyBytesFree ? request_.body.size() - kBodyBytesFree : 0);
    return false;
  }
  request_.body = std::move(plain);
  request_.headers.erase(header);
  return true;
}

// Piece by piece, so that what comes out is counted before there is more of it: small bodies may be bombs.
bool HttpConnection::Decompress(codec::Compression compression, std::string& plain, HttpResponse& error) {
  constexpr size_t kPieceBytes = kBodyBytesFree;
  auto decompressor = codec::Decompressor::Create(compression, kPieceBytes);
  base::Status status = decompressor.status();
  std::string_view input = request_.body;
  for (bool more = true; status.ok() && more;) {
    const size_t before = plain.size();
    status = (*decompressor)->Push(input, plain, kPieceBytes);
    more = !input.empty() || plain.size() - before == kPieceBytes;
    if (plain.size() > options_.body_bytes_max) {
      error = BodyRefusal(413, base::ResourceExhausted("decompressed data is too large: limit " +
                                                       std::to_string(options_.body_bytes_max) + " bytes"));
      return false;
    }
    const size_t held = plain.size() + request_.body.size();
    if (held > kBodyBytesFree && !body_share_.GrowTo(held - kBodyBytesFree)) {
      error = BudgetUsedUp();
      return false;
    }
  }
  if (status.ok()) status = (*decompressor)->Finish();
  if (!status.ok()) {
    error = BodyRefusal(status.code() == base::StatusCode::kResourceExhausted ? 413 : 400, status);
    return false;
  }
  body_share_.ShrinkTo(plain.size() > kBodyBytesFree ? plain.size() - kBodyBytesFree : 0);
  return true;
}

bool HttpConnection::HaveRoomForBody() {
  const size_t bytes = request_.body.size();
  return bytes <= kBodyBytesFree || body_share_.GrowTo(bytes - kBodyBytesFree);
}

void HttpConnection::RefuseParseError(HttpParseError error) {
  switch (error) {
    case HttpParseError::kHeaderTooLarge:
      Refuse(ErrorWithStatus(431, base::OutOfRange("request header too large: limit " +
                                                   std::to_string(options_.header_bytes_max) + " bytes")));
      return;
    case HttpParseError::kBodyTooLarge:
      Refuse(BodyRefusal(413, base::OutOfRange("request body too large: limit " +
                                               std::to_string(options_.body_bytes_max) + " bytes")));
      return;
    default: Refuse(ErrorWithStatus(400, base::InvalidArgument("malformed HTTP request")));
  }
}

// Answers before the request was read to its end, then closes.
void HttpConnection::Refuse(HttpResponse response) {
  keep_alive_ = false;
  Send(std::move(response), false);
}

HttpConnection::Wait HttpConnection::OnDeadline() {
  if (state_ != State::kReading || !request_begun_) return Wait::kClose;
  Refuse(ErrorWithStatus(408, base::DeadlineExceeded("request came too slowly")));
  if (broken_) return Wait::kClose;
  return state_ == State::kWriting ? Wait::kWrite : Wait::kRead;
}

void HttpConnection::Send(HttpResponse response, bool keep_alive) {
  keep_alive_ = keep_alive;
  WriteHead(head_, response, {.keep_alive = keep_alive, .http_1_0 = parser_->http_1_0()});
  const bool body = HasBody(response.status) && request_.method != "HEAD";
  SendPieces(head_, body ? std::string_view(response.body) : std::string_view());
}

// One attempt; what the socket does not take waits in out_.
void HttpConnection::SendPieces(std::string_view first, std::string_view second) {
  std::array<iovec, 2> pieces{{{const_cast<char*>(first.data()), first.size()},
                               {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = second.empty() ? 1 : 2;
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket_.fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
    broken_ = true;
    return;
  }
  const auto done = static_cast<size_t>(std::max<ssize_t>(sent, 0));
  if (done == first.size() + second.size()) {
    AfterResponse();
    return;
  }
  out_.assign(first.substr(std::min(done, first.size())));
  out_.append(second.substr(done > first.size() ? done - first.size() : 0));
  out_at_ = 0;
  state_ = State::kWriting;
  deadline_ns_ = Now() + Ns(options_.read_timeout);
}

bool HttpConnection::WriteMore(Wait& wait) {
  wait = Wait::kWrite;
  const ssize_t sent = send(socket_.fd(), out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno == EINTR) return true;
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (sent < 0) {
    wait = Wait::kClose;
    return false;
  }
  out_at_ += static_cast<size_t>(sent);
  deadline_ns_ = Now() + Ns(options_.read_timeout);
  if (out_at_ < out_.size()) return true;
  out_.clear();
  out_at_ = 0;
  if (out_.capacity() > kKeptBytesMax) base::Release(out_);
  AfterResponse();
  // A request that came meanwhile is in in_ already: no event will tell.
  if (state_ == State::kReading && in_at_ < in_end_) return ParseAndAnswer(wait);
  return true;
}

void HttpConnection::AfterResponse() {
  if (keep_alive_ && !server_.stopping) {
    BeginRequest();
    deadline_ns_ = Now() + Ns(options_.idle_timeout);
    return;
  }
  shutdown(socket_.fd(), SHUT_WR);
  state_ = State::kLingering;
  lingered_bytes_ = 0;
  deadline_ns_ = Now() + kLingerNs;
}

bool HttpConnection::Linger(Wait& wait) {
  wait = Wait::kRead;
  in_at_ = in_end_ = 0;
  char dropped[4096];
  const ssize_t got = recv(socket_.fd(), dropped, sizeof(dropped), MSG_DONTWAIT);
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  lingered_bytes_ += static_cast<size_t>(std::max<ssize_t>(got, 0));
  if (got > 0 && lingered_bytes_ < kLingerBytesMax) return true;
  wait = Wait::kClose;
  return false;
}

// Looks at the socket at most once a millisecond. A client that only ends its sending counts as gone, as
// with other servers; one whose next request waits does not.
bool HttpConnection::PeerGone() {
  if (peer_gone_ || server_.aborting) return true;
  const int64_t now_ns = Now();
  if (now_ns - peer_asked_ns_.exchange(now_ns) < 1'000'000) return false;
  char byte = 0;
  const ssize_t got = recv(socket_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) peer_gone_ = true;
  return peer_gone_;
}

// In slices, so that a server that stops does not wait for a slow peer.
bool HttpConnection::WaitWritable() const {
  constexpr int kSliceMs = 100;
  const int64_t deadline_ns = Now() + Ns(options_.read_timeout);
  while (!server_.aborting && Now() < deadline_ns) {
    pollfd ready{socket_.fd(), POLLOUT, 0};
    if (poll(&ready, 1, kSliceMs) > 0) return true;
  }
  return false;
}

// Sends all now, waiting for the peer; false, and broken_, when it is gone or takes nothing for the
// read timeout.
bool HttpConnection::SendNow(std::string_view first, std::string_view second, std::string_view third) {
  std::array<std::string_view, 3> left{first, second, third};
  while (!broken_) {
    std::array<iovec, 3> pieces{};
    size_t total = 0;
    for (size_t i = 0; i < left.size(); ++i) {
      pieces[i] = {const_cast<char*>(left[i].data()), left[i].size()};
      total += left[i].size();
    }
    if (total == 0) return true;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t sent = sendmsg(socket_.fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      broken_ = !WaitWritable();
      continue;
    }
    if (sent < 0) {
      broken_ = true;
      break;
    }
    auto done = static_cast<size_t>(sent);
    for (std::string_view& piece : left) {
      const size_t of_this = std::min(done, piece.size());
      piece.remove_prefix(of_this);
      done -= of_this;
    }
  }
  return false;
}

void HttpConnection::SendStream(const HttpResponse& response, bool keep_alive) {
  const bool chunked = !parser_->http_1_0();
  keep_alive_ = keep_alive && chunked;
  WriteHead(head_, response, {.keep_alive = keep_alive_, .http_1_0 = !chunked});
  if (!SendNow(head_, {}, {})) return;
  if (request_.method != "HEAD" && HasBody(response.status)) {
    bool whole = true;
    const BodyWriter writer = [this, chunked, &whole](std::string_view piece) {
      if (server_.stopping) whole = false;
      if (broken_ || !whole) return false;
      if (piece.empty()) return true;
      if (!chunked) return SendNow(piece, {}, {});
      char size[24];
      char* end = std::to_chars(size, size + sizeof(size) - 2, piece.size(), 16).ptr;
      *end++ = '\r';
      *end++ = '\n';
      return SendNow({size, static_cast<size_t>(end - size)}, piece, "\r\n");
    };
    try {
      whole = response.stream(writer) && whole;
    } catch (...) {
      base::LogError("HTTP stream threw: {} {}", request_.method, request_.route);
      whole = false;
    }
    // Without the last chunk the peer sees that the body is not whole.
    if (!whole) broken_ = true;
    if (chunked && !broken_) (void)SendNow("0\r\n\r\n", {}, {});
  }
  if (!broken_) AfterResponse();
}

}  // namespace awry::net
