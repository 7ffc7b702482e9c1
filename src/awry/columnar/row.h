// One span as the engine handles it: a shape, ids, times, and views of its values.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "awry/columnar/byte_reader.h"
#include "awry/columnar/schema.h"
#include "awry/store/trace_store.h"
#include "trace/span.h"

namespace awry::columnar {

// Views live as long as the buffer that the row was read from.
struct Row {
  uint32_t shape = 0;
  trace::TraceId trace_id;
  trace::SpanId span_id = 0;
  trace::SpanId parent_id = 0;
  int64_t start_ns = 0;
  uint64_t duration_ns = 0;              // modulo 2^64: the end is start + duration, wrapping
  std::vector<trace::ValueView> values;  // one for each column of the shape
  std::string_view extras;               // what few spans have: see ExtraTag
  // Upper halves of AttributeHash of the values, then of the extras' attributes; only where rows
  // are read to be written.
  std::vector<uint32_t> hashes;

  int64_t end_ns() const {
    return static_cast<int64_t>(static_cast<uint64_t>(start_ns) + duration_ns);
  }
};

// Extras are a sequence of tagged parts; an attribute belongs to the event or link before it.
enum class ExtraTag : uint8_t {
  kStatusMessage = 1,  // bytes
  kTraceState = 2,     // bytes
  kDropped = 3,        // three varints: attributes, events, links
  kEvent = 4,          // zigzag time, name, dropped attributes
  kLink = 5,           // trace id, span id, trace state, dropped attributes, flags
  kAttribute = 6,      // key, kind, value
  kWarning = 7,        // bytes
};

// The sink of one row's extras; false stops. Used to search and to rebuild them.
class ExtrasVisitor {
 public:
  virtual ~ExtrasVisitor() = default;
  virtual void OnStatusMessage(std::string_view) {}
  virtual void OnTraceState(std::string_view) {}
  virtual void OnDropped(uint32_t /*attributes*/, uint32_t /*events*/, uint32_t /*links*/) {}
  virtual void OnEvent(const trace::EventFields&) {}
  virtual void OnLink(const trace::LinkFields&) {}
  virtual void OnAttribute(std::string_view /*key*/, const trace::ValueView&) {}
  virtual void OnWarning(std::string_view) {}
};
// False when the bytes are malformed; what came before was visited.
bool VisitExtras(std::string_view extras, ExtrasVisitor& visitor);

// Reads the values of a row of `shape` as a batch lays them out. Reuses `row`.
void ReadValues(const Schema& schema, const Shape& shape, ByteReader& in, Row& row);

// Appends the hash of every attribute of the row's events and links.
void HashExtras(std::string_view extras, std::vector<uint64_t>& out);

trace::Span ToSpan(const Schema& schema, const Row& row);

// A filter, prepared to be asked of many rows.
class RowFilter {
 public:
  // `filter` must outlive this.
  explicit RowFilter(const store::SpanFilter& filter);

  bool MatchesTimes(int64_t start_ns, uint64_t duration_ns) const;
  // Service, name and status.
  bool MatchesShape(const Schema& schema, const Shape& shape) const;
  // All but times and shape: the attributes that must be equal.
  bool MatchesAttributes(const Schema& schema, const Row& row) const;
  bool has_equals() const { return !equals_.empty(); }
  size_t equals_count() const { return equals_.size(); }
  // Hashes of the values that satisfy the i-th equality.
  const std::vector<uint64_t>& hashes(size_t i) const { return equals_[i].hashes; }
  // Whether the resource or the scope of the shape satisfies the i-th equality.
  bool SharedHas(size_t i, const Schema& schema, const Shape& shape) const;

  // Whether an event or link in these extras satisfies the i-th equality.
  bool ExtrasHave(size_t i, std::string_view extras) const;
  // Whether a value that satisfies the i-th equality may be missing from a segment's index.
  bool MayBeUnindexed(size_t i) const { return equals_[i].may_be_unindexed; }

  const store::SpanFilter& filter() const { return filter_; }

 private:
  struct Equal {
    std::string_view key;
    std::string_view text;
    std::vector<uint64_t> hashes;
    bool may_be_unindexed = false;
  };
  const store::SpanFilter& filter_;
  std::vector<Equal> equals_;
};

// Sorts by start, then span id, and leaves one of each set of spans that are equal in everything.
void SortAndDeduplicate(std::vector<trace::Span>& spans);

}  // namespace awry::columnar
