// What why answers: causes with their evidence, or none and what was looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trace/ids.h"

namespace awry::why {

struct SpanRef {
  std::string service;
  std::string name;
  bool operator==(const SpanRef&) const = default;
};

// `with` of `of` traces.
struct Share {
  uint64_t with = 0;
  uint64_t of = 0;
};

struct Interval {
  double lo = 0;
  double hi = 0;
};

struct OddsRatio {
  double value = 1;
  Interval ci;  // 95 %
};

// A wrong trace beside its nearest right twin.
struct TwinPair {
  struct Row {
    SpanRef span;
    std::string attribute;
    std::string wrong_value;  // "" with wrong_missing
    std::string right_value;
    bool wrong_missing = false;
    bool right_missing = false;
  };
  trace::TraceId wrong;
  trace::TraceId right;
  std::vector<Row> differing;  // the cause's own attributes first; at most kRowsMax
  size_t equal = 0;            // attributes that both have and that agree
  static constexpr size_t kRowsMax = 24;
};

struct SeriesPoint {
  int64_t at_ns = 0;  // start of the bucket
  uint64_t with = 0;  // traces of the bucket that meet the fact
  uint64_t of = 0;    // traces of the bucket in which it can be told
};

// A version, image or configuration that appeared.
struct Change {
  int64_t at_ns = 0;
  std::string service;
  std::string what;  // "service.version 1.4.0 → 1.5.0"
};

struct ReplayProof {
  uint64_t flipped = 0;              // answers that differ from the recorded one
  uint64_t flipped_to_expected = 0;  // of these, those that equal the label's expected answer
  uint64_t of = 0;                   // answers replayed
  uint64_t failed = 0;               // replays that the endpoint refused or that did not come back
  Interval ci;                       // of flipped / of, Clopper–Pearson, 95 %
};

// A fact that the cause explains away.
struct Explained {
  std::string statement;
  SpanRef span;
  std::vector<std::string> attributes;
};

struct Cause {
  size_t rank = 0;
  double score = 0;
  std::string kind;  // relation, value, range, presence, missing_span, extra_span, span_count, order, duration, context, …
  SpanRef span;
  std::optional<SpanRef> other_span;    // of a relation between two spans
  std::vector<std::string> attributes;  // as in the data; "@duration", "@start", "@order", "@count", "@present"
  std::string statement;                // one English sentence
  Share bad;
  Share good;
  double p_value = 1;  // corrected for everything that was tried
  std::vector<trace::TraceId> examples;
  std::optional<TwinPair> pair;
  std::string check;  // a query that finds traces with the fact; "" when the language cannot say it
  std::optional<OddsRatio> odds_ratio;
  std::optional<int64_t> since_ns;  // first trace that met the fact, when there were traces before
  std::optional<int64_t> until_ns;  // first trace since which hardly any met it, when it has ended
  std::optional<int64_t> last_ns;   // newest wrong trace that meets the fact
  std::vector<SeriesPoint> series;
  std::vector<Change> changes;
  std::vector<Explained> explains;
  std::optional<ReplayProof> replay;
};

// What was looked at, so that "no cause found" is an answer too.
struct Searched {
  uint64_t facts = 0;
  uint64_t relations = 0;
  std::vector<std::string> too_weak;  // "region = eu-west: 30 of 50 wrong and 520 of 1,000 right"
  std::vector<std::string> left_out;  // what met a limit
  std::vector<std::string> notes;     // "only 12 right labels: 400 unlabelled traces stood in"
};

struct Answer {
  uint64_t traces_bad = 0;
  uint64_t traces_good = 0;
  std::vector<Cause> causes;  // best first; empty: no cause found
  Searched searched;
};

// The JSON of design.md §6. Times are RFC 3339 in UTC.
std::string ToJson(const Answer& answer);
std::string ToJson(const Cause& cause);

// "2026-01-13T00:02:06.000000000Z".
std::string Rfc3339(int64_t unix_ns);

// For a terminal: sentences with their evidence, or "no cause found" with what was looked at.
std::string ToPlainText(const Answer& answer);

}  // namespace awry::why
