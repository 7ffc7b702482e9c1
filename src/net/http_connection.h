// One connection of the HTTP server: reads requests, answers them, in the order they came; not for
// other rooms.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "codec/compress.h"
#include "net/http_parser.h"
#include "net/http_server.h"
#include "net/socket.h"

namespace awry::net {

// What all connections of a server look at. `stopping`: answers end their connection; `aborting`: those
// that are under way, too.
struct ServerState {
  const HttpServerOptions& options;
  const Router& router;
  std::atomic<bool> stopping{false};
  std::atomic<bool> aborting{false};
};

// Used by one thread at a time: the one that holds `mutex`.
class HttpConnection {
 public:
  // What to wait for next.
  enum class Wait { kRead, kWrite, kClose };

  // `server` must outlive the connection.
  explicit HttpConnection(const ServerState& server);

  void Start(Socket socket, std::string peer, int64_t now_ns);
  // The socket can be read or written: goes on until it would block.
  Wait Continue();
  // The deadline has passed: answers 408 when a request had begun.
  Wait OnDeadline();
  void Close();

  int fd() const { return socket_.fd(); }
  bool open() const { return socket_.open(); }
  int64_t deadline_ns() const { return deadline_ns_; }
  // Since when it waits for a request to begin, or to go on; INT64_MAX while it is answered.
  int64_t waits_since_ns() const;

  base::Mutex mutex;
  uint32_t generation = 0;  // counts the sockets that lived here

 private:
  enum class State { kReading, kWriting, kLingering };

  // Each goes one step; true to go on at once, false when `wait` says what to wait for.
  bool ReadMore(Wait& wait);
  bool WriteMore(Wait& wait);
  bool Linger(Wait& wait);
  bool ParseAndAnswer(Wait& wait);
  void MakeRoom(size_t bytes);
  void Answer();
  bool Undo(HttpResponse& error);
  HttpResponse BodyRefusal(int http_status, const base::Status& status) const;
  HttpResponse BudgetUsedUp() const;
  bool Decompress(codec::Compression compression, std::string& plain, HttpResponse& error);
  void Refuse(HttpResponse response);
  void RefuseParseError(HttpParseError error);
  bool HaveRoomForBody();
  void Send(HttpResponse response, bool keep_alive);
  void SendStream(const HttpResponse& response, bool keep_alive);
  void SendPieces(std::string_view first, std::string_view second);
  bool WaitWritable() const;
  bool PeerGone();
  bool SendNow(std::string_view first, std::string_view second, std::string_view third);
  void AfterResponse();
  void BeginRequest();

  const ServerState& server_;
  const HttpServerOptions& options_;
  const std::unique_ptr<HttpParser> parser_;
  Socket socket_;
  State state_ = State::kReading;
  HttpRequest request_;
  BudgetShare body_share_;  // for what request_.body holds
  std::vector<char> in_;  // bytes [in_at_, in_end_) are received and not used yet
  size_t in_at_ = 0;
  size_t in_end_ = 0;
  std::string head_;      // of the response, reused
  std::string out_;       // what the socket did not take yet
  size_t out_at_ = 0;
  bool request_begun_ = false;
  bool continue_sent_ = false;
  bool keep_alive_ = false;  // after the response that is being written
  bool broken_ = false;      // the peer is gone
  size_t lingered_bytes_ = 0;
  int64_t deadline_ns_ = 0;
  // Of PeerGone, which a handler's threads may call.
  std::atomic<int64_t> peer_asked_ns_{0};
  std::atomic<bool> peer_gone_{false};
};

}  // namespace awry::net
