#include "awry/api/adjusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "awry/api/clock_skew.h"

namespace awry::api {
namespace {

using trace::Span;
using trace::Trace;

// Whether a client and a server have the same id.
bool AnySharedId(const Trace& trace) {
  std::vector<trace::SpanId> clients;
  for (const Span& span : trace.spans) {
    if (span.kind == trace::SpanKind::kClient) clients.push_back(span.span_id);
  }
  if (clients.empty()) return false;
  std::ranges::sort(clients);
  return std::ranges::any_of(trace.spans, [&](const Span& span) {
    return span.kind == trace::SpanKind::kServer && std::ranges::binary_search(clients, span.span_id);
  });
}

void PartSharedIds(Trace& trace) {
  if (!AnySharedId(trace)) return;
  std::unordered_set<trace::SpanId> used;
  std::unordered_set<trace::SpanId> clients;
  for (const Span& span : trace.spans) {
    used.insert(span.span_id);
    if (span.kind == trace::SpanKind::kClient) clients.insert(span.span_id);
  }
  std::unordered_map<trace::SpanId, trace::SpanId> moved;  // shared id → the server's new one
  for (Span& span : trace.spans) {
    if (span.kind != trace::SpanKind::kServer || !clients.contains(span.span_id)) continue;
    const trace::SpanId fresh = FreshId(span.span_id, [&](trace::SpanId id) { return used.contains(id); });
    used.insert(fresh);
    moved.emplace(span.span_id, fresh);
    span.parent_id = span.span_id;
    span.span_id = fresh;
  }
  if (moved.empty()) return;
  for (Span& span : trace.spans) {
    const auto found = moved.find(span.parent_id);
    if (found != moved.end() && span.span_id != found->second) span.parent_id = found->second;
  }
}

// Attributes are large: their order is found first, then each is moved once.
void SortByKey(trace::Attributes& attributes) {
  if (std::ranges::is_sorted(attributes, {}, &trace::Attribute::key)) return;
  std::vector<uint32_t> order(attributes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, [&](uint32_t a, uint32_t b) {
    const int difference = attributes[a].key.compare(attributes[b].key);
    return difference != 0 ? difference < 0 : a < b;
  });
  trace::Attributes sorted;
  sorted.reserve(attributes.size());
  for (const uint32_t at : order) sorted.push_back(std::move(attributes[at]));
  attributes = std::move(sorted);
}

void SortParts(Span& span) {
  SortByKey(span.attributes);
  if (span.events.size() > 1) std::ranges::stable_sort(span.events, {}, &trace::Event::time_ns);
  for (trace::Event& event : span.events) SortByKey(event.attributes);
  if (span.links.size() < 2) return;
  std::ranges::stable_sort(span.links, [](const trace::Link& a, const trace::Link& b) {
    return std::tie(a.trace_id, a.span_id) < std::tie(b.trace_id, b.span_id);
  });
}

bool IsAddress(const trace::Attribute& attribute) { return attribute.key == "ip" || attribute.key == "peer.ipv4"; }

void DotAddresses(trace::Attributes& attributes) {
  for (trace::Attribute& attribute : attributes) {
    if (!IsAddress(attribute)) continue;
    const trace::ValueView value = attribute.value.view();
    if (value.kind != trace::ValueKind::kInt) continue;
    const auto ip = static_cast<uint32_t>(value.integer);
    const std::string text =
        fmt::format("{}.{}.{}.{}", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    attribute.value = trace::Value(trace::ValueView::String(text));
  }
}

// Whether there is nothing to change, so that it need not be copied.
bool IsAsItShouldBe(const trace::Resource& resource) {
  return std::ranges::is_sorted(resource.attributes, {}, &trace::Attribute::key) &&
         std::ranges::none_of(resource.attributes, IsAddress);
}

bool IsOfLibrary(const trace::Attribute& attribute) {
  constexpr std::array<std::string_view, 5> kKeys{"telemetry.sdk.language", "telemetry.sdk.name",
                                                  "telemetry.sdk.version", "telemetry.distro.name",
                                                  "telemetry.distro.version"};
  return std::ranges::find(kKeys, attribute.key) != kKeys.end();
}

void MoveLibraryAttributes(Span& span) {
  if (std::ranges::none_of(span.attributes, IsOfLibrary)) return;
  auto resource = std::make_shared<trace::Resource>(*span.resource);
  for (trace::Attribute& attribute : span.attributes) {
    if (IsOfLibrary(attribute) && trace::Find(resource->attributes, attribute.key) == nullptr) {
      resource->attributes.push_back(attribute);
    }
  }
  std::erase_if(span.attributes, IsOfLibrary);
  SortByKey(resource->attributes);
  span.resource = std::move(resource);
}

}  // namespace

std::string GoDuration(int64_t duration_ns) {
  const bool negative = duration_ns < 0;
  const uint64_t ns = negative ? uint64_t{0} - static_cast<uint64_t>(duration_ns)
                               : static_cast<uint64_t>(duration_ns);
  const auto decimal = [](uint64_t value, uint64_t unit) {
    std::string text = std::to_string(value / unit);
    if (value % unit != 0) {
      std::string digits = std::to_string(unit + value % unit).substr(1);
      digits.erase(digits.find_last_not_of('0') + 1);
      text += "." + digits;
    }
    return text;
  };
  const std::string sign = negative ? "-" : "";
  if (ns == 0) return "0s";
  if (ns < 1'000) return sign + std::to_string(ns) + "ns";
  if (ns < 1'000'000) return sign + decimal(ns, 1'000) + "µs";
  if (ns < 1'000'000'000) return sign + decimal(ns, 1'000'000) + "ms";
  constexpr uint64_t kMinute = 60'000'000'000;
  std::string out = sign;
  if (ns >= 60 * kMinute) out += std::to_string(ns / (60 * kMinute)) + "h";
  if (ns >= kMinute) out += std::to_string(ns / kMinute % 60) + "m";
  return out + decimal(ns % kMinute, 1'000'000'000) + "s";
}

void SpanAdjuster::Adjust(Span& span) {
  constexpr size_t kResourcesMax = 1'024;
  SortParts(span);
  if (changed_.size() >= kResourcesMax) changed_.clear();
  ResourcePtr& resource = changed_[span.resource];
  if (resource == nullptr && IsAsItShouldBe(*span.resource)) resource = span.resource;
  if (resource == nullptr) {
    auto copy = std::make_shared<trace::Resource>(*span.resource);
    SortByKey(copy->attributes);
    DotAddresses(copy->attributes);
    resource = std::move(copy);
  }
  span.resource = resource;
  DotAddresses(span.attributes);
  MoveLibraryAttributes(span);
  std::erase_if(span.links, [](const trace::Link& link) {
    return !link.trace_id.valid() || link.span_id == 0;
  });
}

void Adjust(Trace& trace, const AdjustOptions& options) {
  PartSharedIds(trace);
  AdjustClockSkew(trace, options.clock_skew_max_ns);
  SpanAdjuster adjuster;
  for (Span& span : trace.spans) adjuster.Adjust(span);
}

}  // namespace awry::api
