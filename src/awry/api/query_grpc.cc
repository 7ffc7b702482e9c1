#include "awry/api/query_grpc.h"

#include <utility>
#include <vector>

#include "awry/api/query_grpc_services.h"
#include "awry/stats/dependencies.h"
#include "wire/any_value.h"

namespace awry::api {
namespace {

constexpr size_t kMessageBytes = 512 << 10;
constexpr size_t kMessageSpans = 1'000;
constexpr size_t kMessageHeldBytes = 1 << 20;  // that its spans hold while they wait
constexpr size_t kRequestBytesMax = 1 << 20;

// About what a span takes on the wire.
size_t BytesOf(const trace::Attributes& attributes) {
  size_t bytes = 0;
  for (const trace::Attribute& attribute : attributes)
    bytes += 16 + attribute.key.size() + attribute.value.view().bytes.size();
  return bytes;
}

size_t BytesOf(const trace::Span& span) {
  size_t bytes = 128 + span.name.size() + span.status_message.size() + span.trace_state.size() +
                 BytesOf(span.attributes) + BytesOf(span.resource->attributes) +
                 BytesOf(span.scope->attributes);
  for (const trace::Event& event : span.events)
    bytes += 32 + event.name.size() + BytesOf(event.attributes);
  for (const trace::Link& link : span.links) bytes += 64 + BytesOf(link.attributes);
  return bytes;
}

// What a client cannot help is INTERNAL.
base::Status ForClient(const base::Status& status) {
  if (status.code() == base::StatusCode::kDataLoss || status.code() == base::StatusCode::kUnknown)
    return base::Internal(status.message());
  return status;
}

}  // namespace

void AddMethod(const QuerySource& source, const char* service, const char* name, GrpcMethod method,
               net::GrpcServer::Builder& builder) {
  builder.AddServerStream(
      std::string("/") + service + "/" + name,
      [source, method](std::string_view request, net::GrpcStream& stream) -> base::Status {
        QuerySource of_call = source;
        of_call.limits.cancelled = [&stream] { return stream.cancelled(); };
        return ForClient(method(of_call, request, stream));
      });
}

base::Status Send(net::GrpcStream& stream, std::string_view message) {
  if (!stream.cancelled() && stream.Write(message)) return base::OkStatus();
  return {base::StatusCode::kCancelled, "the client is gone"};
}

base::Status GetServices(const QuerySource& source, std::string_view, net::GrpcStream& stream) {
  std::string out;
  for (const std::string& service : source.store.Services())
    wire::AppendBytesField(1, service, out);
  return Send(stream, out);
}

base::Status SendDependencies(const QuerySource& source, const query::Window& window,
                              net::GrpcStream& stream) {
  const auto links = source.rollup != nullptr ? stats::Dependencies(*source.rollup, window)
                                              : stats::Dependencies(source.store, window);
  RETURN_IF_ERROR(links.status());
  std::string out;
  for (const stats::Dependency& link : *links) {
    std::string one;
    wire::AppendBytesField(1, link.parent, one);
    wire::AppendBytesField(2, link.child, one);
    wire::AppendVarintField(3, link.calls, one);
    wire::AppendBytesField(1, one, out);
  }
  return Send(stream, out);
}

base::Status SendTrace(OutgoingTrace& trace, void (*make)(trace::Span& span), SpansEncoder encode,
                       net::GrpcStream& stream) {
  std::vector<trace::Span> waiting;
  size_t bytes = 0, held_bytes = 0;
  base::Status sent;
  const auto send = [&] {
    if (!waiting.empty()) sent = Send(stream, encode(waiting));
    waiting.clear();
    bytes = held_bytes = 0;
    return sent.ok();
  };
  RETURN_IF_ERROR(trace.VisitSpans([&](trace::Span& span) {
    if (make != nullptr) make(span);
    const size_t more = BytesOf(span);
    const bool full = waiting.size() == kMessageSpans || bytes + more > kMessageBytes || held_bytes > kMessageHeldBytes;
    if (full && !send()) return false;
    bytes += more;
    held_bytes += trace::HeldBytes(span);
    waiting.push_back(std::move(span));
    return true;
  }));
  RETURN_IF_ERROR(sent);
  send();
  return sent;
}

base::Status SendHits(query::SearchResult& result, bool raw, void (*make)(trace::Span& span),
                      SpansEncoder encode, net::GrpcStream& stream) {
  for (const auto& trace : Outgoing(result, raw))
    RETURN_IF_ERROR(SendTrace(*trace, make, encode, stream));
  if (result.left_out.empty()) return base::OkStatus();
  return base::ResourceExhausted(
      "a trace is too large to be searched within --memory, ask for it by its id: " +
      trace::ToHex(result.left_out.front()));
}

base::Result<std::unique_ptr<net::GrpcServer>> StartQueryGrpc(const QuerySource& source,
                                                              net::GrpcServerOptions options) {
  net::GrpcServer::Builder builder;
  AddQueryV2(source, builder);
  AddQueryV3(source, builder);
  AddReflection(builder);
  options.message_bytes_max = kRequestBytesMax;
  options.health_services = {kServiceV2, kServiceV3};
  return builder.Start(options);
}

}  // namespace awry::api
