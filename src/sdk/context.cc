#include "awry/sdk/context.h"

#include "sdk/context_access.h"
#include "trace/ids.h"

namespace awry::sdk {
namespace {
const BaggageEntries kNoBaggage;
}

std::string TraceId::hex() const { return trace::ToHex(trace::TraceId{high, low}); }

std::optional<TraceId> TraceId::from_hex(std::string_view hex) {
  if (hex.size() != 32) return std::nullopt;
  const auto id = trace::TraceIdFromHex(hex);
  if (!id || !id->valid()) return std::nullopt;
  return TraceId{id->high, id->low};
}

std::string SpanId::hex() const { return trace::SpanIdToHex(value); }

std::optional<SpanId> SpanId::from_hex(std::string_view hex) {
  if (hex.size() != 16) return std::nullopt;
  const auto id = trace::SpanIdFromHex(hex);
  if (!id || *id == 0) return std::nullopt;
  return SpanId{*id};
}

Context Context::current() {
  Context context;
  const detail::ContextNode* node = detail::current_node;
  if (node == nullptr) return context;
  context.span_ = *node->span;
  if (node->baggage_owner != nullptr) {
    context.baggage_ = node->baggage_owner->baggage_;
    context.baggage_metadata_ = node->baggage_owner->baggage_metadata_;
  }
  return context;
}

const BaggageEntries& Context::baggage() const {
  return baggage_ == nullptr ? kNoBaggage : *baggage_;
}

std::string_view Context::baggage(std::string_view key) const {
  for (const auto& [name, value] : baggage()) {
    if (name == key) return value;
  }
  return {};
}

Context Context::without_baggage(std::string_view key) const {
  std::vector<wire::BaggageEntry> entries = ContextAccess::Baggage(*this);
  std::erase_if(entries, [&](const wire::BaggageEntry& e) { return e.key == key; });
  Context copy = *this;
  ContextAccess::SetBaggage(copy, std::move(entries));
  return copy;
}

Context Context::with_baggage(std::string_view key, std::string_view value) const {
  std::vector<wire::BaggageEntry> entries = ContextAccess::Baggage(*this);
  bool is_new = true;
  for (wire::BaggageEntry& e : entries) {
    if (e.key != key) continue;
    e = {std::string(key), std::string(value), {}};
    is_new = false;
  }
  if (is_new) entries.push_back({std::string(key), std::string(value), {}});
  Context copy = *this;
  ContextAccess::SetBaggage(copy, std::move(entries));
  return copy;
}

Context Context::with_span_context(SpanContext span) const {
  Context copy = *this;
  copy.span_ = std::move(span);
  return copy;
}

std::vector<wire::BaggageEntry> ContextAccess::Baggage(const Context& context) {
  std::vector<wire::BaggageEntry> entries;
  const BaggageEntries& pairs = context.baggage();
  for (size_t i = 0; i < pairs.size(); ++i) {
    entries.push_back(
        {pairs[i].first, pairs[i].second,
         context.baggage_metadata_ == nullptr ? std::string() : (*context.baggage_metadata_)[i]});
  }
  return entries;
}

void ContextAccess::SetBaggage(Context& context, std::vector<wire::BaggageEntry> entries) {
  context.baggage_.reset();
  context.baggage_metadata_.reset();
  if (entries.empty()) return;
  auto pairs = std::make_shared<BaggageEntries>();
  auto metadata = std::make_shared<std::vector<std::string>>();
  bool has_metadata = false;
  for (wire::BaggageEntry& e : entries) {
    has_metadata |= !e.metadata.empty();
    pairs->emplace_back(std::move(e.key), std::move(e.value));
    metadata->push_back(std::move(e.metadata));
  }
  context.baggage_ = std::move(pairs);
  if (has_metadata) context.baggage_metadata_ = std::move(metadata);
}

}  // namespace awry::sdk
