#include "wire/decode_report.h"

namespace awry::wire {
namespace {
constexpr int kReasonsMax = 4;
constexpr size_t kMessageBytesMax = 1024;
}  // namespace

void DecodeReport::RejectSpan(std::string_view why) {
  ++rejected;
  Remember(why);
}

void DecodeReport::DropValue(std::string_view why) {
  ++dropped_values;
  Remember(why);
}

void DecodeReport::Remember(std::string_view why) {
  if (reasons_ >= kReasonsMax || message.find(why) != std::string::npos ||
      message.size() + why.size() > kMessageBytesMax) {
    return;
  }
  ++reasons_;
  if (!message.empty()) message += "; ";
  message += why;
}

}  // namespace awry::wire
