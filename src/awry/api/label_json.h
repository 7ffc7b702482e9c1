// Labels as JSON, both ways: {trace_id, span_id?, label: "wrong"|"right", expected?, actual?,
// source?, note?}, with id and created_at on the way out.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "codec/json.h"
#include "trace/label.h"

namespace awry::api {

inline constexpr size_t kLabelTextBytesMax = 4096;  // of each of expected, actual, source, note
inline constexpr size_t kLabelsMax = 10'000;        // in one request

// One label or an array of them. kInvalidArgument names the place ("labels[3]: …").
base::Result<std::vector<trace::Label>> LabelsFromJson(codec::JsonValue value);

void AppendLabel(const trace::Label& label, codec::JsonWriter& json);
// {"labels":[…]}
std::string LabelsToJson(std::span<const trace::Label> labels);

}  // namespace awry::api
