// Batch{process, spans} may come with the process behind the spans: then the spans are read again
// once it is known. A span is staged as views into the datagram and mapped by jaeger_tags.h.
#include "wire/jaeger_thrift.h"

#include "codec/thrift.h"
#include "wire/byte_arena.h"
#include "wire/jaeger_tags.h"

namespace awry::wire {
namespace {

using base::InvalidArgument;
using base::OkStatus;
using base::Status;
using codec::ThriftField;
using codec::ThriftReader;
using codec::ThriftType;
using trace::ValueView;

class BatchDecoder {
 public:
  BatchDecoder(ThriftReader& reader, trace::SpanSink& sink, DecodeReport& report)
      : reader_(reader), sink_(sink), report_(report) {}

  Status Batch() {
    bool has_process = false, has_spans = false;
    ThriftReader spans_at = reader_;
    reader_.StructBegin();
    for (ThriftField field; reader_.NextField(field);) {
      if (field.id == 1 && field.type == ThriftType::kStruct) {
        Process();
        has_process = true;
        resource_.Deliver(sink_);
      } else if (field.id == 2 && field.type == ThriftType::kList) {
        spans_at = reader_;
        has_spans = true;
        if (has_process) {
          Spans(reader_);
        } else {
          reader_.Skip(field.type);
        }
      } else {
        reader_.Skip(field.type);
      }
      if (has_process && has_spans && !spans_delivered_ && reader_.ok()) Spans(spans_at);
    }
    reader_.StructEnd();
    if (!reader_.ok()) return InvalidArgument("malformed Jaeger Thrift batch");
    if (has_spans && !has_process) return InvalidArgument("Jaeger Thrift batch without a process");
    return OkStatus();
  }

 private:
  void Process() {
    std::string_view service;
    tags_.clear();
    reader_.StructBegin();
    for (ThriftField field; reader_.NextField(field);) {
      if (field.id == 1 && field.type == ThriftType::kBinary) {
        service = reader_.Binary();
      } else if (field.id == 2 && field.type == ThriftType::kList) {
        Tags(reader_, tags_);
      } else {
        reader_.Skip(field.type);
      }
    }
    reader_.StructEnd();
    MapJaegerProcess(service, tags_, arena_, resource_);
  }

  // Calls `body` for each struct of a list; other elements are skipped.
  template <typename Body>
  static void ForEachStruct(ThriftReader& reader, Body&& body) {
    ThriftType element = ThriftType::kStop;
    const uint32_t size = reader.ListBegin(element);
    for (uint32_t i = 0; i < size && reader.ok(); ++i) {
      if (element != ThriftType::kStruct) {
        reader.Skip(element);
        continue;
      }
      reader.StructBegin();
      body();
      reader.StructEnd();
    }
  }

  static void Tags(ThriftReader& reader, std::vector<StagedAttribute>& out) {
    ForEachStruct(reader, [&] { out.push_back(Tag(reader)); });
  }

  static StagedAttribute Tag(ThriftReader& reader) {
    StagedAttribute tag;
    int32_t type = 0;
    ValueView text = ValueView::String({}), real = ValueView::Double(0),
              flag = ValueView::Bool(false), number = ValueView::Int(0),
              bytes = ValueView::Bytes({});
    for (ThriftField field; reader.NextField(field);) {
      if (field.id == 1 && field.type == ThriftType::kBinary) {
        tag.key = reader.Binary();
      } else if (field.id == 2 && field.type == ThriftType::kI32) {
        type = reader.I32();
      } else if (field.id == 3 && field.type == ThriftType::kBinary) {
        text.bytes = reader.Binary();
      } else if (field.id == 4 && field.type == ThriftType::kDouble) {
        real.real = reader.Double();
      } else if (field.id == 5 && field.type == ThriftType::kBool) {
        flag.boolean = reader.Bool();
      } else if (field.id == 6 && field.type == ThriftType::kI64) {
        number.integer = reader.I64();
      } else if (field.id == 7 && field.type == ThriftType::kBinary) {
        bytes.bytes = reader.Binary();
      } else {
        reader.Skip(field.type);
      }
    }
    const ValueView by_type[] = {text, real, flag, number, bytes};
    tag.value = type >= 0 && type < 5 ? by_type[type] : ValueView();
    return tag;
  }

  void Spans(ThriftReader& reader) {
    spans_delivered_ = true;
    ForEachStruct(reader, [&] { Span(reader); });
  }

  void Span(ThriftReader& reader) {
    span_.Clear();
    references_.clear();
    int64_t start_us = 0, duration_us = 0;
    trace::SpanFields& f = span_.fields;
    for (ThriftField field; reader.NextField(field);) {
      if (field.type == ThriftType::kI64) {
        const int64_t number = reader.I64();
        switch (field.id) {
          case 1:
            f.trace_id.low = static_cast<uint64_t>(number);
            break;
          case 2:
            f.trace_id.high = static_cast<uint64_t>(number);
            break;
          case 3:
            f.span_id = static_cast<uint64_t>(number);
            break;
          case 4:
            f.parent_id = static_cast<uint64_t>(number);
            break;
          case 8:
            start_us = number;
            break;
          case 9:
            duration_us = number;
            break;
          default:
            break;
        }
      } else if (field.id == 5 && field.type == ThriftType::kBinary) {
        f.name = reader.Binary();
      } else if (field.id == 6 && field.type == ThriftType::kList) {
        ForEachStruct(reader, [&] { references_.push_back(Reference(reader)); });
      } else if (field.id == 7 && field.type == ThriftType::kI32) {
        f.flags = static_cast<uint32_t>(reader.I32());
      } else if (field.id == 10 && field.type == ThriftType::kList) {
        Tags(reader, span_.attributes);
      } else if (field.id == 11 && field.type == ThriftType::kList) {
        ForEachStruct(reader, [&] { Log(reader); });
      } else {
        reader.Skip(field.type);
      }
    }
    if (reader.ok()) Finish(start_us, duration_us);
  }

  void Finish(int64_t start_us, int64_t duration_us) {
    trace::SpanFields& f = span_.fields;
    if (!f.trace_id.valid() || f.span_id == 0) {
      report_.RejectSpan("span left out: trace id and span id must not be zero");
      return;
    }
    f.start_ns = NsFromUs(start_us);
    const int64_t duration_ns = NsFromUs(duration_us);
    if (__builtin_add_overflow(f.start_ns, duration_ns, &f.end_ns)) f.end_ns = f.start_ns;
    MapJaegerSpan(references_, span_, scope_);
    if (!has_scope_ || scope_.name != scope_name_ || scope_.version != scope_version_) {
      scope_.Deliver(sink_);
      scope_name_ = scope_.name;
      scope_version_ = scope_.version;
      has_scope_ = true;
    }
    ++report_.accepted;
    span_.Deliver(sink_);
  }

  static JaegerReference Reference(ThriftReader& reader) {
    JaegerReference reference;
    for (ThriftField field; reader.NextField(field);) {
      if (field.id == 1 && field.type == ThriftType::kI32) {
        reference.is_child_of = reader.I32() == 0;
      } else if (field.type == ThriftType::kI64) {
        const auto number = static_cast<uint64_t>(reader.I64());
        if (field.id == 2) reference.trace_id.low = number;
        if (field.id == 3) reference.trace_id.high = number;
        if (field.id == 4) reference.span_id = number;
      } else {
        reader.Skip(field.type);
      }
    }
    return reference;
  }

  void Log(ThriftReader& reader) {
    int64_t time_us = 0;
    const size_t first = span_.nested.size();
    for (ThriftField field; reader.NextField(field);) {
      if (field.id == 1 && field.type == ThriftType::kI64) {
        time_us = reader.I64();
      } else if (field.id == 2 && field.type == ThriftType::kList) {
        Tags(reader, span_.nested);
      } else {
        reader.Skip(field.type);
      }
    }
    MapJaegerLog(NsFromUs(time_us), first, span_);
  }

  ThriftReader& reader_;
  trace::SpanSink& sink_;
  DecodeReport& report_;
  ByteArena arena_;
  ResourceStage resource_;
  ScopeStage scope_;
  SpanStage span_;
  std::vector<StagedAttribute> tags_;
  std::vector<JaegerReference> references_;
  std::string_view scope_name_, scope_version_;  // of the last OnScope
  bool has_scope_ = false;
  bool spans_delivered_ = false;
};

codec::ThriftEncoding EncodingOf(ThriftProtocol protocol) {
  return protocol == ThriftProtocol::kCompact ? codec::ThriftEncoding::kCompact
                                              : codec::ThriftEncoding::kBinary;
}

}  // namespace

Status DecodeJaegerDatagram(ThriftProtocol protocol, std::string_view bytes, trace::SpanSink& sink,
                            DecodeReport& report) {
  ThriftReader reader(EncodingOf(protocol), bytes);
  std::string_view name;
  int type = 0;
  if (!reader.MessageBegin(name, type))
    return InvalidArgument("malformed Jaeger Thrift message header");
  if (name != "emitBatch" || (type != 1 && type != 4)) {
    return InvalidArgument("unknown Jaeger Thrift message: only emitBatch is taken");
  }
  bool has_batch = false;
  reader.StructBegin();
  for (ThriftField field; reader.NextField(field);) {
    if (field.id == 1 && field.type == ThriftType::kStruct && !has_batch) {
      has_batch = true;
      RETURN_IF_ERROR(BatchDecoder(reader, sink, report).Batch());
    } else {
      reader.Skip(field.type);
    }
  }
  reader.StructEnd();
  if (!reader.ok() || !has_batch) return InvalidArgument("malformed Jaeger Thrift message");
  return OkStatus();
}

Status DecodeJaegerBatch(ThriftProtocol protocol, std::string_view bytes, trace::SpanSink& sink,
                         DecodeReport& report) {
  ThriftReader reader(EncodingOf(protocol), bytes);
  return BatchDecoder(reader, sink, report).Batch();
}

}  // namespace awry::wire
