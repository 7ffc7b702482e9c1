// What a person (or another system) said of an answer.
#pragma once

#include <cstdint>
#include <string>

#include "trace/ids.h"

namespace awry::trace {

enum class Verdict : uint8_t { kWrong, kRight };

struct Label {
  std::string id;  // made from trace, span, source and verdict: the same label twice is one label
  TraceId trace_id;
  SpanId span_id = 0;  // 0: the whole trace
  Verdict verdict = Verdict::kWrong;
  std::string expected;  // what the answer should have been; may be empty
  std::string actual;
  std::string source;
  std::string note;
  int64_t created_ns = 0;
  bool operator==(const Label&) const = default;
};

}  // namespace awry::trace
