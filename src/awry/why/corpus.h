// Traces as columns: for every span class (service and span name) and attribute, one value a trace.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "awry/why/answer.h"
#include "awry/why/bits.h"
#include "trace/span.h"

namespace awry::why {

// What is beyond a limit is left out and counted.
struct CorpusLimits {
  size_t classes_max = 400;            // span classes
  size_t columns_max = 3'000;          // attributes over all classes
  size_t columns_of_class_max = 200;
  size_t text_bytes_max = 512;         // of one value; longer ones are cut and hashed at the end
  size_t text_pool_bytes_max = size_t{256} << 20;
  size_t list_items_max = 64;
  size_t spans_of_trace_max = 20'000;
};

// Interned text. 0 is "".
class TextPool {
 public:
  TextPool();
  TextPool(const TextPool&) = delete;
  TextPool& operator=(const TextPool&) = delete;
  uint32_t Intern(std::string_view text);
  // Valid as long as the pool.
  std::string_view Text(uint32_t id) const { return texts_[id]; }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_used_ = 0;
  size_t block_size_ = 0;
  size_t bytes_ = 0;
  std::vector<std::string_view> texts_;
  std::unordered_map<std::string_view, uint32_t> ids_;
};

enum class Origin : uint8_t {
  kSpan,      // an attribute of the span
  kResource,  // of its resource: one column for all classes of the service
  kEvent,     // of an event of the span
  kDerived,   // computed: "@duration", "@self", "@gap", "@start" (ms), "@children" (names), "@then" (kGoesOn, kEnds)
};

// How the values of a repeated span become one.
enum class Aggregate : uint8_t {
  kLast,     // of the representative span
  kSum,      // of all spans without an error
  kRepeats,  // how many of them carry a value that another one has
  kDisorder, // how often the value falls from one span to the next, by start time
  kGaps,     // whole numbers missing between the least and the greatest
};

inline constexpr uint32_t kNoText = std::numeric_limits<uint32_t>::max();
// What the caller does after the span.
inline constexpr std::string_view kGoesOn = "the caller goes on";
inline constexpr std::string_view kEnds = "nothing follows";
inline constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// One value a trace, of the class's representative span (the last without an error, else the last).
struct Column {
  uint32_t span_class = 0;
  std::string key;
  Origin origin = Origin::kSpan;
  Aggregate aggregate = Aggregate::kLast;

  std::vector<uint32_t> text;               // by trace; kNoText: absent or a number
  std::vector<double> number;               // by trace; NaN: absent or no number
  std::vector<std::vector<uint32_t>> list;  // by trace; empty vector of vectors: never a list
  Bits present;

  // Filled by Finish.
  size_t count = 0;        // traces with a value
  size_t distinct = 0;     // different values, at most kDistinctMax
  bool numeric = false;    // numbers in nearly all traces; `text` is empty then
  bool number_text = false;  // texts that read as numbers; `number` is filled as well
  bool is_list = false;
  bool outcome = false;    // the answer, its confidence, or a copy of them
  double attribute_order = 0;  // mean position in the span's attributes: late ones are results
  static constexpr size_t kDistinctMax = 5'000;

  // A duration, whole or in part.
  bool is_time() const { return origin == Origin::kDerived && (key == "@duration" || key == "@self" || key == "@gap"); }
  // Which spans a span has below it: a summary of facts about those.
  bool is_summary() const { return origin == Origin::kDerived && key == "@children"; }
  // Whether the caller does anything after the span.
  bool is_sequel() const { return origin == Origin::kDerived && key == "@then"; }
};

struct SpanClass {
  SpanRef ref;
  Bits present;
  std::vector<uint16_t> count;   // by trace: spans without an error status
  std::vector<uint16_t> errors;  // by trace: spans with one
  std::vector<uint32_t> instance;  // by trace: the process of the representative span; 0: absent
  double position = 0;           // mean place in the flow: parents before children, earlier siblings first
  double depth = 0;
  uint32_t parent = kNoText;     // the class that is usually the parent, and
  double parent_share = 0;       // how often it is
  size_t calls = 0;              // traces in which all that its span does is to call one other service
  std::vector<uint32_t> columns;
};

// Built trace by trace, then finished; constant afterwards. Thread-compatible once finished.
class Corpus {
 public:
  explicit Corpus(const CorpusLimits& limits = {});
  Corpus(const Corpus&) = delete;
  Corpus& operator=(const Corpus&) = delete;

  // Returns the trace's index. An empty trace gives a row without values.
  size_t Add(const trace::Trace& trace);
  void Finish();

  size_t size() const { return ids_.size(); }
  const std::vector<trace::TraceId>& ids() const { return ids_; }
  const std::vector<int64_t>& start_ns() const { return start_ns_; }
  // Index of a trace, or size() when it is not there.
  size_t IndexOf(const trace::TraceId& id) const;

  const std::vector<SpanClass>& classes() const { return classes_; }
  const std::vector<Column>& columns() const { return columns_; }
  const TextPool& texts() const { return texts_; }
  const SpanClass& ClassOf(const Column& column) const { return classes_[column.span_class]; }
  // The value as people see it; "" when absent.
  std::string ValueText(const Column& column, size_t trace) const;
  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  struct ClassState {
    uint32_t resource_owner = 0;  // the service's first class: it keeps the resource's columns
    std::unordered_map<std::string, uint32_t> columns;  // origin, aggregate and key → index
    double position_sum = 0;
    double depth_sum = 0;
    size_t flows = 0;
    std::unordered_map<uint32_t, size_t> parents;
    std::vector<const trace::Span*> spans;  // of the trace being added
  };
  uint32_t ClassIndex(const std::string& service, const std::string& name);
  Column* ColumnFor(uint32_t span_class, std::string_view key, Origin origin,
                    Aggregate aggregate = Aggregate::kLast);
  void Put(Column& column, const trace::ValueView& value);
  void PutNumber(Column& column, double value);
  void PutText(Column& column, std::string_view text);
  void PutSpan(uint32_t span_class, const trace::Span& span);
  void PutEvents(uint32_t span_class, const trace::Span& span);
  void PutGap(const trace::Span& span, const trace::Span& callee);
  // By parent: its spans, by start.
  using Children = std::unordered_map<trace::SpanId, std::vector<const trace::Span*>>;
  // All that the span does is to call one other service.
  static bool CallsOnly(const trace::Span& span, const std::vector<const trace::Span*>& children);
  void PutSequel(uint32_t span_class, const trace::Span& span, const Children& children, const std::unordered_map<trace::SpanId, const trace::Span*>& by_id);
  void PutOwnTime(uint32_t span_class, const trace::Span& span, const std::vector<const trace::Span*>& inside);
  void PutTimeBeside(uint32_t span_class, const trace::Span& span, const std::vector<const trace::Span*>& siblings);
  void PutTimes(uint32_t span_class, const trace::Span& span, const std::vector<const trace::Span*>& children);
  uint32_t InstanceOf(const std::shared_ptr<const trace::Resource>& resource);
  void PutRepeated(uint32_t span_class, const std::vector<const trace::Span*>& spans);
  void AddFlow(const trace::Trace& trace, const std::vector<uint32_t>& class_of);
  void FinishColumn(Column& column);
  void OrderClasses();

  CorpusLimits limits_;
  TextPool texts_;
  std::vector<trace::TraceId> ids_;
  std::vector<int64_t> start_ns_;
  std::unordered_map<trace::TraceId, size_t> index_;
  std::vector<SpanClass> classes_;
  std::vector<ClassState> states_;
  std::unordered_map<std::string, uint32_t> class_index_;
  std::vector<Column> columns_;
  std::vector<std::string> left_out_;
  std::unordered_map<std::string, uint32_t> service_owner_;
  std::unordered_map<std::string, uint32_t> instances_;  // service and what names a process → number
  size_t classes_dropped_ = 0;
  size_t columns_dropped_ = 0;
  size_t texts_cut_ = 0;
  size_t spans_dropped_ = 0;
  size_t flows_ = 0;
};

}  // namespace awry::why
