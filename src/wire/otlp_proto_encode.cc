#include "codec/varint.h"
#include "wire/any_value.h"
#include "wire/otlp_proto.h"
#include "wire/pb_reader.h"

namespace awry::wire {
namespace {

// Fields of proto3: zero and empty are left out.
void PutText(uint32_t field, std::string_view text, std::string& out) {
  if (!text.empty()) AppendBytesField(field, text, out);
}
void PutCount(uint32_t field, uint32_t count, std::string& out) {
  if (count != 0) AppendVarintField(field, count, out);
}
void PutTime(uint32_t field, int64_t time_ns, std::string& out) {
  if (time_ns != 0) AppendFixed64Field(field, static_cast<uint64_t>(time_ns), out);
}
void PutFlags(uint32_t field, uint32_t flags, std::string& out) {
  if (flags != 0) AppendFixed32Field(field, flags, out);
}

template <typename Id>
void PutId(uint32_t field, const Id& id, std::string& out) {
  std::string bytes;
  trace::AppendBytes(id, bytes);
  AppendBytesField(field, bytes, out);
}

void PutAttributes(uint32_t field, const trace::Attributes& attributes, std::string& out) {
  std::string pair;
  for (const trace::Attribute& a : attributes) {
    pair.clear();
    AppendKeyValue(a.key, a.value.view(), pair);
    AppendBytesField(field, pair, out);
  }
}

std::string EncodeEvent(const trace::Event& event) {
  std::string out;
  PutTime(1, event.time_ns, out);
  PutText(2, event.name, out);
  PutAttributes(3, event.attributes, out);
  PutCount(4, event.dropped_attributes, out);
  return out;
}

std::string EncodeLink(const trace::Link& link) {
  std::string out;
  PutId(1, link.trace_id, out);
  PutId(2, link.span_id, out);
  PutText(3, link.trace_state, out);
  PutAttributes(4, link.attributes, out);
  PutCount(5, link.dropped_attributes, out);
  PutFlags(6, link.flags, out);
  return out;
}

std::string EncodeResource(const trace::Resource& resource) {
  std::string out, pair;
  AppendKeyValue("service.name", trace::ValueView::String(resource.service), pair);
  AppendBytesField(1, pair, out);
  PutAttributes(1, resource.attributes, out);
  PutCount(2, resource.dropped_attributes, out);
  return out;
}

std::string EncodeScope(const trace::Scope& scope) {
  std::string out;
  PutText(1, scope.name, out);
  PutText(2, scope.version, out);
  PutAttributes(3, scope.attributes, out);
  PutCount(4, scope.dropped_attributes, out);
  return out;
}

// The blocks being written: spans of one scope, scopes of one resource.
class BlockWriter {
 public:
  explicit BlockWriter(std::string& out) : out_(out) {}

  void Add(const trace::Span& span) {
    if (span.resource.get() != resource_) {
      CloseResource();
      resource_ = span.resource.get();
    }
    if (span.scope.get() != scope_) {
      CloseScope();
      scope_ = span.scope.get();
    }
    bytes_.clear();
    AppendOtlpSpan(span, bytes_);
    AppendBytesField(2, bytes_, scope_block_);
  }

  void CloseResource() {
    CloseScope();
    if (resource_ == nullptr) return;
    std::string block;
    AppendBytesField(1, EncodeResource(*resource_), block);
    block += scopes_;
    PutText(3, resource_->schema_url, block);
    AppendBytesField(1, block, out_);
    scopes_.clear();
    resource_ = nullptr;
  }

 private:
  void CloseScope() {
    if (scope_ == nullptr) return;
    std::string block;
    AppendBytesField(1, EncodeScope(*scope_), block);
    block += scope_block_;
    PutText(3, scope_->schema_url, block);
    AppendBytesField(2, block, scopes_);
    scope_block_.clear();
    scope_ = nullptr;
  }

  std::string& out_;
  const trace::Resource* resource_ = nullptr;
  const trace::Scope* scope_ = nullptr;
  std::string bytes_, scope_block_, scopes_;
};

}  // namespace

void AppendOtlpSpan(const trace::Span& span, std::string& out) {
  PutId(1, span.trace_id, out);
  PutId(2, span.span_id, out);
  PutText(3, span.trace_state, out);
  if (span.parent_id != 0) PutId(4, span.parent_id, out);
  PutText(5, span.name, out);
  PutCount(6, static_cast<uint32_t>(span.kind), out);
  PutTime(7, span.start_ns, out);
  PutTime(8, span.end_ns, out);
  PutAttributes(9, span.attributes, out);
  PutCount(10, span.dropped_attributes, out);
  for (const trace::Event& event : span.events) AppendBytesField(11, EncodeEvent(event), out);
  PutCount(12, span.dropped_events, out);
  for (const trace::Link& link : span.links) AppendBytesField(13, EncodeLink(link), out);
  PutCount(14, span.dropped_links, out);
  std::string status;
  PutText(2, span.status_message, status);
  PutCount(3, static_cast<uint32_t>(span.status), status);
  PutText(15, status, out);
  PutFlags(16, span.flags, out);
}

std::string EncodeOtlpProto(std::span<const trace::Span> spans) {
  std::string out;
  BlockWriter writer(out);
  for (const trace::Span& span : spans) writer.Add(span);
  writer.CloseResource();
  return out;
}

std::string EncodeOtlpResponse(const DecodeReport& report) {
  if (report.clean()) return {};
  std::string partial, out;
  if (report.rejected != 0) AppendVarintField(1, report.rejected, partial);
  PutText(2, report.message, partial);
  AppendBytesField(1, partial, out);
  return out;
}

base::Status DecodeOtlpResponse(std::string_view bytes, OtlpPartialSuccess& out) {
  out = {};
  PbReader reader(bytes);
  while (reader.Next()) {
    std::string_view partial;
    if (reader.field() != 1 || !reader.Bytes(partial)) {
      if (!reader.Skip()) break;
      continue;
    }
    PbReader inner(partial);
    while (inner.Next()) {
      uint64_t number = 0;
      std::string_view text;
      if (inner.field() == 1 && inner.Varint(number)) {
        out.rejected_spans = static_cast<int64_t>(number);
      } else if (inner.field() == 2 && inner.Bytes(text)) {
        out.error_message = text;
      } else if (!inner.Skip()) {
        break;
      }
    }
    if (!inner.ok()) return base::InvalidArgument("malformed OTLP response: partial_success");
  }
  return reader.ok() ? base::OkStatus() : base::InvalidArgument("malformed OTLP response");
}

std::string EncodeRpcStatus(const base::Status& status) {
  std::string out;
  if (!status.ok()) AppendVarintField(1, static_cast<uint64_t>(status.code()), out);
  PutText(2, status.message(), out);
  return out;
}

std::string DecodeRpcStatusMessage(std::string_view bytes) {
  PbReader reader(bytes);
  std::string_view message;
  while (reader.Next()) {
    if (reader.field() == 2 && reader.Bytes(message)) continue;
    if (!reader.Skip()) return {};
  }
  return reader.ok() ? std::string(message) : std::string();
}

}  // namespace awry::wire
