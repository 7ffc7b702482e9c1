// What a decoder found in a batch that it could read as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace awry::wire {

// Adds up over calls. Used by one thread.
struct DecodeReport {
  uint64_t accepted = 0;        // spans given to the sink
  uint64_t rejected = 0;        // spans left out, each for a reason in `message`
  uint64_t dropped_values = 0;  // attribute values that could not be kept; their spans were
  std::string message;          // the first few reasons, for partial_success.error_message

  // Count one span or value and remember the reason (at most kReasonsMax different ones).
  void RejectSpan(std::string_view why);
  void DropValue(std::string_view why);

  bool clean() const { return rejected == 0 && dropped_values == 0; }

 private:
  void Remember(std::string_view why);
  int reasons_ = 0;
};

// Arrays and maps nested deeper than this are an error in every format.
inline constexpr int kNestingDepthMax = 32;

}  // namespace awry::wire
