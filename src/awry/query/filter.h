// The structured filter of Jaeger's third query API (wire-contract 8.2): a tree of calls over
// attributes, built-in fields and constants, turned into a query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "awry/query/query.h"
#include "base/status.h"

namespace awry::query {

inline constexpr int kFilterDepthMax = 64;        // of calls in calls
inline constexpr size_t kFilterTermsMax = 1'000;  // calls, references, constants and list elements

// One node as it arrived; unchecked.
struct FilterTerm {
  enum class Kind : uint8_t { kMissing, kAttribute, kField, kNested, kScalar, kList, kCall };
  Kind kind = Kind::kMissing;
  std::string name;                 // key of an attribute, name of a field, operator of a call
  std::string level;                // of attribute, field and nested; "" is none
  std::vector<std::string> values;  // one of a scalar
  std::string type;                 // of scalar and list; "" is any
  std::vector<FilterTerm> args;     // of a call
};

// The query that finds spans for which `call` holds. kInvalidArgument says what is wrong where.
//
// A comparison with something missing is false; only `not` turns that around. Events, links and an
// attribute without a level may have several values: for `ne` and `not_in` none may be equal, for
// the others one that fits is enough. An attribute without a level is looked for everywhere, but by
// `ne` and `not_in` on span and resource alone. A constant without a type equals what prints as its
// text; with `gt lt gte lte` it is a number against numbers (and against texts that are numbers),
// else a text. A constant with a type matches values of that type alone. `regex` is RE2, anywhere
// in the value.
base::Result<Query> FilterQuery(const FilterTerm& call);

}  // namespace awry::query
