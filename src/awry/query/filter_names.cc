// The closed words of a filter: operators, levels and the built-in fields of each level.
#include <array>

#include "awry/query/filter_node.h"

namespace awry::query {
namespace {

constexpr std::array<std::string_view, 14> kOps{"and",    "or", "not",    "eq",  "ne",
                                                "gt",     "lt", "gte",    "lte", "regex",
                                                "exists", "in", "not_in", "some"};
constexpr std::array<std::string_view, 6> kLevels{"", "span", "resource", "scope", "event", "link"};

using enum FilterField;
using Level = FilterLevel;
using Domain = FilterDomain;
constexpr std::array kFields{
    FilterFieldInfo{Level::kSpan, "traceID", kTraceId, Domain::kText},
    FilterFieldInfo{Level::kSpan, "spanID", kSpanId, Domain::kText},
    FilterFieldInfo{Level::kSpan, "parentSpanID", kParentSpanId, Domain::kText},
    FilterFieldInfo{Level::kSpan, "traceState", kTraceState, Domain::kText},
    FilterFieldInfo{Level::kSpan, "name", kName, Domain::kText},
    FilterFieldInfo{Level::kSpan, "kind", kKind, Domain::kKindWord},
    FilterFieldInfo{Level::kSpan, "startTime", kStartTime, Domain::kTime},
    FilterFieldInfo{Level::kSpan, "endTime", kEndTime, Domain::kTime},
    FilterFieldInfo{Level::kSpan, "status", kStatus, Domain::kStatusWord},
    FilterFieldInfo{Level::kSpan, "statusMessage", kStatusMessage, Domain::kText},
    FilterFieldInfo{Level::kSpan, "duration", kDuration, Domain::kDuration},
    FilterFieldInfo{Level::kResource, "service", kService, Domain::kText},
    FilterFieldInfo{Level::kResource, "schemaURL", kSchemaUrl, Domain::kText},
    FilterFieldInfo{Level::kScope, "name", kName, Domain::kText},
    FilterFieldInfo{Level::kScope, "version", kVersion, Domain::kText},
    FilterFieldInfo{Level::kScope, "schemaURL", kSchemaUrl, Domain::kText},
    FilterFieldInfo{Level::kEvent, "name", kName, Domain::kText},
    FilterFieldInfo{Level::kEvent, "time", kTime, Domain::kTime},
    FilterFieldInfo{Level::kEvent, "timeSinceStart", kTimeSinceStart, Domain::kDuration},
    FilterFieldInfo{Level::kLink, "traceID", kTraceId, Domain::kText},
    FilterFieldInfo{Level::kLink, "spanID", kSpanId, Domain::kText},
    FilterFieldInfo{Level::kLink, "traceState", kTraceState, Domain::kText},
};

template <typename Enum>
std::optional<Enum> Find(const auto& names, std::string_view name) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view NameOf(FilterOp op) { return kOps[static_cast<size_t>(op)]; }
std::string_view NameOf(FilterLevel level) { return kLevels[static_cast<size_t>(level)]; }
std::optional<FilterOp> FilterOpOf(std::string_view name) { return Find<FilterOp>(kOps, name); }
std::optional<FilterLevel> FilterLevelOf(std::string_view name) {
  if (name.empty()) return std::nullopt;
  return Find<FilterLevel>(kLevels, name);
}

const FilterFieldInfo* FindField(FilterLevel level, std::string_view name) {
  for (const FilterFieldInfo& info : kFields) {
    if (info.level == level && info.name == name) return &info;
  }
  return nullptr;
}

}  // namespace awry::query
