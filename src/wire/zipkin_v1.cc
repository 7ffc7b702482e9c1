// Zipkin's first generation has no kind: annotations of both sides of a call say what happened when
// and where (cs, cr: the client sent and received; sr, ss: the server; ms, mr: producer and
// consumer), and the binary annotations sa, ca and ma give the address of the other side.
#include <algorithm>

#include "wire/zipkin_span.h"

namespace awry::wire {
namespace {

using trace::SpanKind;

const ZipkinAnnotation* Find(const ZipkinSpan& span, std::string_view value) {
  const auto found = std::ranges::find(span.annotations, value, &ZipkinAnnotation::value);
  return found == span.annotations.end() ? nullptr : &*found;
}

bool IsCore(std::string_view value) {
  for (const std::string_view core : {"cs", "cr", "sr", "ss", "ms", "mr"}) {
    if (value == core) return true;
  }
  return false;
}

bool IsAddress(std::string_view key) { return key == "sa" || key == "ca" || key == "ma"; }

// Takes an address out of the tags; empty when it is not there.
ZipkinEndpoint TakeAddress(ZipkinSpan& span, std::string_view key) {
  const auto found = std::ranges::find_if(
      span.tags, [&](const auto& t) { return t.tag.key == key && !t.endpoint.empty(); });
  if (found == span.tags.end()) return {};
  const ZipkinEndpoint endpoint = found->endpoint;
  span.tags.erase(found);
  return endpoint;
}

struct Side {
  SpanKind kind;
  std::string_view begin, end, address;  // the annotations, and the address of the other side
};
constexpr Side kClient{SpanKind::kClient, "cs", "cr", "sa"};
constexpr Side kServer{SpanKind::kServer, "sr", "ss", "ca"};
constexpr Side kProducer{SpanKind::kProducer, "ms", "", "ma"};
constexpr Side kConsumer{SpanKind::kConsumer, "mr", "", "ma"};

bool Tells(const ZipkinSpan& span, const Side& side) {
  return Find(span, side.begin) != nullptr ||
         (!side.end.empty() && Find(span, side.end) != nullptr);
}

void SetSide(const Side& side, bool own_times, ZipkinSpan& span) {
  span.kind = side.kind;
  const ZipkinAnnotation* begin = Find(span, side.begin);
  const ZipkinAnnotation* end = side.end.empty() ? nullptr : Find(span, side.end);
  const ZipkinAnnotation* any = begin != nullptr ? begin : end;
  if (any != nullptr && !any->endpoint.empty()) span.local = any->endpoint;
  const ZipkinEndpoint remote = TakeAddress(span, side.address);
  if (!remote.empty()) span.remote = remote;
  if (!own_times) {
    span.timestamp_us.reset();
    span.duration_us = 0;
    span.has_duration = false;
  }
  if (!span.timestamp_us && any != nullptr) span.timestamp_us = any->time_us;
  if (!span.has_duration && begin != nullptr && end != nullptr)
    span.duration_us = end->time_us - begin->time_us;
}

// The place where a span without core annotations was made.
void SetLocalFromAny(ZipkinSpan& span) {
  for (const ZipkinTag& t : span.tags) {
    if (t.tag.key == "lc" && !t.endpoint.empty()) span.local = t.endpoint;
  }
  for (const ZipkinAnnotation& a : span.annotations) {
    if (span.local.empty()) span.local = a.endpoint;
  }
  for (const ZipkinTag& t : span.tags) {
    if (span.local.empty() && !IsAddress(t.tag.key)) span.local = t.endpoint;
  }
}

// Keeps in `server` what was told at its place, and leaves the rest in `client`.
void Divide(ZipkinSpan& client, ZipkinSpan& server) {
  const std::string_view place = server.local.service;
  const auto at_server = [&](const ZipkinEndpoint& e) {
    return !place.empty() && e.service == place;
  };
  std::erase_if(client.tags, [&](const auto& t) { return at_server(t.endpoint); });
  std::erase_if(server.tags, [&](const auto& t) { return !at_server(t.endpoint); });
  std::erase_if(client.annotations, [&](const auto& a) { return at_server(a.endpoint); });
  std::erase_if(server.annotations, [&](const auto& a) { return !at_server(a.endpoint); });
}

void DropCore(ZipkinSpan& span) {
  std::erase_if(span.annotations, [](const auto& a) { return IsCore(a.value); });
  std::erase_if(span.tags, [](const auto& t) {
    return t.tag.key == "lc" && t.tag.value.bytes.empty() && !t.endpoint.empty();
  });
}

}  // namespace

void ZipkinEmitter::EmitV1(ZipkinSpan& span) {
  const bool is_client = Tells(span, kClient), is_server = Tells(span, kServer);
  const bool is_both = is_client && is_server;
  if (is_both) {
    other_side_ = span;
    SetSide(kServer, false, other_side_);
    SetSide(kClient, true, span);
    (void)TakeAddress(span, "ca");
    (void)TakeAddress(other_side_, "sa");
    if (span.local.service != other_side_.local.service) {
      Divide(span, other_side_);
    } else {
      other_side_.tags.clear();
      other_side_.annotations.clear();
    }
    DropCore(other_side_);
  } else if (is_client || is_server) {
    SetSide(is_client ? kClient : kServer, true, span);
  } else if (Tells(span, kProducer) || Tells(span, kConsumer)) {
    SetSide(Tells(span, kProducer) ? kProducer : kConsumer, true, span);
  } else {
    // An address of the other side alone says which side this one is.
    SetLocalFromAny(span);
    for (const Side* side : {&kClient, &kServer}) {
      const ZipkinEndpoint remote = TakeAddress(span, side->address);
      if (remote.empty() || !span.remote.empty()) continue;
      span.remote = remote;
      span.kind = side->kind;
    }
  }
  if (span.local.empty()) SetLocalFromAny(span);
  DropCore(span);
  Emit(span);
  if (is_both) Emit(other_side_);
}

}  // namespace awry::wire
