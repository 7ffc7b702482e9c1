// A batch is decoded again, each span is encoded in Thrift, and datagrams are filled until the next
// span would not fit. A span that fits none alone has its longest values cut until it does.
#include <algorithm>
#include <string>
#include <vector>

#include "net/udp.h"
#include "sdk/exporter.h"
#include "wire/jaeger_thrift.h"
#include "wire/otlp_proto.h"
#include "wire/outgoing.h"

namespace awry::sdk::detail {
namespace {

constexpr std::string_view kTrimmed = "awry.trimmed";

// Every attribute list of a span.
template <typename Visit>
void ForEachList(trace::Span& span, Visit&& visit) {
  visit(span.attributes, span.dropped_attributes);
  for (trace::Event& event : span.events) visit(event.attributes, event.dropped_attributes);
  for (trace::Link& link : span.links) visit(link.attributes, link.dropped_attributes);
}

// The longest text or nested value of a span; null when there is none longer than kKeptBytes.
trace::Value* LongestValue(trace::Span& span) {
  constexpr size_t kKeptBytes = 64;
  trace::Value* longest = nullptr;
  size_t longest_bytes = kKeptBytes;
  ForEachList(span, [&](trace::Attributes& attributes, uint32_t&) {
    for (trace::Attribute& a : attributes) {
      if (const size_t bytes = a.value.view().bytes.size(); bytes > longest_bytes) {
        longest_bytes = bytes;
        longest = &a.value;
      }
    }
  });
  return longest;
}

// Halves a value; what is neither text nor bytes becomes empty text.
void CutValue(trace::Value& value) {
  const trace::ValueView view = value.view();
  if (view.kind == trace::ValueKind::kString) {
    value = trace::Value(
        trace::ValueView::String(std::string(wire::CutUtf8(view.bytes, view.bytes.size() / 2))));
  } else if (view.kind == trace::ValueKind::kBytes) {
    value = trace::Value(
        trace::ValueView::Bytes(std::string(view.bytes.substr(0, view.bytes.size() / 2))));
  } else {
    value = trace::Value(trace::ValueView::String({}));
  }
}

// Takes one more thing off a span that has no long value left. False when nothing is left to take.
bool DropSomething(trace::Span& span) {
  if (!span.events.empty()) {
    span.events.pop_back();
    ++span.dropped_events;
  } else if (!span.links.empty()) {
    span.links.pop_back();
    ++span.dropped_links;
  } else if (span.attributes.size() > 1) {
    span.attributes.erase(span.attributes.end() - 2);  // the last one is the mark
    ++span.dropped_attributes;
  } else if (span.name.size() > 256 || span.status_message.size() > 256 ||
             span.trace_state.size() > 256) {
    span.name = wire::CutUtf8(span.name, 256);
    span.status_message = wire::CutUtf8(span.status_message, 256);
    span.trace_state.clear();
  } else {
    return false;
  }
  return true;
}

class JaegerExporter final : public SpanExporter {
 public:
  explicit JaegerExporter(const Settings& settings)
      : host_(settings.jaeger_host), port_(settings.jaeger_port) {}

  ExportResult Export(std::string_view request, size_t spans) override {
    ExportResult result;
    if (sender_ == nullptr) {
      auto sender = net::UdpSender::Create(host_, port_);
      if (!sender.ok()) {  // the name may be known later
        result.status = sender.status();
        result.retry = true;
        return result;
      }
      sender_ = std::move(sender).value();
    }
    trace::SpanCollector collector;
    wire::DecodeReport report;
    if (const base::Status status = wire::DecodeOtlpProto(request, collector, report);
        !status.ok()) {
      result.status = status;
      return result;
    }
    result.counts.failed = spans - std::min(spans, collector.spans().size());
    if (!collector.spans().empty()) Send(collector.spans(), result);
    return result;
  }

 private:
  void Send(std::vector<trace::Span>& spans, ExportResult& result) {
    if (writer_ == nullptr)
      writer_ = std::make_unique<wire::JaegerDatagramWriter>(*spans.front().resource);
    std::vector<std::string> packed;
    size_t packed_bytes = 0;
    for (trace::Span& span : spans) {
      std::string encoded = wire::JaegerDatagramWriter::EncodeSpan(span);
      if (!Fits(1, encoded.size()) && !Trim(span, encoded, result.counts)) continue;
      if (!packed.empty() && !Fits(packed.size() + 1, packed_bytes + encoded.size())) {
        SendPacked(packed, result);
        packed_bytes = 0;
      }
      packed_bytes += encoded.size();
      packed.push_back(std::move(encoded));
    }
    if (!packed.empty()) SendPacked(packed, result);
  }

  bool Fits(size_t count, size_t bytes) const {
    return writer_->DatagramBytes(count, bytes) <= wire::kJaegerDatagramBytesMax;
  }

  // Cuts `span` until it fits a datagram; false when it cannot.
  bool Trim(trace::Span& span, std::string& encoded, ExportCounts& counts) const {
    span.attributes.push_back({std::string(kTrimmed), trace::Value(trace::ValueView::Bool(true))});
    do {
      if (trace::Value* value = LongestValue(span)) {
        CutValue(*value);
      } else if (!DropSomething(span)) {
        ++counts.too_large;
        return false;
      }
      encoded = wire::JaegerDatagramWriter::EncodeSpan(span);
    } while (!Fits(1, encoded.size()));
    ++counts.trimmed;
    return true;
  }

  void SendPacked(std::vector<std::string>& packed, ExportResult& result) {
    const base::Status status = sender_->Send(writer_->Datagram(packed));
    ++result.counts.requests;
    if (status.ok()) {
      result.counts.exported += packed.size();
    } else {  // UDP knows no retry: nobody listens, or the socket's buffer is full
      result.counts.failed += packed.size();
    }
    packed.clear();
  }

  const std::string host_;
  const uint16_t port_;
  std::unique_ptr<net::UdpSender> sender_;
  std::unique_ptr<wire::JaegerDatagramWriter> writer_;
};

}  // namespace

std::unique_ptr<SpanExporter> MakeJaegerExporter(const Settings& settings) {
  return std::make_unique<JaegerExporter>(settings);
}

}  // namespace awry::sdk::detail
