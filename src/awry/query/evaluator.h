// Evaluates expressions and spansets over one trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "awry/query/ast.h"
#include "awry/query/query.h"
#include "awry/query/topology.h"
#include "trace/span.h"

namespace awry::query {

// One value of a field on a span. `text` borrows from the trace or from the query, unless `owned`.
struct Datum {
  enum class Kind : uint8_t { kString, kBool, kInt, kDouble, kEnum, kOther };
  Kind kind = Kind::kOther;  // kOther: bytes, arrays, maps; compared by their text
  bool boolean = false;
  bool is_array = false;
  Literal::Kind enum_kind = Literal::Kind::kStatus;  // of kEnum
  int64_t integer = 0;
  double real = 0;
  std::string_view borrowed;
  std::string owned;

  std::string_view text() const { return owned.empty() ? borrowed : std::string_view(owned); }
  bool is_number() const { return kind == Kind::kInt || kind == Kind::kDouble; }
};

// A field has no value (missing), one, or several (events, links, labels).
using Data = std::vector<Datum>;

// Used by one thread.
class Evaluator {
 public:
  // `trace` and `labels` must outlive this.
  Evaluator(const trace::Trace& trace, Labels labels) : trace_(trace), labels_(labels) {}

  bool Holds(const Expr& condition, size_t span);
  Data Values(const Expr& value, size_t span);
  Data Values(const Field& field, size_t span);

  const Topology& topology();
  const trace::Trace& trace() const { return trace_; }
  // Index of trace::Root.
  size_t root();

 private:
  bool Compare(const Expr& comparison, size_t span);
  Data Intrinsic(query::Intrinsic intrinsic, size_t span);
  Data NearestToRoot(const std::string& key);
  Data LabelsOf(const trace::Span& span);
  Data Arithmetic(const Expr& expr, size_t span);

  const trace::Trace& trace_;
  Labels labels_;
  std::optional<Topology> topology_;
  std::optional<std::pair<int64_t, int64_t>> extent_;  // of the trace, ns
  size_t root_ = kNone;
  std::unordered_map<std::string_view, Data> nearest_;  // by a key of the query
};

Datum DatumOf(const trace::ValueView& value);
Datum DatumOf(const Literal& literal);
// The value as text, as trace::ToText has it; enums by their names.
std::string TextOf(const Datum& datum);

// The spans of the trace for which `set` stands, as one flag a span.
std::vector<bool> Select(Evaluator& evaluator, const Spanset& set);

}  // namespace awry::query
