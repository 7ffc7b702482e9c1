// The query language as a tree of plain values. Grammar and meaning: docs/http-api.md, "Query
// language".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "awry/query/regex.h"

namespace awry::trace {
struct Span;
}

namespace awry::query {

struct Literal {
  enum class Kind : uint8_t {
    kNil,
    kString,
    kBool,
    kInt,
    kDouble,
    kDuration,
    kStatus,
    kSpanKind,
    kVerdict
  };
  Kind kind = Kind::kNil;
  std::string text;  // kString
  bool boolean = false;
  int64_t integer = 0;  // kInt; kDuration in ns; the number of the enum for the last three
  double real = 0;
  bool operator==(const Literal&) const = default;
};

// Where a field is looked for. kAny: the span, then its resource, scope, events, links. kTrace: the
// span nearest to the root that has the key. kParent: the direct parent.
enum class FieldScope : uint8_t {
  kIntrinsic,
  kAny,
  kSpan,
  kResource,
  kEvent,
  kLink,
  kInstrumentation,
  kTrace,
  kParent
};

enum class Intrinsic : uint8_t {
  kName,
  kStatus,
  kStatusMessage,
  kKind,
  kDuration,
  kSpanId,
  kParentId,
  kChildCount,
  kTraceId,
  kTraceDuration,
  kTraceRootName,
  kTraceRootService,
  kEventName,
  kScopeName,
  kScopeVersion,
  kLabel
};

struct Field {
  FieldScope scope = FieldScope::kAny;
  Intrinsic intrinsic = Intrinsic::kName;  // when scope is kIntrinsic
  std::string key;                         // otherwise
  bool operator==(const Field&) const = default;
};

enum class Op : uint8_t {
  kAnd,
  kOr,
  kNot,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kMatch,
  kNoMatch,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kNegate,
  kContains,
  kStartsWith,
  kTag,       // tag("key", "value"): as Jaeger's tag search finds it
  kPredicate  // a SpanPredicate; no text makes one
};

// A condition on one span that comes from elsewhere than the language. Thread-safe (constant).
class SpanPredicate {
 public:
  virtual ~SpanPredicate() = default;
  virtual bool Holds(const trace::Span& span) const = 0;
  // For plans; it does not parse.
  virtual std::string ToText() const = 0;
};

struct Expr {
  enum class Kind : uint8_t { kLiteral, kField, kOp };
  Kind kind = Kind::kLiteral;
  Literal literal;
  Field field;
  Op op = Op::kAnd;
  std::vector<Expr> args;              // one or two
  std::shared_ptr<const Regex> regex;  // for kMatch and kNoMatch
  std::shared_ptr<const SpanPredicate> predicate;  // for kPredicate
};

enum class SpansetOp : uint8_t {
  kFilter,  // { expr }
  kAnd,
  kOr,          // both hold, either holds; the spans of both
  kNot,         // !{…}: nothing in the trace matches; stands for the root span
  kChild,       // A > B: the spans of B that are children of one of A
  kDescendant,  // A >> B
  kParent,      // A < B: the spans of B that are the parent of one of A
  kAncestor,    // A << B
  kSibling      // A ~ B
};

struct Spanset {
  SpansetOp op = SpansetOp::kFilter;
  bool negated = false;        // structural only: the spans of B that are NOT …
  std::vector<Spanset> args;   // none, one or two
  std::optional<Expr> filter;  // for kFilter; none: every span
};

enum class AggregateFn : uint8_t { kCount, kAvg, kMin, kMax, kSum };

// A number made from the spans of one spanset: an aggregate, or a constant.
struct Scalar {
  bool is_constant = false;
  Literal constant;
  AggregateFn fn = AggregateFn::kCount;
  std::optional<Expr> of;  // none for count()
};

struct Stage {
  enum class Kind : uint8_t { kSpanset, kCompare, kBy, kSelect };
  Kind kind = Kind::kSpanset;
  Spanset spanset;  // kSpanset: keeps the spans that it matches
  Scalar left;      // kCompare: keeps the group when `left op right`
  Op op = Op::kEq;
  Scalar right;
  Expr by;                    // kBy: one group per value
  std::vector<Field> select;  // kSelect: fields that a search returns with each span
};

struct Pipeline {
  Spanset source;
  std::vector<Stage> stages;
};

}  // namespace awry::query
