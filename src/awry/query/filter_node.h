// A checked filter, ready to run; not for other rooms.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "awry/query/ast.h"
#include "awry/query/evaluator.h"
#include "awry/query/filter.h"
#include "trace/span.h"

namespace awry::query {

enum class FilterOp : uint8_t {
  kAnd,
  kOr,
  kNot,
  kEq,
  kNe,
  kGt,
  kLt,
  kGte,
  kLte,
  kRegex,
  kExists,
  kIn,
  kNotIn,
  kSome
};
enum class FilterLevel : uint8_t { kAny, kSpan, kResource, kScope, kEvent, kLink };
enum class FilterField : uint8_t {
  kTraceId,
  kSpanId,
  kParentSpanId,
  kTraceState,
  kName,
  kKind,
  kStartTime,
  kEndTime,
  kStatus,
  kStatusMessage,
  kDuration,
  kService,
  kSchemaUrl,
  kVersion,
  kTime,
  kTimeSinceStart
};
// What a field holds, and so how a constant beside it is read. Words are those of kind and status.
enum class FilterDomain : uint8_t {
  kAnything,
  kText,
  kKindWord,
  kStatusWord,
  kDuration,
  kTime,
  kNumber,
  kBool
};

std::string_view NameOf(FilterOp op);
std::string_view NameOf(FilterLevel level);
std::optional<FilterOp> FilterOpOf(std::string_view name);
std::optional<FilterLevel> FilterLevelOf(std::string_view name);  // none for ""
struct FilterFieldInfo {
  FilterLevel level;
  std::string_view name;
  FilterField field;
  FilterDomain domain;
};
const FilterFieldInfo* FindField(FilterLevel level, std::string_view name);

struct FilterOperand {
  enum class Kind : uint8_t { kAttribute, kField, kConstant };
  Kind kind = Kind::kConstant;
  FilterLevel level = FilterLevel::kAny;
  std::string name;  // of an attribute or field
  FilterField field = FilterField::kName;
  FilterDomain domain = FilterDomain::kAnything;
  // Of a constant: a typed one is a Datum of that type (times and durations are ns); without a type
  // it is its text.
  bool typed = false;
  Datum constant;
};

struct FilterNode {
  FilterOp op = FilterOp::kAnd;
  std::vector<FilterNode> args;                  // of and, or, not, some
  FilterLevel collection = FilterLevel::kEvent;  // of some
  std::vector<FilterOperand> operands;           // the first on the left, the others on the right
  std::shared_ptr<const Regex> regex;
};

// Checks `call`. kInvalidArgument.
base::Result<FilterNode> CheckFilter(const FilterTerm& call);

bool FilterHolds(const FilterNode& node, const trace::Span& span);
std::string FilterText(const FilterNode& node);

}  // namespace awry::query
