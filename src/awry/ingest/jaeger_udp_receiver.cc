// The socket's thread only queues; one worker takes what is queued, decodes it into one batch and
// commits that, so that many small datagrams share a write.
#include "awry/ingest/jaeger_udp_receiver.h"

#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "net/udp.h"
#include "wire/jaeger_thrift.h"

namespace awry::ingest {

using base::Result;
using base::Status;

namespace {

// Takes everything and keeps nothing: decoding into it tells whether a datagram is whole.
class NullSink final : public trace::SpanSink {
 public:
  void OnResource(const trace::ResourceFields&) override {}
  void OnResourceAttribute(std::string_view, const trace::ValueView&) override {}
  void OnScope(const trace::ScopeFields&) override {}
  void OnScopeAttribute(std::string_view, const trace::ValueView&) override {}
  void OnSpan(const trace::SpanFields&) override {}
  void OnAttribute(std::string_view, const trace::ValueView&) override {}
  void OnEvent(const trace::EventFields&) override {}
  void OnEventAttribute(std::string_view, const trace::ValueView&) override {}
  void OnLink(const trace::LinkFields&) override {}
  void OnLinkAttribute(std::string_view, const trace::ValueView&) override {}
  void OnWarning(std::string_view) override {}
  void OnSpanEnd() override {}
};

class Receiver final : public JaegerUdpReceiver {
 public:
  Receiver(store::TraceStore& store, const JaegerUdpOptions& options)
      : store_(store), options_(options), worker_([this] { Work(); }) {}
  ~Receiver() override { Stop(); }

  Status Listen() {
    ASSIGN_OR_RETURN(
        socket_, net::UdpServer::Start(options_.listen, options_.port,
                                       [this](std::string_view datagram) { Enqueue(datagram); }));
    port_ = socket_->port();
    return base::OkStatus();
  }

  uint16_t port() const override { return port_; }

  void Stop() override {
    const base::MutexLock stop_lock(stop_mutex_);
    socket_.reset();  // joins the thread that queues
    {
      const base::MutexLock lock(mutex_);
      stopping_ = true;
      wakes_.NotifyAll();
    }
    if (worker_.joinable()) worker_.join();
  }

 private:
  Protocol protocol() const {
    return options_.encoding == JaegerEncoding::kCompact ? Protocol::kJaegerCompact
                                                         : Protocol::kJaegerBinary;
  }
  void Refuse(Refusal reason) {
    if (options_.stats != nullptr) options_.stats->Refused(protocol(), reason);
  }

  void Enqueue(std::string_view datagram) {
    if (datagram.size() > options_.datagram_bytes_max) return Refuse(Refusal::kTooLarge);
    const base::MutexLock lock(mutex_);
    if (queue_.size() >= options_.queue_datagrams_max ||
        queue_bytes_ + datagram.size() > options_.queue_bytes_max) {
      return Refuse(Refusal::kOverload);
    }
    queue_.emplace_back(datagram);
    queue_bytes_ += datagram.size();
    if (queue_.size() == 1 || queue_.size() == options_.batch_datagrams_max) wakes_.NotifyAll();
  }

  // Waits for datagrams, then a little longer for others. Empty at the end.
  std::vector<std::string> Next() {
    base::MutexLock lock(mutex_);
    while (queue_.empty() && !stopping_) wakes_.Wait(mutex_);
    if (!stopping_ && queue_.size() < options_.batch_datagrams_max) {
      wakes_.WaitFor(mutex_, options_.batch_wait);
    }
    std::vector<std::string> taken;
    while (!queue_.empty() && taken.size() < options_.batch_datagrams_max) {
      queue_bytes_ -= queue_.front().size();
      taken.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return taken;
  }

  void Work() {
    for (std::vector<std::string> datagrams = Next(); !datagrams.empty(); datagrams = Next())
      CommitAll(datagrams);
  }

  void CommitAll(const std::vector<std::string>& datagrams) {
    const wire::ThriftProtocol encoding = options_.encoding == JaegerEncoding::kCompact
                                              ? wire::ThriftProtocol::kCompact
                                              : wire::ThriftProtocol::kBinary;
    const auto batch = store_.NewBatch();
    struct Kept {
      uint64_t spans = 0, rejected = 0, bytes = 0;
    };
    std::vector<Kept> kept;
    for (const std::string& datagram : datagrams) {
      // A batch cannot forget spans, so a datagram that breaks off must not enter it.
      NullSink nothing;
      wire::DecodeReport trial, report;
      if (!wire::DecodeJaegerDatagram(encoding, datagram, nothing, trial).ok() ||
          !wire::DecodeJaegerDatagram(encoding, datagram, *batch, report).ok()) {
        Refuse(Refusal::kMalformed);
        continue;
      }
      kept.push_back({report.accepted, report.rejected, datagram.size()});
    }
    const Status status = batch->span_count() > 0 ? batch->Commit() : base::OkStatus();
    const bool overload = status.code() == base::StatusCode::kResourceExhausted ||
                          status.code() == base::StatusCode::kUnavailable;
    if (!status.ok())
      base::LogWarning("datagrams dropped, the store refused them: {}, {}", kept.size(),
                       status.ToString());
    for (const Kept& each : kept) {
      if (!status.ok()) {
        Refuse(overload ? Refusal::kOverload : Refusal::kStoreFailed);
      } else if (options_.stats != nullptr) {
        options_.stats->Accepted(protocol(), each.spans, each.bytes);
        options_.stats->SpansRejected(protocol(), each.rejected);
      }
    }
  }

  store::TraceStore& store_;
  const JaegerUdpOptions options_;
  uint16_t port_ = 0;
  base::Mutex stop_mutex_;
  base::Mutex mutex_;
  base::CondVar wakes_;
  std::deque<std::string> queue_ GUARDED_BY(mutex_);
  size_t queue_bytes_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::unique_ptr<net::UdpServer> socket_;
  std::jthread worker_;
};

}  // namespace

Result<std::unique_ptr<JaegerUdpReceiver>> StartJaegerUdp(store::TraceStore& store,
                                                          const JaegerUdpOptions& options) {
  auto receiver = std::make_unique<Receiver>(store, options);
  RETURN_IF_ERROR(receiver->Listen());
  return std::unique_ptr<JaegerUdpReceiver>(std::move(receiver));
}

}  // namespace awry::ingest
