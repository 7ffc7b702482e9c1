#include "awry/columnar/row.h"

#include <algorithm>

#include "awry/columnar/attribute_hash.h"

namespace awry::columnar {

using trace::ValueView;

bool VisitExtras(std::string_view extras, ExtrasVisitor& visitor) {
  ByteReader in(extras);
  while (in.ok() && !in.at_end()) {
    switch (static_cast<ExtraTag>(in.Fixed<uint8_t>())) {
      case ExtraTag::kStatusMessage:
        visitor.OnStatusMessage(in.Bytes());
        break;
      case ExtraTag::kTraceState:
        visitor.OnTraceState(in.Bytes());
        break;
      case ExtraTag::kWarning:
        visitor.OnWarning(in.Bytes());
        break;
      case ExtraTag::kDropped: {
        const uint32_t attributes = in.Varint32(), events = in.Varint32(), links = in.Varint32();
        visitor.OnDropped(attributes, events, links);
        break;
      }
      case ExtraTag::kEvent: {
        trace::EventFields event;
        event.time_ns = in.Signed();
        event.name = in.Bytes();
        event.dropped_attributes = in.Varint32();
        if (in.ok()) visitor.OnEvent(event);
        break;
      }
      case ExtraTag::kLink: {
        trace::LinkFields link;
        link.trace_id.high = in.Fixed<uint64_t>();
        link.trace_id.low = in.Fixed<uint64_t>();
        link.span_id = in.Fixed<uint64_t>();
        link.trace_state = in.Bytes();
        link.dropped_attributes = in.Varint32();
        link.flags = in.Varint32();
        if (in.ok()) visitor.OnLink(link);
        break;
      }
      case ExtraTag::kAttribute: {
        const std::string_view key = in.Bytes();
        const trace::ValueKind kind = ReadKind(in);
        const ValueView value = ReadValue(in, kind);
        if (in.ok()) visitor.OnAttribute(key, value);
        break;
      }
      default:
        return false;
    }
  }
  return in.ok();
}

void ReadValues(const Schema& schema, const Shape& shape, ByteReader& in, Row& row) {
  row.values.clear();
  for (const uint32_t column : shape.columns) {
    row.values.push_back(ReadValue(in, schema.column(column).kind));
  }
  row.extras = shape.has_extras ? in.Bytes() : std::string_view();
}

void HashExtras(std::string_view extras, std::vector<uint64_t>& out) {
  struct Hasher final : ExtrasVisitor {
    explicit Hasher(std::vector<uint64_t>& target) : hashes(target) {}
    void OnAttribute(std::string_view key, const ValueView& value) override {
      hashes.push_back(AttributeHash(KeyHash(key), value));
    }
    std::vector<uint64_t>& hashes;
  } hasher(out);
  VisitExtras(extras, hasher);
}

namespace {

struct SpanBuilder final : ExtrasVisitor {
  explicit SpanBuilder(trace::Span& target) : span(target) {}
  void OnStatusMessage(std::string_view text) override { span.status_message = text; }
  void OnTraceState(std::string_view text) override { span.trace_state = text; }
  void OnDropped(uint32_t attributes, uint32_t events, uint32_t links) override {
    span.dropped_attributes = attributes;
    span.dropped_events = events;
    span.dropped_links = links;
  }
  void OnEvent(const trace::EventFields& fields) override {
    span.events.push_back({.time_ns = fields.time_ns,
                           .name = std::string(fields.name),
                           .attributes = {},
                           .dropped_attributes = fields.dropped_attributes});
    nested = &span.events.back().attributes;
  }
  void OnLink(const trace::LinkFields& fields) override {
    span.links.push_back({.trace_id = fields.trace_id,
                          .span_id = fields.span_id,
                          .trace_state = std::string(fields.trace_state),
                          .attributes = {},
                          .dropped_attributes = fields.dropped_attributes,
                          .flags = fields.flags});
    nested = &span.links.back().attributes;
  }
  void OnAttribute(std::string_view key, const ValueView& value) override {
    if (nested != nullptr) nested->push_back({std::string(key), trace::Value(value)});
  }
  void OnWarning(std::string_view text) override { span.warnings.emplace_back(text); }

  trace::Span& span;
  trace::Attributes* nested = nullptr;
};

}  // namespace

trace::Span ToSpan(const Schema& schema, const Row& row) {
  const Shape& shape = schema.shape(row.shape);
  trace::Span span;
  span.trace_id = row.trace_id;
  span.span_id = row.span_id;
  span.parent_id = row.parent_id;
  span.name = schema.name(shape.name);
  span.kind = shape.kind;
  span.status = shape.status;
  span.start_ns = row.start_ns;
  span.end_ns = row.end_ns();
  span.flags = shape.flags;
  span.attributes.reserve(row.values.size());
  for (size_t i = 0; i < row.values.size(); ++i) {
    span.attributes.push_back(
        {std::string(schema.column(shape.columns[i]).key), trace::Value(row.values[i])});
  }
  span.resource = schema.resource(shape.resource);
  span.scope = schema.scope(shape.scope);
  if (!row.extras.empty()) {
    SpanBuilder builder(span);
    VisitExtras(row.extras, builder);
  }
  return span;
}

RowFilter::RowFilter(const store::SpanFilter& filter) : filter_(filter) {
  for (const auto& [key, text] : filter.equals) {
    equals_.push_back({key, text, HashesOfText(key, text), IsUnindexedText(text)});
  }
}

bool RowFilter::MatchesTimes(int64_t start_ns, uint64_t duration_ns) const {
  const auto duration = static_cast<int64_t>(duration_ns);
  return start_ns >= filter_.start_from_ns && start_ns <= filter_.start_until_ns &&
         duration >= filter_.duration_min_ns && duration <= filter_.duration_max_ns;
}

bool RowFilter::MatchesShape(const Schema& schema, const Shape& shape) const {
  if (filter_.errors_only && shape.status != trace::SpanStatus::kError) return false;
  if (!filter_.name.empty() && schema.name(shape.name) != filter_.name) return false;
  return filter_.service.empty() || schema.service(shape) == filter_.service;
}

bool RowFilter::SharedHas(size_t i, const Schema& schema, const Shape& shape) const {
  const Equal& equal = equals_[i];
  const auto has = [&](const trace::Attributes& attributes) {
    return std::any_of(attributes.begin(), attributes.end(), [&](const trace::Attribute& a) {
      return a.key == equal.key && ToText(a.value.view()) == equal.text;
    });
  };
  return has(schema.resource(shape.resource)->attributes) ||
         has(schema.scope(shape.scope)->attributes);
}

bool RowFilter::ExtrasHave(size_t i, std::string_view extras) const {
  struct Finder final : ExtrasVisitor {
    void OnAttribute(std::string_view k, const ValueView& value) override {
      found = found || (k == key && ToText(value) == text);
    }
    std::string_view key, text;
    bool found = false;
  };
  if (extras.empty()) return false;
  Finder finder;
  finder.key = equals_[i].key;
  finder.text = equals_[i].text;
  VisitExtras(extras, finder);
  return finder.found;
}

bool RowFilter::MatchesAttributes(const Schema& schema, const Row& row) const {
  const Shape& shape = schema.shape(row.shape);
  for (size_t e = 0; e < equals_.size(); ++e) {
    const Equal& equal = equals_[e];
    bool found = false;
    for (size_t i = 0; i < row.values.size() && !found; ++i) {
      const ValueView& value = row.values[i];
      found = schema.column(shape.columns[i]).key == equal.key &&
              (value.kind == trace::ValueKind::kString ? value.bytes == equal.text
                                                       : ToText(value) == equal.text);
    }
    if (!found && !ExtrasHave(e, row.extras) && !SharedHas(e, schema, shape)) return false;
  }
  return true;
}

namespace {

bool SameResource(const trace::Span& a, const trace::Span& b) {
  return (a.resource == b.resource || *a.resource == *b.resource) &&
         (a.scope == b.scope || *a.scope == *b.scope);
}

bool Same(const trace::Span& a, const trace::Span& b) {
  return a.span_id == b.span_id && a.parent_id == b.parent_id && a.start_ns == b.start_ns &&
         a.end_ns == b.end_ns && a.name == b.name && a.kind == b.kind && a.status == b.status &&
         a.status_message == b.status_message && a.trace_state == b.trace_state &&
         a.flags == b.flags && a.dropped_attributes == b.dropped_attributes &&
         a.dropped_events == b.dropped_events && a.dropped_links == b.dropped_links &&
         a.attributes == b.attributes && a.events == b.events && a.links == b.links &&
         a.warnings == b.warnings && SameResource(a, b);
}

}  // namespace

void SortAndDeduplicate(std::vector<trace::Span>& spans) {
  const auto before = [](const trace::Span& a, const trace::Span& b) {
    return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.span_id < b.span_id;
  };
  if (!std::is_sorted(spans.begin(), spans.end(), before)) {
    std::sort(spans.begin(), spans.end(), before);
  }
  // Equal spans stand among those of the same start and id; different ones may stand between.
  size_t kept = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    bool repeats = false;
    for (size_t k = kept; k > 0 && !repeats && spans[k - 1].start_ns == spans[i].start_ns &&
                          spans[k - 1].span_id == spans[i].span_id;
         --k) {
      repeats = Same(spans[k - 1], spans[i]);
    }
    if (repeats) continue;
    if (kept != i) spans[kept] = std::move(spans[i]);
    ++kept;
  }
  spans.resize(kept);
}

}  // namespace awry::columnar
