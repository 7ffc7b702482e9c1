// Every method arrives at one generic service, as bytes. gRPC has few callback threads, and handlers block
// (on a disk, on a slow reader of a stream), so they run on workers of our own.
#include "net/grpc_server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <thread>

#undef GUARDED_BY  // Abseil's, which gRPC brings along
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "codec/varint.h"
#include "net/socket.h"

namespace awry::net {
namespace {

constexpr unsigned kWorkers = 16;
constexpr size_t kQueueMax = 1'024;  // calls that wait for a worker
constexpr std::chrono::seconds kStopGrace{3};
constexpr std::chrono::nanoseconds kWaitSlice = std::chrono::minutes(1);

void PutBytesField(std::string& out, uint32_t field, std::string_view bytes) {
  codec::PutVarint(out, field << 3 | 2);
  codec::PutVarint(out, bytes.size());
  out.append(bytes);
}

void PutIntField(std::string& out, uint32_t field, uint64_t value) {
  codec::PutVarint(out, field << 3);
  codec::PutVarint(out, value);
}

// google.rpc.Status with one google.rpc.RetryInfo: without it OTLP clients drop what was refused.
std::string RetryDetails(const base::Status& status, int retry_after_ms) {
  std::string delay;
  PutIntField(delay, 1, static_cast<uint64_t>(retry_after_ms / 1'000));
  PutIntField(delay, 2, static_cast<uint64_t>(retry_after_ms % 1'000) * 1'000'000);
  std::string retry_info;
  PutBytesField(retry_info, 1, delay);
  std::string any;
  PutBytesField(any, 1, "type.googleapis.com/google.rpc.RetryInfo");
  PutBytesField(any, 2, retry_info);
  std::string details;
  PutIntField(details, 1, static_cast<uint64_t>(status.code()));
  PutBytesField(details, 2, status.message());
  PutBytesField(details, 3, any);
  return details;
}

grpc::Status ToGrpc(const base::Status& status, int retry_after_ms) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  if (status.code() != base::StatusCode::kResourceExhausted) return {code, status.message()};
  return {code, status.message(), RetryDetails(status, retry_after_ms)};
}

grpc::ByteBuffer ToBuffer(std::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

// Runs tasks on a fixed number of threads. Thread-safe.
class Workers {
 public:
  Workers() {
    for (unsigned i = 0; i < kWorkers; ++i) threads_.emplace_back([this] { Run(); });
  }
  ~Workers() { Stop(); }

  // False when too many wait already.
  bool Add(std::function<void()> task) {
    base::MutexLock lock(mutex_);
    if (stopping_ || tasks_.size() >= kQueueMax) return false;
    tasks_.push_back(std::move(task));
    changed_.NotifyOne();
    return true;
  }

  // Runs what waits, then ends the threads.
  void Stop() {
    {
      base::MutexLock lock(mutex_);
      stopping_ = true;
      changed_.NotifyAll();
    }
    threads_.clear();
  }

 private:
  void Run() {
    while (true) {
      std::function<void()> task;
      {
        base::MutexLock lock(mutex_);
        while (tasks_.empty() && !stopping_) changed_.Wait(mutex_);
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  base::Mutex mutex_;
  base::CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> tasks_ GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_;
};

struct Handlers {
  GrpcUnaryHandler unary;
  GrpcStreamHandler stream;
  GrpcUnaryHandler conversation;
};

// One call: reads one message, answers with one or many; a conversation goes on so until the client ends
// it. Deletes itself in OnDone, which comes only after Finish was called.
class Call final : public grpc::ServerGenericBidiReactor, private GrpcStream {
 public:
  Call(const Handlers* handlers, Workers& workers, const GrpcServerOptions& options,
       grpc::GenericCallbackServerContext& context)
      : handlers_(handlers),
        workers_(workers),
        retry_after_ms_(options.retry_after_ms),
        write_timeout_(options.write_timeout),
        context_(context) {
    if (handlers_ == nullptr) {
      Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no such method"));
    } else {
      StartRead(&request_);
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok && handlers_->conversation) {  // the client has said all it wanted
      Finish(grpc::Status::OK);
      return;
    }
    if (!ok) {
      Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the request message is missing or too large"));
      return;
    }
    if (!workers_.Add([this] { Handle(); })) {
      Finish(ToGrpc(base::ResourceExhausted("too many calls wait; try again later"), retry_after_ms_));
    }
  }

  void OnWriteDone(bool ok) override {
    if (handlers_->conversation) {
      Continue(ok);
      return;
    }
    base::MutexLock lock(mutex_);
    write_ok_ = write_ok_ && ok;
    writing_ = false;
    written_.NotifyOne();
  }

  void OnCancel() override { cancelled_ = true; }
  void OnDone() override { delete this; }

  bool Write(std::string_view message) override {
    response_ = ToBuffer(message);
    {
      base::MutexLock lock(mutex_);
      if (!write_ok_) return false;
      writing_ = true;
    }
    StartWrite(&response_);
    if (WaitWritten(base::SystemClock().MonotonicNs() + std::chrono::nanoseconds(write_timeout_).count()))
      return true;
    // It would hold a worker that others wait for.
    context_.TryCancel();
    return WaitWritten(INT64_MAX);
  }
  bool cancelled() const override { return cancelled_; }

 private:
  // False when the message did not get away by then, or the client is gone.
  bool WaitWritten(int64_t until_ns) {
    base::MutexLock lock(mutex_);
    while (writing_) {
      const int64_t left_ns = until_ns - base::SystemClock().MonotonicNs();
      if (left_ns <= 0) {
        write_ok_ = false;
        return false;
      }
      (void)written_.WaitFor(mutex_, std::chrono::nanoseconds(std::min(left_ns, kWaitSlice.count())));
    }
    return write_ok_;
  }

  void Handle() {
    grpc::Slice slice;
    if (!request_.TrySingleSlice(&slice).ok() && !request_.DumpToSingleSlice(&slice).ok()) {
      Finish(grpc::Status(grpc::StatusCode::INTERNAL, "cannot read the request message"));
      return;
    }
    const std::string_view request(reinterpret_cast<const char*>(slice.begin()), slice.size());
    try {
      if (handlers_->unary) {
        HandleUnary(request);
      } else if (handlers_->conversation) {
        HandleTurn(request);
      } else {
        Finish(ToGrpc(handlers_->stream(request, *this), retry_after_ms_));
      }
    } catch (...) {
      base::LogError("gRPC handler threw");
      Finish(grpc::Status(grpc::StatusCode::INTERNAL, "internal error; see the server's log"));
    }
  }

  void HandleUnary(std::string_view request) {
    const base::Result<std::string> response = handlers_->unary(request);
    if (!response.ok()) {
      Finish(ToGrpc(response.status(), retry_after_ms_));
      return;
    }
    response_ = ToBuffer(*response);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void HandleTurn(std::string_view request) {
    const base::Result<std::string> response = handlers_->conversation(request);
    if (!response.ok()) {
      Finish(ToGrpc(response.status(), retry_after_ms_));
      return;
    }
    response_ = ToBuffer(*response);
    StartWrite(&response_);
  }

  void Continue(bool written) {
    if (!written) {
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone"));
      return;
    }
    request_.Clear();
    StartRead(&request_);
  }

  const Handlers* const handlers_;
  Workers& workers_;
  const int retry_after_ms_;
  const std::chrono::milliseconds write_timeout_;
  grpc::GenericCallbackServerContext& context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  base::Mutex mutex_;
  base::CondVar written_;
  bool writing_ GUARDED_BY(mutex_) = false;
  bool write_ok_ GUARDED_BY(mutex_) = true;
  std::atomic<bool> cancelled_{false};
};

class GenericGrpcServer final : public GrpcServer, private grpc::CallbackGenericService {
 public:
  GenericGrpcServer(std::map<std::string, Handlers> methods, const GrpcServerOptions& options)
      : methods_(std::move(methods)), options_(options) {}
  ~GenericGrpcServer() override { Stop(); }

  base::Status Start() {
    const std::string where = FormatHostPort(options_.listen, options_.port);
    // gRPC says only that it failed: a socket of our own says why.
    RETURN_IF_ERROR(Bind(options_.listen, options_.port, SOCK_STREAM).status());
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(where, grpc::InsecureServerCredentials(), &port);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<size_t>(options_.message_bytes_max, INT32_MAX)));
    if (options_.memory_bytes_max > 0) {
      builder.SetResourceQuota(grpc::ResourceQuota("awry").Resize(options_.memory_bytes_max));
    }
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) return base::FailedPrecondition("port in use: " + where);
    port_ = static_cast<uint16_t>(port);
    if (grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService(); health != nullptr) {
      for (const std::string& service : options_.health_services) health->SetServingStatus(service, true);
    }
    return base::OkStatus();
  }

  uint16_t port() const override { return port_; }

  void Stop() override {
    base::MutexLock lock(stop_mutex_);
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now() + kStopGrace);
    workers_.Stop();
    server_->Wait();
    server_.reset();
  }

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    const auto found = methods_.find(context->method());
    return new Call(found == methods_.end() ? nullptr : &found->second, workers_, options_, *context);
  }

  const std::map<std::string, Handlers> methods_;
  const GrpcServerOptions options_;
  uint16_t port_ = 0;
  Workers workers_;
  base::Mutex stop_mutex_;  // one Stop at a time
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

void GrpcServer::Builder::AddUnary(std::string method, GrpcUnaryHandler handler) {
  methods_.push_back({.name = std::move(method), .unary = std::move(handler)});
}

void GrpcServer::Builder::AddServerStream(std::string method, GrpcStreamHandler handler) {
  methods_.push_back({.name = std::move(method), .stream = std::move(handler)});
}

void GrpcServer::Builder::AddConversation(std::string method, GrpcUnaryHandler handler) {
  methods_.push_back({.name = std::move(method), .conversation = std::move(handler)});
}

base::Result<std::unique_ptr<GrpcServer>> GrpcServer::Builder::Start(const GrpcServerOptions& options) {
  std::map<std::string, Handlers> methods;
  for (const Method& method : methods_) methods[method.name] = {method.unary, method.stream, method.conversation};
  auto server = std::make_unique<GenericGrpcServer>(std::move(methods), options);
  RETURN_IF_ERROR(server->Start());
  return std::unique_ptr<GrpcServer>(std::move(server));
}

}  // namespace awry::net
