// One epoll set, many threads that wait on it. A connection is armed for one event (EPOLLONESHOT), so one
// thread at a time has it: that thread reads, runs the handler, writes and arms it again. Connections that
// wait hold no thread, and a request costs epoll_wait, recv, sendmsg and epoll_ctl. Deadlines are looked
// at by a periodic timer instead of one timer each.
#include "net/http_server.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "net/http_connection.h"
#include "net/socket.h"

namespace awry::net {
namespace {

// What an epoll event is about: a connection (slot and generation), or one of these.
constexpr uint32_t kListenSlot = 0xFFFFFFFF;
constexpr uint32_t kTimerSlot = 0xFFFFFFFE;
constexpr uint32_t kStopSlot = 0xFFFFFFFD;

constexpr uint64_t EventKey(uint32_t slot, uint32_t generation) {
  return static_cast<uint64_t>(slot) << 32 | generation;
}

class EpollHttpServer final : public HttpServer {
 public:
  EpollHttpServer(const HttpServerOptions& options, Router router)
      : options_(options), router_(std::move(router)), slots_(options.connections_max) {}
  ~EpollHttpServer() override { Stop(std::chrono::seconds(5)); }

  base::Status Start() {
    ASSIGN_OR_RETURN(listener_, Bind(options_.listen, options_.port, SOCK_STREAM));
    port_ = BoundPort(listener_.fd());
    epoll_ = Socket(epoll_create1(EPOLL_CLOEXEC));
    timer_ = Socket(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    stop_ = Socket(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll_.open() || !timer_.open() || !stop_.open()) return base::ErrnoStatus(errno, "cannot start the HTTP server");
    StartTimer();
    Watch(EPOLL_CTL_ADD, listener_.fd(), EPOLLIN | EPOLLONESHOT, EventKey(kListenSlot, 0));
    Watch(EPOLL_CTL_ADD, timer_.fd(), EPOLLIN | EPOLLONESHOT, EventKey(kTimerSlot, 0));
    Watch(EPOLL_CTL_ADD, stop_.fd(), EPOLLIN, EventKey(kStopSlot, 0));
    const unsigned count = std::max(options_.threads, 1u);
    {
      base::MutexLock lock(mutex_);
      running_ = count;
    }
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { Run(); });
    return base::OkStatus();
  }

  uint16_t port() const override { return port_; }

  void Stop(std::chrono::milliseconds grace) override {
    base::MutexLock one_stop(stop_mutex_);
    if (!state_.stopping.exchange(true)) {
      const uint64_t one = 1;
      (void)!write(stop_.fd(), &one, sizeof(one));
    }
    const int64_t end_ns = base::SystemClock().MonotonicNs() + std::chrono::nanoseconds(grace).count();
    {
      base::MutexLock lock(mutex_);
      while (running_ > 0) {
        const int64_t left_ns = end_ns - base::SystemClock().MonotonicNs();
        if (left_ns <= 0) break;
        (void)thread_ended_.WaitFor(mutex_, std::chrono::nanoseconds(left_ns));
      }
    }
    state_.aborting = true;
    threads_.clear();
    slots_.clear();
    listener_.Close();
  }

 private:
  void StartTimer() {
    const auto shortest = std::min(options_.idle_timeout, options_.read_timeout);
    const auto period = std::clamp<int64_t>(shortest.count() / 4, 10, 1'000);
    itimerspec spec{};
    spec.it_interval = {period / 1'000, period % 1'000 * 1'000'000};
    spec.it_value = spec.it_interval;
    (void)timerfd_settime(timer_.fd(), 0, &spec, nullptr);
  }

  bool TryWatch(int operation, int fd, uint32_t events, uint64_t key) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    return epoll_ctl(epoll_.fd(), operation, fd, &event) == 0;
  }
  void Watch(int operation, int fd, uint32_t events, uint64_t key) const {
    CHECK(TryWatch(operation, fd, events, key));
  }

  void Run() {
    while (!state_.stopping) {
      epoll_event event{};
      // One event at a time: a second one would wait behind a blocking handler.
      if (epoll_wait(epoll_.fd(), &event, 1, -1) != 1) continue;
      const auto slot = static_cast<uint32_t>(event.data.u64 >> 32);
      switch (slot) {
        case kStopSlot: break;
        case kListenSlot: Accept(); break;
        case kTimerSlot: Sweep(); break;
        default: Serve(slot, static_cast<uint32_t>(event.data.u64));
      }
    }
    base::MutexLock lock(mutex_);
    --running_;
    thread_ended_.NotifyAll();
  }

  void Serve(uint32_t slot, uint32_t generation) {
    HttpConnection& connection = *slots_[slot];
    base::MutexLock lock(connection.mutex);
    if (connection.generation != generation || !connection.open()) return;
    Wait(slot, connection, connection.Continue());
  }

  // Arms the connection for what comes next. The caller holds its mutex.
  void Wait(uint32_t slot, HttpConnection& connection, HttpConnection::Wait wait) {
    if (wait == HttpConnection::Wait::kClose) {
      connection.Close();
      base::MutexLock lock(mutex_);
      free_slots_.push_back(slot);
      return;
    }
    const uint32_t events = wait == HttpConnection::Wait::kWrite ? EPOLLOUT : EPOLLIN;
    Watch(EPOLL_CTL_MOD, connection.fd(), events | EPOLLONESHOT, EventKey(slot, connection.generation));
  }

  void Accept() {
    constexpr int kAtOnceMax = 16;
    for (int i = 0; i < kAtOnceMax; ++i) {
      sockaddr_storage address{};
      socklen_t size = sizeof(address);
      Socket socket(accept4(listener_.fd(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket.open()) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          const int error = errno;
          if (CloseIdlest()) continue;
          // Without a descriptor the event would come again at once: the next sweep arms it.
          base::LogWarning("cannot take a connection: errno {}", error);
          listener_paused_ = true;
          return;
        }
        if (errno != EINTR && errno != ECONNABORTED) break;
        continue;
      }
      Begin(std::move(socket), FormatAddress(address));
    }
    ArmListener();
  }

  void ArmListener() {
    if (!state_.stopping) Watch(EPOLL_CTL_MOD, listener_.fd(), EPOLLIN | EPOLLONESHOT, EventKey(kListenSlot, 0));
  }

  void Begin(Socket socket, std::string peer) {
    uint32_t slot = 0;
    if (!TakeSlot(slot) && !(CloseIdlest() && TakeSlot(slot))) {
      RefuseForCount(socket);
      return;
    }
    HttpConnection& connection = *slots_[slot];
    base::MutexLock lock(connection.mutex);
    const int fd = socket.fd();
    connection.Start(std::move(socket), std::move(peer), base::SystemClock().MonotonicNs());
    if (!TryWatch(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, EventKey(slot, connection.generation))) {
      Wait(slot, connection, HttpConnection::Wait::kClose);
    }
  }

  bool TakeSlot(uint32_t& slot) {
    base::MutexLock lock(mutex_);
    if (!free_slots_.empty()) {
      slot = free_slots_.back();
      free_slots_.pop_back();
      return true;
    }
    if (slots_used_ == slots_.size()) return false;
    slot = slots_used_;
    slots_[slot] = std::make_unique<HttpConnection>(state_);
    ++slots_used_;
    return true;
  }

  // Makes room for one more: who holds connections and sends nothing must not keep others out. Closes
  // the one that has waited the longest for its client; false when none has for long.
  bool CloseIdlest() {
    constexpr int64_t kIdleShare = 60;  // of the idle timeout, before a connection gives way
    const int64_t long_ago_ns =
        base::SystemClock().MonotonicNs() - std::chrono::nanoseconds(options_.idle_timeout).count() / kIdleShare;
    uint32_t used = 0;
    {
      base::MutexLock lock(mutex_);
      used = slots_used_;
    }
    uint32_t idlest = used;
    int64_t since_ns = long_ago_ns;
    for (uint32_t slot = 0; slot < used; ++slot) {
      HttpConnection& connection = *slots_[slot];
      if (!connection.mutex.try_lock()) continue;
      if (connection.open() && connection.waits_since_ns() < since_ns) {
        idlest = slot;
        since_ns = connection.waits_since_ns();
      }
      connection.mutex.unlock();
    }
    if (idlest == used) return false;
    HttpConnection& connection = *slots_[idlest];
    base::MutexLock lock(connection.mutex);
    if (!connection.open() || connection.waits_since_ns() != since_ns) return false;
    Wait(idlest, connection, HttpConnection::Wait::kClose);
    return true;
  }

  static void RefuseForCount(const Socket& socket) {
    const std::string body = ErrorResponse(base::Unavailable("too many connections; try again")).body;
    const std::string answer =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    (void)send(socket.fd(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void Sweep() {
    uint64_t expirations = 0;
    (void)!read(timer_.fd(), &expirations, sizeof(expirations));
    uint32_t used = 0;
    {
      base::MutexLock lock(mutex_);
      used = slots_used_;
    }
    const int64_t now_ns = base::SystemClock().MonotonicNs();
    for (uint32_t slot = 0; slot < used; ++slot) {
      HttpConnection& connection = *slots_[slot];
      // One that is busy has no deadline to miss.
      if (!connection.mutex.try_lock()) continue;
      if (connection.open() && connection.deadline_ns() <= now_ns) Wait(slot, connection, connection.OnDeadline());
      connection.mutex.unlock();
    }
    if (listener_paused_.exchange(false)) ArmListener();
    if (!state_.stopping) Watch(EPOLL_CTL_MOD, timer_.fd(), EPOLLIN | EPOLLONESHOT, EventKey(kTimerSlot, 0));
  }

  const HttpServerOptions options_;
  const Router router_;
  ServerState state_{options_, router_};
  uint16_t port_ = 0;
  Socket listener_;
  Socket epoll_;
  Socket timer_;
  Socket stop_;
  std::atomic<bool> listener_paused_{false};

  base::Mutex stop_mutex_;  // one Stop at a time; taken before mutex_
  base::Mutex mutex_;       // never held while a connection's mutex is awaited
  base::CondVar thread_ended_;
  unsigned running_ GUARDED_BY(mutex_) = 0;
  uint32_t slots_used_ GUARDED_BY(mutex_) = 0;
  std::vector<uint32_t> free_slots_ GUARDED_BY(mutex_);
  // A slot is filled once, under mutex_, before anything can name it.
  std::vector<std::unique_ptr<HttpConnection>> slots_;
  std::vector<std::jthread> threads_;
};

}  // namespace

base::Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options, Router router) {
  auto server = std::make_unique<EpollHttpServer>(options, std::move(router));
  RETURN_IF_ERROR(server->Start());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace awry::net
